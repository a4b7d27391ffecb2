"""Formulas: superscripts, subscripts and MathML, on the line."""

import re

from selectolax.lexbor import LexborNode

from bot.richtext import css
from bot.richtext.state import Element, State, write
from bot.richtext.writer import Writer

_SUPER = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SUB = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_TABLES = {"sup": _SUPER, "sub": _SUB}
_SIGNS = {"sup": "^", "sub": "_"}
# 1st, 2e, Mme, ™, [1], *: they read the same on the line.
_SAME_ON_THE_LINE = {
    "sup": re.compile(r"[^\W\d_]{2,}\.?|[aeorsº]|[^\w(+−-].*|.*\s.*|.{16,}", re.DOTALL),
    "sub": re.compile(r"[^\w(+−-].*|.*\s.*|.{16,}", re.DOTALL),
}
_ONE_TERM = re.compile(r"\w+|[+−-]?[\d.,]+")
_MATH_SIGNS = {"msup": "^", "msub": "_", "msubsup": "_^", "mfrac": "/", "mover": "^", "munder": "_"}
_TEX = "application/x-tex"


def script_begins(kind: str, element: Element, state: State, writer: Writer) -> State:
    """10⁶, x^(a+b), H₂O, x_max; 1st stays what it is."""
    words = " ".join(element.node.text().split())
    if state.script or not words:
        return state
    table = _TABLES[kind]
    if all(ord(char) in table or char == "," for char in words):
        return state._replace(script=table)
    if _SAME_ON_THE_LINE[kind].fullmatch(words):
        return state
    is_term = _ONE_TERM.fullmatch(words)
    write(_SIGNS[kind] if is_term else f"{_SIGNS[kind]}(", state, writer)
    return state if is_term else state._replace(suffix=f"{state.suffix})")


def script_ends(inside: State, state: State, writer: Writer) -> None:
    if suffix := inside.suffix[len(state.suffix) :]:
        write(suffix, state, writer)


def formula(element: Element, state: State, writer: Writer) -> State | None:
    """The TeX that it was made from, or else its letters."""
    source = element.node.css_first(f'annotation[encoding="{_TEX}"]')
    words = source.text() if source else _linear(element.node)
    write(words, state, writer)
    return None


def is_drawn_formula(element: Element) -> bool:
    """Whether it is what is seen of a formula that stands beside it as MathML, for those who can't see."""
    if element.attribute("aria-hidden") != "true" and "katex-html" not in element.classes:
        return False
    beside = (_skip_space(element.node.prev, "prev"), _skip_space(element.node.next, "next"))
    return any(
        node is not None
        and (node.tag == "math" or node.css_first("math"))
        and not css.hides(node.attributes.get("style"))  # else it is all that is seen of the formula
        for node in beside
    )


def _skip_space(node: LexborNode | None, towards: str) -> LexborNode | None:
    is_space = node is not None and node.is_text_node and not (node.text_content or "").strip()
    found: LexborNode | None = getattr(node, towards) if is_space else node
    return found if found is not None and found.is_element_node else None


def _linear(node: LexborNode) -> str:
    """x^(a+b), a/b: what stands above and below, on the line. No deeper than bot.richtext.nesting lets it be."""
    if node.is_text_node:
        return " ".join((node.text_content or "").split())
    inner = [_linear(child) for child in node.iter(include_text=True) if not child.is_comment_node]
    inner = [words for words in inner if words]
    signs = _MATH_SIGNS.get(node.tag or "")
    if (node.tag or "").startswith("annotation"):
        return ""
    if node.tag == "msqrt":
        return f"√({''.join(inner)})"
    if not signs or len(inner) != len(signs) + 1:
        return "".join(inner)
    first, *others = (words if _ONE_TERM.fullmatch(words) else f"({words})" for words in inner)
    return first + "".join(sign + words for sign, words in zip(signs, others, strict=True))
