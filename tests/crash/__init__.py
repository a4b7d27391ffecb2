"""`make crash`: real processes between a fake Slack and a fake ticket API, killed, frozen and stopped at any step.

bot        one process, as its operators start it
listening  everything that was said and done, with its time; and traps that spring at a step
world      one bot's world: Slack, the ticket API, a database, and the bots that come and go
steps      of a deletion, at which something happens to the bot
commits    to strike between a commit and the first byte
plan       what a round is to be, decided beforehand by the seed
people     who ask and click
rounds     what becomes of the bot meanwhile
stages     where a deletion stood when it was hit
rules      promises, which hold however slow the machine is: while it happens, and after the quiet
figures    what was done, and the times, with how busy the machine was
records    the table, the audit and its JSON lines
story      what is printed where a rule breaks

demonstration  `make killed`
"""
