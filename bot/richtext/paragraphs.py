"""HTML with no tags but those of paragraphs and line breaks, as most of it is: read without a parser.

What a parser sets up for one sentence takes several times as long as the rest of its conversion. What comes of both
ways is the same: tests/bot/richtext/test_richtext.py holds that.
"""

import re
from html import unescape

from bot.richtext.document import PLAIN, Place, Writer

_TAG = re.compile(r"<(/?p|br ?/?)>", re.IGNORECASE)
_NOTHING_ELSE = re.compile(rf"[^<>&\0]*(?:(?:{_TAG.pattern}|&(?:amp|lt|gt|quot|nbsp|\#39);)[^<>&\0]*)*", re.IGNORECASE)
_PLACE = Place()


def has_nothing_else(source: str) -> bool:
    return bool(_NOTHING_ELSE.fullmatch(source))


def write(source: str, writer: Writer) -> None:
    """Of what has nothing else."""
    for at, part in enumerate(_TAG.split(source)):
        if at % 2 == 0:
            writer.text(unescape(part), _PLACE, PLAIN)
        elif "p" in part.lower():
            writer.line(2)
        elif not writer.is_full:
            writer.line_break()
