"""How fast the bot is, beside the bot that Bolt's documentation teaches: `make bench`.

The program:

__main__    which parts are run; the run's file, the release's file and the page
part        what a part is, and with how much effort it is run
figure      a figure and its rounds
results     the figures as files: results/VERSION.json for each release
comparison  whether a figure is worse than the last release's by more than the noise
report      what is printed, and the table over the releases

Its parts, `make bench PART=…`:

speed         beside the ordinary bot: commands a second, CPU, acknowledgements, a hundred at once, the start
memory        idle, and what comes on top
overload      more commands than the ticket API can serve
ledger        what the ledger costs, also with a million rows
restarts      from a kill to a true sentence
processes     three bots on one PostgreSQL; shared_overload: where they are asked for more than the API can serve
metrics       what counting for Prometheus adds
richtext      the speed of HTML -> rich text
installation  the size of what is installed

What they measure with:

wire        HTTP/1.1 on raw sockets, as little of it as both ends need
model       what a bot talks to: the ticket API, Slack's auth.test, and a sink for the answers
load        what Slack sends: signed commands, so many at once or so many a second
process     a bot under test, on a core of its own
ordinary    the bot of the documentation
workload    throughput, acknowledgements, bursts and growth of one bot
"""
