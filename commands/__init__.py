"""What else app.py does than serve: one function a command, each beside a server at work or without one.

command    what a command is, and what becomes of its errors
table      what is printed
keys       new-key, rotate
record     audit, erase-person
changes    changes, receipt
settle     settle
copying    copy-ledger
check/     check
"""

from commands import changes, check, copying, keys, record, settle
from commands.command import Command

COMMANDS: tuple[Command, ...] = (
    *check.COMMANDS,
    *record.COMMANDS,
    *changes.COMMANDS,
    *settle.COMMANDS,
    *keys.COMMANDS,
    *copying.COMMANDS,
)

__all__ = ["COMMANDS", "Command"]
