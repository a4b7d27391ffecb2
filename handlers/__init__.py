"""What the bot does with Slack's payloads: the only package, with app.py, that knows Bolt.

routes      every route, on one screen
serve       where the parts are put together
services    what the handlers work with
ticket      /ticket, and the card that it answers
details     the card's Details, a modal; the shortcut "Look up ticket"
delete      /ticket-delete: ask, press, cancel
execute     calling the API, and saying what came of it
check       Check now: what became of it after all
slack/      the plumbing: payloads in, answers out, the runner, the transports, the start
"""
