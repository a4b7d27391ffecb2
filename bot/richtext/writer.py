"""Puts text together as it comes: folds white space, keeps one blank line at most, and tells where links lead."""

import re
from dataclasses import dataclass, field
from typing import Literal

from bot.blockkit import text
from bot.richtext import cells
from bot.richtext.cells import Cells
from bot.richtext.document import PLAIN, Block, BlockContext, Document, Span, Style, finish
from bot.richtext.links import Link, looks_like_address

WhiteSpace = Literal["", "lines", "all"]
"""What of it is kept: nothing, line breaks, or all."""

_FOLDED = re.compile(r"[ \t\r\n\f]+")
_TAB = " " * 4


@dataclass(slots=True)
class Writer:
    """When none is left of either it only counts."""

    chars_left: int
    spans_left: int
    is_full: bool = False
    _blocks: list[Block] = field(default_factory=list)
    cells: Cells = field(default_factory=Cells)
    _newlines: int = 0
    _is_blank_line: bool = False  # so far, and it is there on purpose
    _space: bool = False
    _indent: str = ""  # white space that is kept
    _after_heading: bool = False
    _after_host: bool = False
    _link: Link | None = None  # the one that is being written
    _label: list[str] = field(default_factory=list)
    _linked: list[Span] = field(default_factory=list)
    _unwritten: int = 0

    def line(self, newlines: int = 1) -> None:
        """What follows is on a new line; after a blank one, if there are two, but not below a heading or in a row."""
        if self._is_blank_line:
            self._newlines, self._is_blank_line = 2, False
        self._indent = ""
        if newlines > self._newlines:
            is_close = self._after_heading or (self.cells.rows and self.cells.is_row_new())
            self._newlines = max(self._newlines, 1) if is_close else newlines

    def line_break(self) -> None:
        self._newlines, self._is_blank_line = min(self._newlines + 1, 2), False
        self._indent = ""

    def heading_ends(self) -> None:
        self._newlines, self._after_heading = 1, True

    def row_ends(self) -> None:
        empty = self.cells.row_ends()
        if empty and self.is_full:
            self.count(len(empty))
        elif empty:
            self._add_target()
            self._append(self._blocks[-1].spans, "", empty, PLAIN)

    def cell_ends(self) -> None:
        self._is_blank_line = False
        if not self.cells.is_row_new():
            self._newlines = min(self._newlines, 1)
        self.cells.cell_ends()

    def text(self, raw: str, context: BlockContext, style: Style, white_space: WhiteSpace = "") -> None:
        if self.is_full:
            self.count_text(raw)
        elif white_space:
            self._lines(raw, context, style, keeps_spaces=white_space == "all")
        elif style.code:
            self._code(raw, context, style)
        else:
            self._folded(raw, context, style)

    def literal(self, raw: str, context: BlockContext) -> None:
        """Keeps its white space, but for further blank lines."""
        self._space = False
        if self.is_full:
            self.count_text(raw)
        elif cleaned := text.clean(raw.replace("\t", _TAB)):
            self._put(cleaned, context, PLAIN)

    def typed(self, raw: str) -> None:
        """The same of a text that has no tags, and so no other text around it."""
        if words := text.clean(raw.replace("\t", _TAB)).strip():
            self._put(words, BlockContext(), PLAIN)

    def count_text(self, raw: str) -> None:
        """In place of the others where nothing more is written."""
        cleaned = text.clean(raw)
        words = " ".join(cleaned.split())
        if not words:
            self._space = self._space or bool(cleaned)
            return
        before = self._newlines or self._space or cleaned[0].isspace()
        if self.cells.rows:
            before = len(cells.BETWEEN) if self.cells.is_next() else before
            before += len(self.cells.text())
        self._unwritten += before + (len(words) if words.isascii() else text.utf16_len(words))
        self._newlines, self._space, self._after_heading = 0, cleaned[-1].isspace(), False

    def count(self, length: int) -> None:
        """What would be added to the text itself."""
        self._unwritten += length

    def block(self) -> None:
        """What is counted next is not on a line of the text before it."""
        self._newlines, self._space, self._is_blank_line = 0, False, False

    def document(self, *, unread: int) -> Document:
        self._add_target()
        for block in self._blocks:
            finish(block)
        return Document([block for block in self._blocks if block.spans], self._unwritten + unread)

    def _folded(self, raw: str, context: BlockContext, style: Style) -> None:
        cleaned = text.clean(raw)
        if words := " ".join(cleaned.split()):
            self._space = self._space or cleaned[0].isspace()
            self._put(words, context, style)
            self._space = cleaned[-1].isspace()
        elif cleaned:
            self._space = True
            if "\xa0" in raw and self._newlines and not self.cells.is_row_new():
                self._is_blank_line = True

    def _code(self, raw: str, context: BlockContext, style: Style) -> None:
        """Keeps the white space that no browser folds."""
        folded = _FOLDED.sub(" ", raw)
        self._space = self._space or folded.startswith(" ")
        self._exact(folded.strip(" "), context, style)
        self._space = self._space or folded.endswith(" ")

    def _lines(self, raw: str, context: BlockContext, style: Style, *, keeps_spaces: bool) -> None:
        for number, line in enumerate(text.clean(raw.replace("\t", _TAB)).split("\n")):
            if number:
                self.line_break()
            if keeps_spaces:
                self._exact(line, context, style)
            else:
                self._folded(line, context, style)

    def _exact(self, raw: str, context: BlockContext, style: Style) -> None:
        words = text.clean(raw).replace("\n", " ")
        if not words.strip():
            self._indent += words
        else:
            self._put(words, context, style)
            self._space = False

    def _put(self, words: str, context: BlockContext, style: Style) -> None:
        if style.link is not self._link:
            self._add_target()
        spans = self._spans(context)
        gap = self._gap(words) if spans else self._indent
        gap += self.cells.text()
        if spans and not gap and not words.isascii():
            words = _without_marks(words, after=spans[-1].parts[-1])
        if words:
            self._append(spans, gap, words, style)
        self._newlines, self._is_blank_line, self._indent = 0, False, ""
        self._after_heading = self._after_host = False

    def _spans(self, context: BlockContext) -> list[Span]:
        """Those of the last block, if that is the context; of a new one if not."""
        current, spans = self._blocks[-1] if self._blocks else (None, [])
        if current is context:
            return spans
        item = context.item
        if item and item.is_begun and (current is None or current.item is not item):
            context = context._replace(item=None)  # more of an item after a list in it: no bullet of its own
        if current != context:
            self._add_target()
            if item:
                item.is_begun = True
            self._blocks.append(Block(context, []))
        return self._blocks[-1].spans

    def _gap(self, words: str) -> str:
        """What stands between this text and the one before it in the block."""
        if self.cells.is_next():
            return cells.BETWEEN
        if self._newlines:
            return "\n" * (1 if self._blocks[-1].context.item else self._newlines) + self._indent
        return self._indent or (" " if self._space or (self._after_host and words[0].isalnum()) else "")

    def _append(self, spans: list[Span], gap: str, words: str, style: Style) -> None:
        self.chars_left -= len(gap) + len(words)
        if gap:
            self._put_gap(spans, gap, style)
        if spans and spans[-1].style == style and not spans[-1].target_of:
            spans[-1].parts.append(words)
        else:
            spans.append(Span(style, [words]))
            self.spans_left -= 1
        self.is_full = self.chars_left < 0 or self.spans_left < 0
        if style.link:
            self._link = style.link
            self._label += [gap, words]
            self._linked.append(spans[-1])

    @staticmethod
    def _put_gap(spans: list[Span], gap: str, style: Style) -> None:
        """A gap has no style of its own, but for a space inside of a span."""
        last = spans[-1] if spans else None
        if last and (last.style == PLAIN or (last.style == style and gap == " ")) and not last.target_of:
            last.parts.append(gap)
        else:
            spans.append(Span(PLAIN, [gap]))

    def _add_target(self) -> None:
        """After a link whose label is not its URL: where it leads; a label that looks like an address is no link."""
        link, label, linked = self._link, "".join(self._label), self._linked
        self._link, self._label, self._linked = None, [], []
        if not link:
            return
        is_visible = link.is_named_by(label.strip())
        if not link.url or (not is_visible and looks_like_address(label)):
            for span in linked:
                span.style = span.style._replace(link=None)
        if is_visible:
            return
        spans = self._blocks[-1].spans
        self._after_host = True
        self.chars_left -= len(link.host)
        if not link.url:
            spans.append(Span(PLAIN, [f" ({link.host})"]))
        elif looks_like_address(label):
            spans += [Span(PLAIN, [" ("]), Span(Style(link=link), [link.host]), Span(PLAIN, [")"])]
        else:
            spans.append(Span(PLAIN, [f" ({link.host})"], link))


def _without_marks(words: str, after: str) -> str:
    """So that marks don't stack up from span to span."""
    while text.is_mark(after[-1]) and words and text.is_mark(words[0]):
        words = words[1:]
    return words
