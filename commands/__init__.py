"""What else app.py does than serve: one function a command, each beside a server at work or without one.

command    what a command is, and what becomes of its errors
keys       new-key, rotate
"""

from commands import keys
from commands.command import Command

COMMANDS: tuple[Command, ...] = (*keys.COMMANDS,)

__all__ = ["COMMANDS", "Command"]
