"""What a stranger's HTML says, without its tags: blocks of styled text."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.blockkit import text
from bot.richtext.links import Link

_BLANK_LINES = re.compile(r"\n(?:[ ]*\n)+")
_BLANK_START = re.compile(r"\A(?:[ ]*\n)+")


class Style(NamedTuple):
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: Link | None = None

    def also(self, name: str) -> "Style":
        """With one more of the four."""
        return self._replace(**{name: True})  # type: ignore[arg-type]  # none of the four is a link


PLAIN = Style()


@dataclass(eq=False, slots=True)
class Items:
    """A list, while it is read. `numbering` is as HTML's `type` has it; `checked` where all of its items are that."""

    ordered: bool
    indent: int
    start: int = 1
    step: int = 1
    numbering: str = "1"
    checked: bool | None = None
    _numbers: dict[int, int] = field(default_factory=dict)

    def next_number(self, level: int) -> int:
        """Of the next ordered item so much deeper than the list itself: some editors write one list for all levels."""
        number = self._numbers.get(level, self.start - self.step) + self.step
        self.restart_at(number, level)
        return number

    def restart_at(self, number: int, level: int) -> None:
        self.restart_below(level)
        self._numbers[level] = number

    def restart_below(self, level: int) -> None:
        if self._numbers:
            self._numbers = {at: number for at, number in self._numbers.items() if at <= level}


@dataclass(eq=False, slots=True)
class Item:
    """`mark` stands in place of a bullet or a number; `in_text` is what the text has of it, and is left out there."""

    items: Items
    indent: int
    number: int | None = None
    mark: str = ""
    in_text: str = ""
    is_begun: bool = False


class BlockContext(NamedTuple):
    """What a piece of text is part of. `quote` is how many quotes it is in."""

    item: Item | None = None
    quote: int = 0
    literal: bool = False


@dataclass(eq=False, slots=True)
class Span:
    """`parts` while it is written, `text` from then on."""

    style: Style
    parts: list[str]
    target_of: Link | None = None  # the text after a link that says where it leads
    text: str = ""


class Block(NamedTuple):
    context: BlockContext
    spans: list[Span]


class Document(NamedTuple):
    blocks: list[Block]
    unread: int  # characters of text, about


def finish(block: Block) -> None:
    """Puts the spans' texts together, without white space at the end; leaves none where nothing is to be seen."""
    context, spans = block
    for span in spans:
        words = span.parts[0] if len(span.parts) == 1 else "".join(span.parts)
        if "\n" in words:
            words = _BLANK_LINES.sub("\n\n", words)
        exact = context.literal or span.style.code or span.target_of
        span.text = words if exact else text.neutralize(words)
    spans[0].text = _BLANK_START.sub("", spans[0].text)
    spans[-1].text = spans[-1].text.rstrip()
    if not spans[0].text:
        spans.clear()
