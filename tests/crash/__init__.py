"""`make crash`: real processes between a fake Slack and a fake ticket API, killed, frozen and stopped at any step.

bot        one process, as its operators start it
listening  everything that was said and done, with its time; and traps that spring at a step
world      one bot's world: Slack, the ticket API, a database, and the bots that come and go
steps      of a deletion, at which something happens to the bot
rounds     what people do, and what becomes of the bot meanwhile
rules      what must hold, while it happens and after the quiet
records    the table, the audit and its JSON lines
"""
