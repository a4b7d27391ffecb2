"""How fast the bot is, beside the bot that Bolt's documentation teaches: `make bench`. No part of the tests.

wire        HTTP/1.1 on raw sockets, as little of it as both ends need
model       what a bot talks to: the ticket API, Slack's auth.test, and a sink for the answers
load        what Slack sends: signed commands, so many at once or so many a second
overload    more commands than the ticket API can serve
processes   three bots on one PostgreSQL: `python -m benchmarks.processes`
process     a bot under test, on a core of its own
ordinary    the bot of the documentation
richtext    the speed of HTML -> rich text
__main__    the figures, and the table
"""
