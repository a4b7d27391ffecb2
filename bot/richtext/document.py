"""What a stranger's HTML says, without its tags: blocks of styled text, and the writer that puts them together."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from bot.blockkit import limits, text
from bot.richtext.links import Link

_BLANK_LINES = re.compile(r"\n(?:[ ]*\n)+")
_SPACE_START = re.compile(r"\A\s+")
_BLANK_START = re.compile(r"\A(?:[ ]*\n)+")
_ADDRESS = re.compile(r"//|@|\w\.\w{2,}", re.IGNORECASE)  # what a reader may take for where a link leads
_TAB = " " * 4


class Style(NamedTuple):
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: Link | None = None

    @lru_cache(maxsize=64)  # noqa: B019 - few values, and no larger than a link
    def also(self, look: str) -> "Style":
        return self._replace(**{look: True})  # type: ignore[arg-type]  # of the four, none is a link


PLAIN = Style()


@dataclass(eq=False, slots=True)
class Items:
    """A list, while it is read."""

    ordered: bool
    indent: int
    next: int = 1


@dataclass(eq=False, slots=True)
class Item:
    items: Items
    number: int = 0  # 0: nothing of it has been written


class Place(NamedTuple):
    """What a piece of text is part of."""

    item: Item | None = None
    quote: bool = False
    literal: bool = False


@dataclass(eq=False, slots=True)
class Span:
    """`parts` while it is written, `text` from then on."""

    style: Style
    parts: list[str]
    tells_host_of: Link | None = None  # the text after a link that says where it leads
    text: str = ""


class Block(NamedTuple):
    place: Place
    spans: list[Span]


class Document(NamedTuple):
    blocks: list[Block]
    unread: int  # characters of text, about


@dataclass(slots=True)
class Writer:
    """Takes text as it comes, folds white space, and keeps one blank line at most.

    Beyond `limit` characters or `most` spans it only counts.
    """

    limit: int
    most: int
    _blocks: list[Block] = field(default_factory=list)
    _newlines: int = 0
    _space: bool = False
    _cell: bool = False
    _row_begun: bool = True
    _after_heading: bool = False
    _after_host: bool = False
    _label: list[str] = field(default_factory=list)  # of the link that is being written
    _link: Link | None = None
    _unwritten: int = 0

    @property
    def is_full(self) -> bool:
        return self.limit < 0

    def line(self, newlines: int = 1) -> None:
        """What follows is on a new line; after a blank one, if there are two, but not below a heading or in a row."""
        if newlines > self._newlines:
            self._newlines = newlines if self._row_begun and not self._after_heading else max(self._newlines, 1)

    def line_break(self) -> None:
        self._newlines = min(self._newlines + 1, 2)

    def heading_ends(self) -> None:
        self._newlines, self._after_heading = 1, True

    def row(self) -> None:
        self._row_begun = False

    def cell(self) -> None:
        self._cell = self._row_begun

    def cell_ends(self) -> None:
        self._cell, self._newlines = False, min(self._newlines, 1)

    def text(self, raw: str, place: Place, style: Style) -> None:
        cleaned = text.clean(raw)
        if words := " ".join(cleaned.split()):
            self._space = self._space or cleaned[0].isspace()
            self._put(words, place, style)
            self._space = cleaned[-1].isspace()
        elif cleaned:
            self._space = True

    def literal(self, raw: str, place: Place) -> None:
        """Keeps its white space, but for further blank lines."""
        self._space = False
        if cleaned := text.clean(raw.replace("\t", _TAB)):
            self._put(cleaned, place, PLAIN)

    def document(self, *, unread: int) -> Document:
        self._tell_host()
        for block in self._blocks:
            _finish(block)
        return Document([block for block in self._blocks if block.spans], self._unwritten + unread)

    def _put(self, words: str, place: Place, style: Style) -> None:
        if self.limit < 0:
            self._count(words.strip())
            return
        self.limit -= len(words)
        if style.link is not self._link:
            self._tell_host()
        spans = self._spans(place)
        gap = self._gap(words) if spans else ""
        if spans and not gap and not words.isascii():
            words = _without_marks(words, after=spans[-1].parts[-1])
        if words:
            self._append(spans, gap, words, style)
        self._newlines, self._cell, self._row_begun = 0, False, True
        self._after_heading = self._after_host = False

    def _count(self, words: str) -> None:
        if words:
            self._unwritten += text.utf16_len(words) + (self._newlines or self._space)
            self._newlines = 0

    def _spans(self, place: Place) -> list[Span]:
        """Those of the last block, if that is the place; of a new one if not."""
        current, spans = self._blocks[-1] if self._blocks else (None, [])
        if current is place:
            return spans
        if place.item and place.item.number and (current is None or current.item is not place.item):
            place = place._replace(item=None)  # more of an item after a list in it: no bullet of its own
        if current != place:
            self._tell_host()
            self._begin(place)
        return self._blocks[-1].spans

    def _begin(self, place: Place) -> None:
        if place.item:
            place.item.number = place.item.items.next
            place.item.items.next += 1
        self._blocks.append(Block(place, []))

    def _gap(self, words: str) -> str:
        """What stands between this text and the one before it in the block."""
        if self._cell:
            return " · "
        if self._newlines:
            return "\n" * (1 if self._blocks[-1].place.item else self._newlines)
        return " " if self._space or (self._after_host and words[0].isalnum()) else ""

    def _append(self, spans: list[Span], gap: str, words: str, style: Style) -> None:
        if gap:
            self._put_gap(spans, gap, style)
        if style.link:
            self._link = style.link
            self._label += [gap, words]
        if spans and spans[-1].style == style and not spans[-1].tells_host_of:
            spans[-1].parts.append(words)
        else:
            spans.append(Span(style, [words]))
            self.most -= 1
            if self.most < 0:
                self.limit = -1

    @staticmethod
    def _put_gap(spans: list[Span], gap: str, style: Style) -> None:
        """A gap has no style of its own, but for a space inside of a span."""
        last = spans[-1]
        if (last.style == PLAIN or (last.style == style and gap == " ")) and not last.tells_host_of:
            last.parts.append(gap)
        else:
            spans.append(Span(PLAIN, [gap]))

    def _tell_host(self) -> None:
        """After a link whose label is not its URL: where it leads; a label that looks like an address is no link."""
        link, label, self._link, self._label = self._link, "".join(self._label), None, []
        if not link or link.is_named_by(label.strip()):
            return
        self._after_host = True
        spans = self._blocks[-1].spans
        if not _ADDRESS.search(label):
            spans.append(Span(PLAIN, [f" ({link.host})"], link))
            return
        for span in (span for block in self._blocks for span in block.spans if span.style.link is link):
            span.style = span.style._replace(link=None)
        spans += [Span(PLAIN, [" ("]), Span(Style(link=link), [link.host]), Span(PLAIN, [")"])]


def nested(items: Items | None, *, ordered: bool, start: int = 1) -> Items:
    return Items(ordered, min(items.indent + 1, limits.LIST_INDENT) if items else 0, start)


def _without_marks(words: str, after: str) -> str:
    """So that marks don't stack up from span to span."""
    while text.is_mark(after[-1]) and words and text.is_mark(words[0]):
        words = words[1:]
    return words


def _finish(block: Block) -> None:
    """Puts the spans' texts together, without white space at the two ends; leaves none where nothing is to be seen."""
    place, spans = block
    for span in spans:
        words = span.parts[0] if len(span.parts) == 1 else "".join(span.parts)
        if "\n" in words:
            words = _BLANK_LINES.sub("\n\n", words)
        exact = place.literal or span.style.code or span.tells_host_of
        span.text = words if exact else text.neutralize(words)
    if spans[0].text[0].isspace() or spans[-1].text[-1].isspace():
        start = _BLANK_START if place.literal else _SPACE_START
        spans[0].text = start.sub("", spans[0].text)
        spans[-1].text = spans[-1].text.rstrip()
    if not spans[0].text:
        spans.clear()
