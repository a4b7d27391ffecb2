"""A ticket's HTML as Slack rich text, or as plain text. Nothing in it is active: see bot.blockkit.text and .links.

Rich text is literal, `:emoji:` codes and `@here` included, as far as is documented. They are broken all the same, but
for code, which is there to be copied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.blockkit import limits, text
from bot.richtext import reader
from bot.richtext.document import Block, Document, Item, Place, Span
from bot.richtext.links import Link

Element = dict[str, Any]

_WHOLE = 1_000_000  # characters: more than anything that is read
_RUN = limits.RICH_TEXT_RUN // 2  # code points, of which each has one or two units
_LOOKS = ("bold", "italic", "strike", "code")
_BLOCK_JSON, _RUN_JSON = 150, 110  # characters of JSON around the text, at most


@dataclass(frozen=True)
class RichText:
    """What a rich_text block's `elements` are; none, if there is nothing to be seen."""

    elements: tuple[Element, ...]
    omitted: int  # characters of text


def from_html(html: str, *, limit: int, size: int = limits.RICH_TEXT_JSON, lines: int | None = None) -> RichText:
    """At most `limit` characters to read, `size` characters of JSON, and so many lines before Slack wraps them."""
    document = reader.read(html, limit, most=size // _RUN_JSON)
    return _rich(document, min(limit, _length(document.blocks, lines)) if lines else limit, size)


def from_text(note: str, *, limit: int, size: int = limits.RICH_TEXT_JSON) -> RichText:
    """The same of what is HTML or not."""
    return _rich(reader.read_text(note, limit, most=size // _RUN_JSON), limit, size)


def html_to_text(html: str, *, limit: int, lines: int | None = None) -> tuple[str, int]:
    """As plain text, to be escaped where it is not taken literally; and how many characters are left out."""
    return document_to_text(reader.read(html, limit), limit=limit, lines=lines)


def note_to_text(note: str, *, limit: int, lines: int | None = None) -> tuple[str, int]:
    """The same of what is HTML or not."""
    return document_to_text(reader.read_text(note, limit), limit=limit, lines=lines)


def read_html(html: str) -> Document:
    """A description, whole: for whoever wants its text and its links."""
    return reader.read(html, _WHOLE)


def read_note(note: str) -> Document:
    """A note, whole, which may be HTML or not."""
    return reader.read_text(note, _WHOLE)


def document_to_text(document: Document, *, limit: int = _WHOLE, lines: int | None = None) -> tuple[str, int]:
    """The text of a document, and how many characters are omitted."""
    whole = "\n".join(_lines(document.blocks))
    first = "\n".join(whole.split("\n")[:lines])
    shown = text.truncate(whole, min(limit, text.utf16_len(first) + 1))  # one for the dots
    omitted = 0 if shown == whole else text.utf16_len(whole) - text.utf16_len(shown.removesuffix("…"))
    return shown, omitted + document.unread


def _lines(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        words = "".join(span.text for span in block.spans)
        if item := block.place.item:
            mark = f"{item.number}." if item.items.ordered else "•"
            yield f"{'  ' * item.items.indent}{mark} {words}"
        else:
            yield words


def _length(blocks: list[Block], lines: int) -> int:
    """Of the first so many lines, with the dots behind the last."""
    length = 0
    for block in blocks:
        for span in block.spans:
            parts = span.text.split("\n")
            if len(parts) > lines:
                return length + text.utf16_len("\n".join(parts[:lines])) + 1
            length += text.utf16_len(span.text)
            lines -= len(parts) - 1
        lines -= 1
        if not lines:
            break
    return length


def _rich(document: Document, limit: int, size: int) -> RichText:
    room = _Room(limit, size)
    elements: list[Element] = []
    before: Place | None = None
    for block in document.blocks:
        if runs := room.take(block):
            _add(elements, block, runs, before)
            before = block.place
    return RichText(tuple(elements), document.unread + room.omitted)


def _add(elements: list[Element], block: Block, runs: list[Element], before: Place | None) -> None:
    place = block.place
    border = {"border": 1} if place.quote else {}
    if place.literal:
        elements.append({"type": "rich_text_preformatted", **border, "elements": runs})
    elif not (item := place.item):
        elements.append({"type": "rich_text_quote" if place.quote else "rich_text_section", "elements": runs})
    else:
        section = {"type": "rich_text_section", "elements": runs}
        if before and before.item and before.item.items is item.items:
            elements[-1]["elements"].append(section)
        else:
            elements.append({**_list(item), **border, "elements": [section]})


def _list(first: Item) -> Element:
    items = first.items
    offset = {"offset": first.number - 1} if items.ordered and first.number > 1 else {}
    style = "ordered" if items.ordered else "bullet"
    return {"type": "rich_text_list", "style": style, "indent": items.indent, **offset}


@dataclass
class _Room:
    """How much may still be shown."""

    limit: int
    size: int
    omitted: int = 0
    full: bool = False

    def take(self, block: Block) -> list[Element]:
        """The runs for what fits of the block. A link that doesn't fit with its host is text."""
        if self.full:
            self.omitted += sum(text.utf16_len(span.text) for span in block.spans)
            return []
        self.size -= _BLOCK_JSON
        spans = block.spans
        fitting = next((at for at, span in enumerate(spans) if not self._fits(span)), len(spans))
        kept, cut = spans[:fitting], spans[fitting:]
        if cut:
            kept += self._part(cut[0])
            self.omitted += sum(text.utf16_len(span.text) for span in cut[1:])
        cut_links = {link for span in cut for link in (span.style.link, span.tells_host_of)}
        return [
            run
            for span in _trimmed(kept)
            for run in _runs(span, None if span.style.link in cut_links else span.style.link)
        ]

    def _fits(self, span: Span) -> bool:
        words = span.text
        length = text.utf16_len(words)
        size = length + words.count("\n") + words.count('"') + words.count("\\") + _json_around(span)
        if length > self.limit or size > self.size:
            return False
        self.limit -= length
        self.size -= size
        return True

    def _part(self, span: Span) -> list[Span]:
        """What fits of the first span that doesn't; nothing more will."""
        room = min(self.limit, (self.size - _json_around(span)) // 2)
        shown = text.truncate(span.text, room)
        if longer := text.utf16_len(text.neutralize(shown)) - text.utf16_len(
            shown
        ):  # cut off at the end of a word that calls
            shown = text.truncate(span.text, room - longer)
        words = shown.removesuffix("…")
        self.full = True
        self.omitted += text.utf16_len(span.text) - text.utf16_len(words)
        return [replace(span, text=text.neutralize(f"{words}…"))] if words else []


def _json_around(span: Span) -> int:
    link = span.style.link
    return (_RUN_JSON + (len(link.url) if link else 0)) * (1 + len(span.text) // _RUN)


def _trimmed(spans: list[Span]) -> list[Span]:
    """Without white space at the end."""
    while spans and not spans[-1].text.rstrip():
        spans.pop()
    if spans:
        spans[-1] = replace(spans[-1], text=spans[-1].text.rstrip())
    return spans


def _runs(span: Span, link: Link | None) -> Iterator[Element]:
    for start in range(0, len(span.text), _RUN):
        words = span.text[start : start + _RUN]
        run: Element = {"type": "link", "url": link.url, "text": words} if link else {"type": "text", "text": words}
        if any(span.style[: len(_LOOKS)]):
            run["style"] = {name: True for name in _LOOKS if getattr(span.style, name)}
        yield run
