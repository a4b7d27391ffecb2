"""The log, on standard error, and what never gets into it.

output    the format, as text or as JSON; each line with the ref of the command or click that it belongs to
summary   what one command or click leaves in the log: one line
repeats   a line that repeats is counted
causes    why a connection failed, and to where
writer    lines, written by a thread
"""

from bot.logs.causes import cause_of, place_of
from bot.logs.output import configure
from bot.logs.repeats import Repeats, repeats_suffix
from bot.logs.summary import Summary, add, detach, log_unexpected, note, reference, summarize
from bot.logs.writer import LineWriter

__all__ = [
    "LineWriter",
    "Repeats",
    "Summary",
    "add",
    "cause_of",
    "configure",
    "detach",
    "log_unexpected",
    "note",
    "place_of",
    "reference",
    "repeats_suffix",
    "summarize",
]
