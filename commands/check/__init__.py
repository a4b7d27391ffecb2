"""`check`: everything that a start needs, and everything that would only fail later, tried before.

command      what is typed, what is printed, the exit code
everything   all of it at the same time, each part with a time limit
result       what came of one trial: a line
settings     the settings, the files that they come from, the ports
slack        both tokens, the scopes, the clock, AUDIT_CHANNEL
ticket_api   the ticket API and its key
sqlite       a database in a file; postgres: one on a server
schema       what is told of either
workspace    whether it is the bot token's
keys         the encryption keys against what is stored, and the step of a rotation
threads      threads that nobody waits for
"""

from commands.check.command import COMMANDS

__all__ = ["COMMANDS"]
