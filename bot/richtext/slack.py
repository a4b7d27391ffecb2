"""A document as Slack's rich text. Nothing in it is active: see bot.blockkit.text and .links.

Rich text is literal, `:emoji:` codes and `@here` included, as far as is documented. They are broken all the same, but
for code, which is there to be copied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.blockkit import limits, text
from bot.richtext import spelling
from bot.richtext.document import Block, BlockContext, Document, Item, Span
from bot.richtext.links import Link

Element = dict[str, Any]

_RUN = limits.RICH_TEXT_RUN // 2  # code points, of which each has one or two units
_STYLES = ("bold", "italic", "strike", "code")
_BLOCK_JSON, _RUN_JSON = 150, 110  # characters of JSON around the text, at most


@dataclass(frozen=True)
class RichText:
    """What a rich_text block's `elements` are; none, if there is nothing to be seen."""

    elements: tuple[Element, ...]
    omitted: int  # characters of text


def max_spans(size: int) -> int:
    """How many spans can be in so many characters of JSON."""
    return size // _RUN_JSON


def rich_text(document: Document, limit: int, size: int, lines: int | None = None) -> RichText:
    """At most `limit` characters to read, `size` characters of JSON, and so many lines before Slack wraps them."""
    blocks = spelling.for_slack(document.blocks)
    budget = _Budget(min(limit, _length(blocks, lines)) if lines else limit, size)
    elements: list[Element] = []
    before: BlockContext | None = None
    for block in blocks:
        if runs := budget.take(block):
            _add(elements, block, runs, before)
            before = block.context
    return RichText(tuple(elements), document.unread + budget.omitted)


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


def _add(elements: list[Element], block: Block, runs: list[Element], before: BlockContext | None) -> None:
    item, quote, literal = block.context
    border = {"border": 1} if quote else {}
    if literal:
        elements.append({"type": "rich_text_preformatted", **border, "elements": runs})
    elif not item:
        elements.append({"type": "rich_text_quote" if quote else "rich_text_section", "elements": runs})
    else:
        section = {"type": "rich_text_section", "elements": runs}
        if before and before.item and _goes_on(before.item, item):
            elements[-1]["elements"].append(section)
        else:
            elements.append({**_list(item), **border, "elements": [section]})


def _goes_on(before: Item, item: Item) -> bool:
    """Whether Slack would number the second as it is, in one list with the first."""
    following = None if before.number is None else before.number + 1
    return item.items is before.items and item.indent == before.indent and item.number == following


def _list(first: Item) -> Element:
    offset = {"offset": first.number - 1} if first.number and first.number > 1 else {}
    style = "bullet" if first.number is None else "ordered"
    return {"type": "rich_text_list", "style": style, "indent": first.indent, **offset}


@dataclass
class _Budget:
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
        cut_links = {link for span in cut for link in (span.style.link, span.target_of)}
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
        if any(span.style[: len(_STYLES)]):
            run["style"] = {name: True for name in _STYLES if getattr(span.style, name)}
        yield run
