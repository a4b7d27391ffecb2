"""A simulated world: the real bot in memory, where one seed decides what people do, what fails, and what runs when.

What a world is made of:
loop            an event loop with virtual time, in which a process can be killed or frozen
process         what dies or freezes as one
chance          what the seed decides, each decision by a name of its own
faults          what can go wrong, by name
journal         what happened: the facts that the rules are about, and the timeline
ticket_api      the ticket API in memory, with the network and the gateway before it
slack           Slack in memory; slack_messages: what it keeps; slack_client: the bot's session to it
turn            the turn at the ticket API, which the processes of a world share
database        the database of all the bots, and what the network makes of it
people          who looks, asks, clicks, cancels, checks; and the vendor's own page
operator        who starts, stops and kills bots, and sets their clocks
parts           how a bot is put together: the one module that knows the product's seams
world           all of it, for one seed

What is asked of it:
rules           what must hold, a rule a function
truth, words    whether a sentence is true, and what sentences there are
shrink          a failure made small
__main__        `make simulate`

To look into a failure: `make simulate SEED=…`. A new rule: a function in `rules`, and a planted fault that breaks it.
"""
