"""What the bot does with Slack's payloads: the only package, with app.py, that knows Bolt.

routes      every route, and who may use it, on one screen
access      who may use a route, and the answer to everybody else
ticket      /ticket, and the card that it answers
details     the card's Details, a modal; the shortcut "Look up ticket"
delete      /ticket-delete: ask, cancel; asked: what Slack said of the request, on record
confirm     a click on Delete or Resolve instead, in one way
execute     calling the API, and clearing up what came of it
finish      the end of a request: on record, the row ended; answers: the API's own word, kept until the ledger has it
delivery    that end on its way to people; receipts: the deleted ticket's text
recover     looks for what nobody works on any more; resume: goes on with that
begun       a change that was begun, and whoever works on it
check       Check now: what became of a change after all
reading     a ticket for somebody who waits
failures    what a failure of the ticket system leaves in the log
record      the audit line, and AUDIT_CHANNEL
services    the parts that the handlers work with
serve       where the parts are put together; open_ledger: the ledger, from settings
scrape      GET /metrics, for Prometheus
port        whether the bot could listen on a port of its settings
start_line  what the log says of the whole bot, once
slack/      the plumbing: payloads in, answers out, the runner, the transports, the start
"""

VERSION = "0.2.0"
"""The release, as in pyproject.toml and CHANGELOG.md."""
