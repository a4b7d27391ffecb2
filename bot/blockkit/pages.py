"""Rich text of any length as blocks, and blocks as pages that a modal can hold."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from bot.blockkit import blocks, limits, text
from bot.blockkit.blocks import Block, count

# A sixth of the limit, and some: a client may write every character of a view as six (\uXXXX), and Slack doesn't say
# whether it counts before or after that.
_PAGE_JSON = limits.VIEW_JSON // 6 - 4_000
_PAGE_BLOCKS = 80
_BLOCK_JSON = limits.RICH_TEXT_JSON
_AROUND_BLOCK = 60  # characters of JSON
_LONGEST_WORD = 200  # that is taken along to the next block, so that it is not cut

_OF_LIST = ("type", "style", "indent", "border")

Entry = list[Block]
"""The elements of a rich_text block that say one thing: one note, one file."""


@dataclass(frozen=True)
class Part:
    """What stands under one header: at most `size` characters of JSON of it.

    `total` is how many there are, `hidden` of them not among `entries` on purpose; `thing` names one that is left out
    for want of room. `apart`: each entry is a block of its own.
    """

    title: str
    entries: Iterable[Entry]
    total: int
    thing: str = ""
    hidden: int = 0
    size: int = 60_000
    apart: bool = False
    footnote: str = ""

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.total:,})" if self.total > 1 else self.title

    def blocks(self) -> Iterator[Block]:
        taken: list[Entry] = []
        for blocks_of_entry in self._blocks_of_entries(taken):
            yield from blocks_of_entry
        omitted = self.total - self.hidden - len(taken)
        footer = [f"… {count(omitted, self.thing)} left out"] if omitted > 0 else []
        if self.footnote or footer:
            yield blocks.context(*filter(None, (*footer, self.footnote)))

    def _blocks_of_entries(self, taken: list[Entry]) -> Iterator[Iterator[Block]]:
        entries = self._that_fit(taken)
        if self.apart:
            yield from (pack(entry) for entry in entries)
        else:
            yield pack(element for entry in entries for element in entry)

    def _that_fit(self, taken: list[Entry]) -> Iterator[Entry]:
        room = self.size
        for entry in self.entries:
            room -= sum(map(size_of, entry))
            if room < 0 and taken:
                return
            taken.append(entry)
            yield entry


def run(words: str, **style: bool) -> Block:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def section(runs: list[Block]) -> Block:
    return {"type": "rich_text_section", "elements": runs}


def bullet(runs: list[Block]) -> Entry:
    return [{"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": [section(runs)]}]


def size_of(value: object) -> int:
    return text.utf16_len(json.dumps(value, ensure_ascii=False))


def pack(elements: Iterable[Block]) -> Iterator[Block]:
    """As many rich_text blocks as it takes, each of a size that Slack takes. Single items become one list."""
    packed: list[Block] = []
    room = _BLOCK_JSON
    for element in chain.from_iterable(map(_split, elements)):
        length = size_of(element) + _AROUND_BLOCK
        if packed and length > room:
            yield blocks.rich_text(packed)
            packed, room = [], _BLOCK_JSON
        room -= length
        if packed and _goes_on(packed[-1], element):
            packed[-1] = {**packed[-1], "elements": [*packed[-1]["elements"], *element["elements"]]}
        else:
            packed.append(element)
    if packed:
        yield blocks.rich_text(packed)


def _goes_on(first: Block, second: Block) -> bool:
    """Whether the second list is the first one's rest, or might be."""
    if first["type"] != "rich_text_list" or any(first.get(key) != second.get(key) for key in _OF_LIST):
        return False
    following: int = first.get("offset", 0) + len(first["elements"])
    return bool(first["style"] == "bullet" or following == second.get("offset", 0))


def _split(element: Block) -> Iterator[Block]:
    if size_of(element) <= _BLOCK_JSON:
        yield element
    elif element["type"] == "rich_text_list":
        yield from _split_list(element)
    else:
        yield from ({**element, "elements": runs} for runs in _groups(element["elements"]))


def _split_list(element: Block) -> Iterator[Block]:
    """One item at a time; the rest of an item that is too long has no bullet, or number, of its own."""
    first = element.get("offset", 0)
    for number, item in enumerate(element["elements"], first):
        head, *rest = _split(item)
        offset = {"offset": number} if element["style"] == "ordered" and number else {}
        yield {**element, **offset, "elements": [head]}
        yield from rest


def _groups(runs: Iterable[Block]) -> Iterator[list[Block]]:
    group: list[Block] = []
    room = _BLOCK_JSON
    for following in runs:
        length = size_of(following)
        if group and length > room:
            group, torn = _torn(group, following)
            yield group
            group, room = torn, _BLOCK_JSON - sum(map(size_of, torn))
        group.append(following if group else _at_the_top(following))
        room -= length
    if group:
        yield group


def _at_the_top(of_block: Block) -> Block:
    """A run without a blank line before it."""
    words = of_block.get("text", "").lstrip("\n")
    return {**of_block, "text": words} if words else of_block


def _torn(group: list[Block], following: Block) -> tuple[list[Block], list[Block]]:
    """What goes into this block and what into the next, so that a paragraph, or else a word, stays whole."""
    *before, last = group
    words, next_words = last.get("text", ""), following.get("text", "")
    at = 0
    if last["type"] == "text" and not words.endswith("\n") and not next_words.startswith("\n"):
        at = words.rfind("\n", len(words) // 2)
        if at < 1 and not words[-1].isspace() and not next_words[:1].isspace():
            at = words.rfind(" ", max(len(words) - _LONGEST_WORD, 1))
    if at < 1:
        return group, []
    return [*before, {**last, "text": words[:at]}], [{**last, "text": words[at + 1 :]}]


def paginate(opening: list[Block], parts: Iterable[Part]) -> list[list[Block]]:
    """At least one. What goes on on another page has its header there again."""
    laid = [list(opening)]
    room = _PAGE_JSON - size_of(opening)
    for part in parts:
        for number, block in enumerate(part.blocks()):
            header = blocks.header(f"{part.heading}, continued" if number else part.heading)
            needed = size_of(block) + _AROUND_BLOCK
            turn = needed + size_of(header) > room or len(laid[-1]) + 2 > _PAGE_BLOCKS
            if turn:
                laid.append([])
                room = _PAGE_JSON
            added = [header, block] if turn or number == 0 else [block]
            laid[-1] += added
            room -= needed + size_of(header)
    return laid
