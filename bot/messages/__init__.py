"""Everything a person reads: a domain value in, a Message out. No I/O, no clock, and nothing raises.

card                the ticket card, what is shared of it, and the parts that other messages take from it
details             the modal with the rest of the ticket; details_sections: what stands in it; details_page: what
                    it carries; key_values: JSON of unknown shape as lines to read; labels: names and codes in words
delete_request      the request for a deletion; delete_outcome: what came of it; delete_check: where that is not known
delete_elsewhere    what is said of that beside its message
receipt             the text of a deleted ticket, for whoever confirmed; receipt_text: for whoever runs the bot
errors              what went wrong, or is not allowed; contact: who to ask
help                usage, help, what one may do here, and which ticket of several
audit_channel       an audit event in one line
privacy             how much of a person is shown
action_ids          what a click comes back under; commands: the slash commands
"""
