"""`make soak`: one real process under a steady load with faults, for an hour, and whether anything grows.

world      the bot, Slack and the ticket API, none of which keeps what is over
faults     what goes wrong, and how often
people     who look, ask, click, click twice, cancel and forget
samples    what is measured of the process and its database
judgement  what grows, of what was measured
log        what the bot's log may not have in it
"""
