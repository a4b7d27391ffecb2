"""Everything a person reads: a domain value in, a Message out. No I/O, no clock, and nothing raises.

blocks      Block Kit's objects as plain functions, and the ids of all buttons
ticket      the ticket card, what is shared of it, and the parts that other messages take from it
details     the modal with the rest of the ticket: its views; details_parts has what stands in them
key_values  JSON of unknown shape as lines to read
paging      rich text of any length as blocks, and blocks as pages
deletion    the conversation of a deletion, state by state
presses     private answers to further presses, and to checks that are refused
answers     usage, refusals, and what went wrong
"""
