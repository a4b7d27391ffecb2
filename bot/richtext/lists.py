"""Lists as HTML has them, and as editors write them: Quill's, task lists, Word's paragraphs."""

import re

from bot.blockkit import limits
from bot.richtext.document import BlockContext, Item, Items
from bot.richtext.state import Element, State, write
from bot.richtext.writer import Writer

CHECKED, UNCHECKED = "☑", "☐"
_BOXES = {"true": CHECKED, "checked": CHECKED, "false": UNCHECKED, "unchecked": UNCHECKED}

_NUMBER = re.compile(r"\s*(-?)0*([0-9]{1,5})\s*")
_TYPES = {
    "decimal": "1",
    "decimal-leading-zero": "1",
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
}
_ROMAN = {
    1000: "m",
    900: "cm",
    500: "d",
    400: "cd",
    100: "c",
    90: "xc",
    50: "l",
    40: "xl",
    10: "x",
    9: "ix",
    5: "v",
    4: "iv",
    1: "i",
}
_MAX_ROMAN = 3_999

_QUILL_INDENT = re.compile(r"ql-indent-([1-9])")
_MSO_LEVEL = re.compile(r"\blevel([1-9])")
_BULLETS = "·•▪◦§o\uf0b7\uf0a7Øüv–-"
# Word's own bullet, as its class or its style says it is; or one that cannot be the beginning of a sentence.
_OF_WORD = r"[0-9]{1,4}(?:\.[0-9]{1,4})*[.)]?|(?:[A-Za-z]|(?i:[ivxlcdm]{1,5}))[.)]"
_MARKED_BY_WORD = re.compile(rf"\s*([{_BULLETS}]|\(?(?:{_OF_WORD}))[\s\xa0]+")
_DECIMAL = re.compile(r"([1-9][0-9]*)[.)]")
_BULLET = re.compile(r"\s*(?:([·•▪◦\uf0b7\uf0a7])[\s\xa0]+|([§o])[ ]?\xa0[\s\xa0]+)(?=\S)")
_LEVELS = {"o": 1, "§": 2, "\uf0a7": 2}  # of the bullets that Word begins with


def nested(items: Items | None, *, ordered: bool) -> Items:
    return Items(ordered, min(items.indent + 1, limits.LIST_INDENT) if items else 0)


def list_begins(element: Element, state: State, writer: Writer) -> State:
    writer.line(1 if state.items else 2)
    items = nested(state.items, ordered=element.tag == "ol")
    if items.ordered:
        items.numbering = _numbering(element) or "1"
        if "reversed" in element.attributes:
            items.start, items.step = _children(element, "li"), -1
        start = _number(element.attribute("start"))
        items.start = items.start if start is None else start
    items.checked = {"true": True, "false": False}.get(element.attribute("data-checked"))
    return state._replace(items=items)


def list_ends(_: State, state: State, writer: Writer) -> None:
    writer.line(1 if state.items else 2)


def item_begins(element: Element, state: State, _: Writer) -> State:
    items = state.items or nested(None, ordered=False)
    kind = element.attribute("data-list")  # Quill's: one list for bullets, numbers and boxes, at all depths
    level = next((int(found[1]) for name in element.classes if (found := _QUILL_INDENT.fullmatch(name))), 0)
    item = Item(items, min(items.indent + level, limits.LIST_INDENT))
    if box := _box(element, kind, items):
        item.mark = box
    if kind == "ordered" or (items.ordered and not kind):
        _count(item, element, level)
    else:
        items.restart_below(level)
    return state._replace(context=BlockContext(item, state.context.quote), items=items)


def checkbox(element: Element, state: State, writer: Writer) -> State | None:
    """In place of an item's bullet where it is the first thing in it."""
    box = CHECKED if "checked" in element.attributes else UNCHECKED
    item = state.context.item
    if element.attribute("type").lower() != "checkbox":
        return None
    if not item or item.is_begun:
        write(f"{box} ", state, writer)
    elif item.mark not in {CHECKED, UNCHECKED}:
        item.mark = box
    return None


def paragraph_of_word(element: Element, state: State) -> State | None:
    """An item, where the paragraph is one: Word, and the mails that are written with it, have no other."""
    if state.context.item:
        return None
    is_marked = element.css.mso_list not in {"", "none"} or any("MsoList" in name for name in element.classes)
    found = (_MARKED_BY_WORD if is_marked else _BULLET).match(element.node.text())
    if not found:
        return None
    mark = found[1] or found[2]
    level = _MSO_LEVEL.search(element.css.mso_list)
    item = Item(state.word_items, int(level[1]) - 1 if level else _LEVELS.get(mark, 0), in_text=mark)
    if decimal := _DECIMAL.fullmatch(mark):
        item.number = int(decimal[1])
    elif mark not in _BULLETS:
        item.mark = mark
    return state._replace(context=BlockContext(item, state.context.quote))


def _count(item: Item, element: Element, level: int) -> None:
    items = item.items
    value = _number(element.attribute("value")) if not level else None
    if value is None:
        value = items.next_number(level)
    else:
        items.restart_at(value, level)
    item.number = value
    numbering = _numbering(element) or items.numbering
    if not item.mark and (numbering != "1" or value < 1):
        item.mark = f"{_spelled(value, numbering)}."


def _box(element: Element, kind: str, items: Items) -> str:
    said = kind or element.attribute("data-checked")
    if element.attribute("role") == "checkbox":
        said = said or element.attribute("aria-checked")
    if not said and items.checked is not None:
        return CHECKED if items.checked else UNCHECKED
    return _BOXES.get(said, "")


def _numbering(element: Element) -> str:
    said = element.attribute("type") or _TYPES.get(element.css.list_type, "")
    return said if said in {"1", "a", "A", "i", "I"} else ""


def _number(said: str) -> int | None:
    found = _NUMBER.match(said)
    return int(found[1] + found[2]) if found else None


def _children(element: Element, tag: str) -> int:
    node, number = element.node.first_child, 0
    while node is not None:
        number += node.tag == tag
        node = node.next
    return number


def _spelled(number: int, numbering: str) -> str:
    if number < 1 or numbering == "1" or (numbering in "iI" and number > _MAX_ROMAN):
        return str(number)
    spelled = _letters(number) if numbering in "aA" else _roman(number)
    return spelled.upper() if numbering.isupper() else spelled


def _letters(number: int) -> str:
    """From a to z, then aa."""
    spelled = ""
    while number:
        number, at = divmod(number - 1, 26)
        spelled = chr(ord("a") + at) + spelled
    return spelled


def _roman(number: int) -> str:
    spelled = ""
    for value, letters in _ROMAN.items():
        spelled += letters * (number // value)
        number %= value
    return spelled
