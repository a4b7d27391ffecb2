"""A stranger's HTML, of any quality, read into blocks of styled text."""

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.blockkit import text
from bot.richtext import links, paragraphs
from bot.richtext.document import PLAIN, Document, Item, Items, Place, Style, Writer, nested
from bot.richtext.nesting import RENAMED, tame

INPUT_LENGTH = 50_000  # more than twice what the ticket system takes; what is beyond is counted, not read


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_GONE = _tags(
    "applet audio canvas embed head iframe map noframes noscript object script style svg template title video"
)
_LINES = _tags(
    "address article aside caption center dd details div dl dt fieldset figcaption figure footer form header hgroup hr"
    " legend li main nav optgroup option section summary textarea tr"
)
_HEADINGS = _tags("h1 h2 h3 h4 h5 h6")
_PARAGRAPHS = _HEADINGS | _tags("blockquote listing p pre table xmp")
_LITERAL = _tags("listing pre textarea xmp")
_LISTS = _tags("dir menu ol ul")
_CELLS = _tags("td th")
_STYLES = {
    **dict.fromkeys(_HEADINGS | _tags("b dt strong th"), "bold"),
    **dict.fromkeys(_tags("cite dfn em i var"), "italic"),
    **dict.fromkeys(_tags("del s strike"), "strike"),
    **dict.fromkeys(_tags("code kbd samp tt"), "code"),
}
_OTHERS = _tags(
    "a abbr acronym bdi bdo big body br button col colgroup data font html img input ins label link mark meta nobr q"
    " select small span sub sup tbody tfoot thead time u wbr"
)
_KNOWN = _GONE | _LINES | _PARAGRAPHS | _LISTS | _CELLS | _STYLES.keys() | _OTHERS
# A tag has no attributes or some with a value: "a <b and c> d" is an inequality.
_KNOWN_TAG = re.compile(rf"<!--|<!doctype|</?(?:{'|'.join(_KNOWN)})(?:\s[^<>=]*=[^<>]*|\s*/?)>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_RULE = "─" * 16


class _State(NamedTuple):
    """What the elements around a node make of its text."""

    place: Place = Place()
    style: Style = PLAIN
    items: Items | None = None


class _Rule(NamedTuple):
    """What an element does."""

    newlines: int = 0  # before it and after
    look: str = ""
    opens: "_Opening | None" = None
    hides: bool = False
    closes: "Callable[[_State, Writer], None] | None" = None


_Opening = Callable[[LexborNode, _State, Writer], _State]
"""Tells what holds inside of the element."""


def has_tags(source: str) -> bool:
    return bool(_KNOWN_TAG.search(source))


def read(source: str, limit: int, most: int = INPUT_LENGTH) -> Document:
    """A description: HTML even where it has no tag, but then its line breaks count.

    At most `limit` characters and `most` spans are read, give or take one.
    """
    return _read(source, Writer(limit, most), unescape)


def read_text(source: str, limit: int, most: int = INPUT_LENGTH) -> Document:
    """A note: what has no tag of HTML's in it is shown as it was typed, entities and angle brackets too."""
    return _read(source, Writer(limit, most), str)


def _read(source: str, writer: Writer, decoded: Callable[[str], str]) -> Document:
    head, rest = source[:INPUT_LENGTH], source[INPUT_LENGTH:]
    if not has_tags(head):
        writer.literal(decoded(head), Place())
    elif paragraphs.has_nothing_else(head):
        paragraphs.write(head, writer)
    else:
        _walk(head, writer)
    return writer.document(unread=text.utf16_len(_TAG.sub("", rest)) if rest else 0)


def _walk(source: str, writer: Writer) -> None:
    """Without recursion: nothing keeps a stranger from opening ten thousand tags."""
    node: LexborNode | None = LexborHTMLParser(text.replace_surrogates(tame(source))).root
    state = _State()
    around: list[tuple[LexborNode, _State, _Rule]] = []
    while node is not None:
        if node.is_text_node:
            _write(node.text_content or "", state, writer)
        else:
            rule = _RULES.get(node.tag or "", _NO_RULE)
            inside = _enter(node, rule, state, writer)
            if not rule.hides and (child := node.first_child) is not None:
                around.append((node, state, rule))
                node, state = child, inside
                continue
            _leave(rule, state, writer)
        while (following := node.next) is None and around:
            node, state, rule = around.pop()
            _leave(rule, state, writer)
        node = following


def _enter(node: LexborNode, rule: _Rule, state: _State, writer: Writer) -> _State:
    """What holds inside of the node."""
    if rule.newlines:
        writer.line(rule.newlines)
    if writer.is_full:
        return state
    if rule.look:
        state = _State(state.place, state.style.also(rule.look), state.items)
    return rule.opens(node, state, writer) if rule.opens else state


def _leave(rule: _Rule, state: _State, writer: Writer) -> None:
    if rule.newlines:
        writer.line(rule.newlines)
    if rule.closes:
        rule.closes(state, writer)


def _write(words: str, state: _State, writer: Writer) -> None:
    if state.place.literal:
        writer.literal(words, state.place)
    else:
        writer.text(words, state.place, state.style)


def _unknown(node: LexborNode, state: _State, writer: Writer) -> _State:
    if "@" in (node.tag or ""):  # "Jo <jo@example.com>", pasted: a tag to HTML, an address to its reader
        _write(f"<{node.tag}>", state, writer)
    return state


def _anchor(node: LexborNode, state: _State, _: Writer) -> _State:
    href = node.attributes.get("href")
    return state if href is None else state._replace(style=state.style._replace(link=links.parse(href)))


def _image(node: LexborNode, state: _State, writer: Writer) -> _State:
    """A link to it; inside of a link, and where it can't be followed, its alternative text."""
    look = node.attributes
    if {look.get("width"), look.get("height")} & {"0", "1"}:  # counts readers, shows nothing
        return state
    link = state.style.link or links.parse(look.get("src") or "")
    words = text.one_line(look.get("alt") or "") or ("image" if link else "[image]")
    _write(words, state._replace(style=state.style._replace(link=link)), writer)
    return state


def _break(_: LexborNode, state: _State, writer: Writer) -> _State:
    writer.line_break()
    return state


def _rule(_: LexborNode, state: _State, writer: Writer) -> _State:
    writer.text(_RULE, state.place, PLAIN)
    return state


def _list(_: LexborNode, state: _State, writer: Writer) -> _State:
    writer.line(1 if state.items else 2)
    return state._replace(items=nested(state.items, ordered=False))


def _ordered_list(node: LexborNode, state: _State, writer: Writer) -> _State:
    writer.line(1 if state.items else 2)
    start = node.attributes.get("start") or ""
    first = int(start) if re.fullmatch(r"0{,3}[1-9][0-9]{,4}", start) else 1
    return state._replace(items=nested(state.items, ordered=True, start=first))


def _item(_: LexborNode, state: _State, __: Writer) -> _State:
    items = state.items or nested(None, ordered=False)
    return _State(Place(Item(items), state.place.quote), state.style, items)


def _quote(_: LexborNode, state: _State, __: Writer) -> _State:
    return state._replace(place=Place(quote=True))


def _literal(_: LexborNode, state: _State, __: Writer) -> _State:
    return state._replace(place=state.place._replace(item=None, literal=True), style=PLAIN)


def _quotation(_: LexborNode, state: _State, writer: Writer) -> _State:
    _write("“", state, writer)
    return state


def _row(_: LexborNode, state: _State, writer: Writer) -> _State:
    writer.row()
    return state


def _cell(_: LexborNode, state: _State, writer: Writer) -> _State:
    writer.cell()
    return state


_OPENINGS: dict[str, _Opening] = {
    **dict.fromkeys(_LISTS, _list),
    **dict.fromkeys(_LITERAL, _literal),
    **dict.fromkeys(_CELLS, _cell),
    "a": _anchor,
    "blockquote": _quote,
    "br": _break,
    "hr": _rule,
    "img": _image,
    "li": _item,
    "ol": _ordered_list,
    "q": _quotation,
    "tr": _row,
}
_CLOSINGS: dict[str, Callable[[_State, Writer], None]] = {
    **dict.fromkeys(_HEADINGS, lambda _, writer: writer.heading_ends()),
    **dict.fromkeys(_CELLS, lambda _, writer: writer.cell_ends()),
    **dict.fromkeys(_LISTS, lambda state, writer: writer.line(1 if state.items else 2)),
    "q": lambda state, writer: _write("”", state, writer),
}
_NO_RULE = _Rule(opens=_unknown)


def _rule_of(tag: str) -> _Rule:
    newlines = 2 if tag in _PARAGRAPHS else 1 if tag in _LINES else 0
    return _Rule(newlines, _STYLES.get(tag, ""), _OPENINGS.get(tag), tag in _GONE, _CLOSINGS.get(tag))


_RULES = {prefix + tag: _rule_of(tag) for tag in _KNOWN for prefix in ("", RENAMED)}
