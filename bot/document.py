"""What a stranger's HTML says, without its tags: blocks of styled text, and the writer that puts them together."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from bot import limits, text
from bot.links import Link

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


class Span(NamedTuple):
    text: str
    style: Style = PLAIN
    tells_host_of: Link | None = None  # the text after a link that says where it leads


class Block(NamedTuple):
    place: Place
    spans: list[Span]


class Document(NamedTuple):
    blocks: list[Block]
    unread: int  # characters of text, about


@dataclass(slots=True)
class _Run:
    style: Style
    parts: list[str]
    tells_host_of: Link | None = None


@dataclass(slots=True)
class Writer:
    """Takes text as it comes, folds white space, and keeps one blank line at most; beyond the limit it only counts."""

    limit: int
    _blocks: list[tuple[Place, list[_Run]]] = field(default_factory=list)
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
        blocks = (Block(place, _spans(runs, place)) for place, runs in self._blocks)
        return Document([block for block in blocks if block.spans], self._unwritten + unread)

    def _put(self, words: str, place: Place, style: Style) -> None:
        if self.limit < 0:
            self._count(words.strip())
            return
        self.limit -= len(words)
        if style.link is not self._link:
            self._tell_host()
        runs = self._runs(place)
        gap = self._gap() if runs else ""
        if runs and not gap and self._after_host and words[0].isalnum():
            gap = " "
        if runs and not gap and not words.isascii():
            words = _without_marks(words, after=runs[-1].parts[-1])
        if words:
            self._append(runs, gap, words, style)
        self._newlines, self._cell, self._row_begun = 0, False, True
        self._after_heading = self._after_host = False

    def _count(self, words: str) -> None:
        if words:
            self._unwritten += text.units(words) + bool(self._space or self._newlines)
            self._newlines = 0

    def _runs(self, place: Place) -> list[_Run]:
        """Those of the last block, if that is the place; of a new one if not."""
        current, runs = self._blocks[-1] if self._blocks else (None, [])
        if current is place:
            return runs
        if place.item and place.item.number and (current is None or current.item is not place.item):
            place = place._replace(item=None)  # more of an item after a list in it: no bullet of its own
        if current != place:
            self._tell_host()
            self._begin(place)
        return self._blocks[-1][1]

    def _begin(self, place: Place) -> None:
        if place.item:
            place.item.number = place.item.items.next
            place.item.items.next += 1
        self._blocks.append((place, []))

    def _gap(self) -> str:
        """What stands between this text and the one before it in the block."""
        if self._cell:
            return " · "
        if self._newlines:
            return "\n" * (1 if self._blocks[-1][0].item else self._newlines)
        return " " if self._space else ""

    def _append(self, runs: list[_Run], gap: str, words: str, style: Style) -> None:
        if gap:
            self._put_gap(runs, gap, style)
        if style.link:
            self._link = style.link
            self._label += [gap, words]
        if runs and runs[-1].style == style and not runs[-1].tells_host_of:
            runs[-1].parts.append(words)
        else:
            runs.append(_Run(style, [words]))

    @staticmethod
    def _put_gap(runs: list[_Run], gap: str, style: Style) -> None:
        """A gap has no style of its own, but for a space inside of a run."""
        last = runs[-1]
        if (last.style == PLAIN or (last.style == style and gap == " ")) and not last.tells_host_of:
            last.parts.append(gap)
        else:
            runs.append(_Run(PLAIN, [gap]))

    def _tell_host(self) -> None:
        """After a link whose label is not its URL: where it leads; a label that looks like an address is no link."""
        link, label, self._link, self._label = self._link, "".join(self._label), None, []
        if not link or link.is_named_by(label.strip()):
            return
        self._after_host = True
        runs = self._blocks[-1][1]
        if not _ADDRESS.search(label):
            runs.append(_Run(PLAIN, [f" ({link.host})"], link))
            return
        for run in (run for _, block in self._blocks for run in block if run.style.link is link):
            run.style = run.style._replace(link=None)
        runs += [_Run(PLAIN, [" ("]), _Run(Style(link=link), [link.host]), _Run(PLAIN, [")"])]


def nested(items: Items | None, *, ordered: bool, start: int = 1) -> Items:
    return Items(ordered, min(items.indent + 1, limits.LIST_INDENT) if items else 0, start)


def _without_marks(words: str, after: str) -> str:
    """So that marks don't stack up from run to run."""
    while text.is_mark(after[-1]) and words and text.is_mark(words[0]):
        words = words[1:]
    return words


def _spans(runs: list[_Run], place: Place) -> list[Span]:
    spans = [_span(run, place) for run in runs]
    if spans[0].text[0].isspace() or spans[-1].text[-1].isspace():
        start = _BLANK_START if place.literal else _SPACE_START
        spans[0] = spans[0]._replace(text=start.sub("", spans[0].text))
        spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip())
    return spans if spans[0].text else []


def _span(run: _Run, place: Place) -> Span:
    words = "".join(run.parts)
    if "\n" in words:
        words = _BLANK_LINES.sub("\n\n", words)
    exact = place.literal or run.style.code or run.tells_host_of
    return Span(words if exact else text.inert(words), run.style, run.tells_host_of)
