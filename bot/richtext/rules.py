"""What each of HTML's elements does to the text in it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from bot.richtext import css, links, lists, media, scripts
from bot.richtext.document import PLAIN
from bot.richtext.nesting import TAG_PREFIX
from bot.richtext.state import Attributes, Element, State, write
from bot.richtext.writer import Writer

OnOpen = Callable[[Element, State, Writer], State | None]
"""Tells what holds inside of the element; None if nothing in it is read."""
OnClose = Callable[[State, State, Writer], None]
"""Is given what held inside of the element, and what holds outside."""

OnCount = Callable[[LexborNode, Attributes, Writer], None]
"""In place of the first where text is only counted: what is added to it, and what is between."""


_MAX_QUOTES = 3


class Rule(NamedTuple):
    """`newlines` stand before the element and after; `style` is one of Style's names."""

    newlines: int = 0
    style: str = ""
    on_open: OnOpen | None = None
    on_close: OnClose | None = None
    on_count: OnCount | None = None
    hides: bool = False


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_HIDDEN_TAGS = _tags("applet canvas head map noframes noscript script style svg template title")
_LINES = _tags(
    "address article aside caption center dd details div dl dt fieldset figcaption figure footer form header hgroup hr"
    " legend li main nav optgroup option section summary textarea tr"
)
_HEADINGS = _tags("h1 h2 h3 h4 h5 h6")
_PARAGRAPHS = _HEADINGS | _tags("blockquote listing p pre table xmp")
_LITERAL = _tags("listing pre textarea xmp")
_LISTS = _tags("dir menu ol ul")
_CELLS = _tags("td th")
_EMBEDDED = _tags("audio embed iframe object video")
_STYLES = {
    **dict.fromkeys(_tags("b dt strong th"), "bold"),
    **dict.fromkeys(_tags("cite dfn em i var"), "italic"),
    **dict.fromkeys(_tags("del s strike"), "strike"),
    **dict.fromkeys(_tags("code kbd samp tt"), "code"),
}
_OTHERS = _tags(
    "a abbr acronym bdi bdo big body br button col colgroup data font html img input ins label link mark math meta nobr"
    " picture q select small source span sub sup tbody tfoot thead time u wbr"
)
_KNOWN = _HIDDEN_TAGS | _LINES | _PARAGRAPHS | _LISTS | _CELLS | _EMBEDDED | _STYLES.keys() | _OTHERS
# A tag has no attributes or some with a value: "a <b and c> d" is an inequality.
_KNOWN_TAG = re.compile(rf"<!--|<!doctype|</?(?:{'|'.join(_KNOWN)})(?:\s[^<>=]*=[^<>]*|\s*/?)>", re.IGNORECASE)
_HORIZONTAL_LINE = "─" * 16


def has_tags(source: str) -> bool:
    return bool(_KNOWN_TAG.search(source))


def adapted(rule: Rule, element: Element) -> Rule:
    """As an element's attributes change what its tag says."""
    if element.css.script and not (rule.newlines or rule.on_open):
        return _SCRIPTS[element.css.script]
    if element.tag == "div" and element.css.has_bar:
        return _QUOTE
    names = element.classes
    if element.tag == "div" and not _QUILL_CODE.isdisjoint(names):
        return _CODE_LINES
    is_close = element.css.is_close or any(name.endswith("MsoNormal") for name in names)
    return rule._replace(newlines=1) if is_close and rule.newlines > 1 else rule


def _anchor(element: Element, state: State, _: Writer) -> State:
    href = element.attributes.get("href")
    return state if href is None else state._replace(style=state.style._replace(link=links.target(href)))


def _break(_: Element, state: State, writer: Writer) -> State:
    writer.line_break()
    return state


def _horizontal_line(_: Element, state: State, writer: Writer) -> State:
    writer.text(_HORIZONTAL_LINE, state.context, PLAIN)
    return state


def _paragraph(element: Element, state: State, _: Writer) -> State:
    return lists.paragraph_of_word(element, state) or state


def _quote(_: Element, state: State, __: Writer) -> State:
    depth = min(state.context.quote + 1, _MAX_QUOTES)
    return state._replace(context=state.context._replace(item=None, quote=depth))


def _literal(_: Element, state: State, __: Writer) -> State:
    return state._replace(context=state.context._replace(item=None, literal=True), style=PLAIN)


def _quotation(_: Element, state: State, writer: Writer) -> State:
    write("“", state, writer)
    return state


def _quotation_ends(_: State, state: State, writer: Writer) -> None:
    write("”", state, writer)


def _heading(_: Element, state: State, __: Writer) -> State:
    return state._replace(is_heading=True, style=state.style.also("bold"))


def _heading_ends(_: State, __: State, writer: Writer) -> None:
    writer.heading_ends()


def _count_target(node: LexborNode, attributes: Attributes, writer: Writer) -> None:
    href, label = attributes.get("href"), node.text().strip()
    if href and label:
        writer.count(links.target_length(href, label))


def _count_image(_: LexborNode, attributes: Attributes, writer: Writer) -> None:
    if not any(css.is_pixel(attributes.get(side)) for side in ("width", "height")):
        alt = attributes.get("alt") or "image"
        writer.count_text(alt)
        writer.count(links.target_length(attributes.get("src") or "", alt))


def _count_break(_: LexborNode, __: Attributes, writer: Writer) -> None:
    writer.line_break()


def _count_row(_: LexborNode, __: Attributes, writer: Writer) -> None:
    writer.cells.row(marks_empty=True)


def _count_cell(_: LexborNode, __: Attributes, writer: Writer) -> None:
    writer.cells.cell()


def _count_block(_: LexborNode, __: Attributes, writer: Writer) -> None:
    writer.block()


def _table(element: Element, state: State, _: Writer) -> State:
    """One that only puts things beside one another has empty cells for the room that they take."""
    is_layout = element.attribute("role") in {"presentation", "none"} or {
        element.attributes.get(name) for name in ("border", "cellpadding", "cellspacing")
    } == {"0"}
    return state._replace(marks_empty=not is_layout)


def _row(_: Element, state: State, writer: Writer) -> State:
    writer.cells.row(marks_empty=state.marks_empty)
    return state


def _row_ends(_: State, __: State, writer: Writer) -> None:
    writer.row_ends()


def _cell(_: Element, state: State, writer: Writer) -> State:
    writer.cells.cell()
    return state


def _cell_ends(_: State, __: State, writer: Writer) -> None:
    writer.cell_ends()


def _superscript(element: Element, state: State, writer: Writer) -> State:
    return scripts.script_begins("sup", element, state, writer)


def _subscript(element: Element, state: State, writer: Writer) -> State:
    return scripts.script_begins("sub", element, state, writer)


_ON_OPEN: dict[str, OnOpen] = {
    **dict.fromkeys(_HEADINGS, _heading),
    **dict.fromkeys(_LISTS, lists.list_begins),
    **dict.fromkeys(_LITERAL, _literal),
    **dict.fromkeys(_CELLS, _cell),
    **dict.fromkeys(_EMBEDDED, media.embedded),
    "a": _anchor,
    "blockquote": _quote,
    "br": _break,
    "hr": _horizontal_line,
    "img": media.image,
    "input": lists.checkbox,
    "li": lists.item_begins,
    "math": scripts.formula,
    "p": _paragraph,
    "q": _quotation,
    "sub": _subscript,
    "sup": _superscript,
    "table": _table,
    "tr": _row,
}
_ON_CLOSE: dict[str, OnClose] = {
    **dict.fromkeys(_HEADINGS, _heading_ends),
    **dict.fromkeys(_CELLS, _cell_ends),
    **dict.fromkeys(_LISTS, lists.list_ends),
    **dict.fromkeys(("sub", "sup"), scripts.script_ends),
    "q": _quotation_ends,
    "tr": _row_ends,
}


_ON_COUNT: dict[str, OnCount] = {
    **dict.fromkeys(_CELLS, _count_cell),
    **dict.fromkeys(_LITERAL | {"blockquote", "li"}, _count_block),
    "a": _count_target,
    "br": _count_break,
    "img": _count_image,
    "tr": _count_row,
}


def _rule_of(tag: str) -> Rule:
    newlines = 2 if tag in _PARAGRAPHS else 1 if tag in _LINES else 0
    functions = (_ON_OPEN.get(tag), _ON_CLOSE.get(tag), _ON_COUNT.get(tag))
    return Rule(newlines, _STYLES.get(tag, ""), *functions, hides=tag in _HIDDEN_TAGS)


RULES = {prefix + tag: _rule_of(tag) for tag in _KNOWN for prefix in ("", TAG_PREFIX)}
NO_RULE = Rule()
_SCRIPTS = {"super": RULES["sup"], "sub": RULES["sub"]}
_QUILL_CODE = frozenset({"ql-code-block", "ql-code-block-container"})
_CODE_LINES = Rule(1, on_open=_literal)
_QUOTE = Rule(1, on_open=_quote)
