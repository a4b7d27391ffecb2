"""A stranger's HTML, of any quality, read into blocks of styled text."""

import re
from collections.abc import Callable
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.blockkit import text
from bot.richtext import css, scripts
from bot.richtext.document import Document
from bot.richtext.nesting import limit_nesting
from bot.richtext.rules import NO_RULE, RULES, Rule, adapted, has_tags
from bot.richtext.source import INPUT_LENGTH, read_part
from bot.richtext.state import Element, State, write
from bot.richtext.writer import Writer

_WHOLE = 2 * INPUT_LENGTH  # characters of text: what is shown of a link can come more often than it was written
_TAG = re.compile(r"<[^<>]*>")


def read_html(html: str, *, limit: int = _WHOLE, spans: int = _WHOLE) -> Document:
    """A description: HTML even where it has no tag, but then its line breaks count.

    At most `limit` characters in so many spans are read, give or take one; the rest is counted.
    """
    return _read(html, Writer(min(limit, _WHOLE), spans), unescape)


def read_note(note: str, *, limit: int = _WHOLE, spans: int = _WHOLE) -> Document:
    """A note: what has no tag of HTML's in it is shown as it was typed, entities and angle brackets too."""
    return _read(note, Writer(min(limit, _WHOLE), spans), str)


def _read(source: str, writer: Writer, decoded: Callable[[str], str]) -> Document:
    head, rest = read_part(source)
    if has_tags(head):
        _walk(head, writer)
    else:
        writer.typed(decoded(head))
    return writer.document(unread=text.utf16_len(_TAG.sub("", rest)) if rest else 0)


def _walk(source: str, writer: Writer) -> None:
    """Without recursion: nothing keeps a stranger from opening ten thousand tags."""
    node: LexborNode | None = LexborHTMLParser(text.replace_surrogates(limit_nesting(source))).root
    state = State()
    around: list[tuple[LexborNode, State, Rule]] = []
    while node is not None:
        if node.is_text_node:
            if writer.is_full:
                writer.count_text(node.text_content or "")
            else:
                write(node.text_content or "", state, writer)
        else:
            rule, inside = (_count if writer.is_full else _enter)(node, state, writer)
            if inside is not None:
                if (child := node.first_child) is not None:
                    around.append((node, state, rule))
                    node, state = child, inside
                    continue
                if rule.newlines or rule.on_close:
                    _leave(rule, inside, state, writer)
        while (following := node.next) is None and around:
            node, outside, rule = around.pop()
            if rule.newlines or rule.on_close:
                _leave(rule, state, outside, writer)
            state = outside
        node = following


def _enter(node: LexborNode, state: State, writer: Writer) -> tuple[Rule, State | None]:
    """What the node does, and what holds inside of it: None if nothing in it is read."""
    rule, attributes = RULES.get(node.tag or "", NO_RULE), node.attributes
    if rule.hides:
        return rule, None
    said = css.NOTHING
    if attributes:
        said = css.parse(attributes.get("style"))
        element = Element(node, node.tag or "", attributes, said)
        if said.hides or "hidden" in attributes or scripts.is_drawn_formula(element):
            return rule, None
        rule = adapted(rule, element)
    if rule.newlines:
        writer.line(rule.newlines)
    if rule.style:
        state = state.with_style(state.style.also(rule.style))
    if said is not css.NOTHING:
        state = state.with_css(said, is_struck=rule.style == "strike")
    if rule.on_open:
        return rule, rule.on_open(Element(node, node.tag or "", attributes, said), state, writer)
    return rule, state


def _count(node: LexborNode, state: State, writer: Writer) -> tuple[Rule, State | None]:
    """The same where nothing more is written, but for what only concerns how it looks."""
    rule, attributes = RULES.get(node.tag or "", NO_RULE), node.attributes
    if rule.hides or (attributes and ("hidden" in attributes or css.hides(attributes.get("style")))):
        return rule, None
    if rule.newlines:
        writer.line(rule.newlines)
    if rule.on_count:
        rule.on_count(node, attributes, writer)
    return rule, state


def _leave(rule: Rule, inside: State, outside: State, writer: Writer) -> None:
    if rule.newlines:
        writer.line(rule.newlines)
    if rule.on_close:
        rule.on_close(inside, outside, writer)
