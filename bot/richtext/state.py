"""What is known while HTML is read: an element, and what those around it make of its text."""

from collections.abc import Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from bot.richtext.css import NOTHING, Css
from bot.richtext.document import PLAIN, BlockContext, Item, Items, Style
from bot.richtext.writer import WhiteSpace, Writer

Attributes = Mapping[str, str | None]


class Element(NamedTuple):
    node: LexborNode
    tag: str
    attributes: Attributes
    css: Css = NOTHING

    def attribute(self, name: str) -> str:
        return self.attributes.get(name) or ""

    @property
    def classes(self) -> list[str]:
        return self.attribute("class").split()


class State(NamedTuple):
    """`script`: what letters become in a superscript or a subscript; `marks_empty`: as bot.richtext.writer has it."""

    context: BlockContext = BlockContext()
    style: Style = PLAIN
    items: Items | None = None
    word_items: Items = Items(ordered=False, indent=0)  # the items of Word's lists, which are paragraphs
    white_space: WhiteSpace = ""
    script: Mapping[int, int] = {}
    suffix: str = ""
    marks_empty: bool = True
    is_heading: bool = False

    def with_style(self, style: Style) -> "State":
        return State(self.context, style, *self[2:])

    def with_css(self, said: Css, *, is_struck: bool) -> "State":
        """What is said of an element, after its tag: which can take away what the tag says, but no line around it."""
        bold, italic, strike, code, link = self.style
        style = Style(
            bold if said.bold is None else said.bold or self.is_heading,  # in place of a heading's size
            italic if said.italic is None else said.italic,
            strike if said.strike is None else said.strike or (strike and not is_struck),
            code,
            link,
        )
        white_space = self.white_space if said.white_space is None else said.white_space
        return self.with_style(style)._replace(white_space=white_space)


def write(words: str, state: State, writer: Writer) -> None:
    """Text, as all that is around it has it."""
    item = state.context.item
    if item and item.in_text:
        words = _without_mark(words.lstrip(), item)
    if state.script:
        words = words.translate(state.script)
    if state.context.literal:
        writer.literal(words, state.context)
    else:
        writer.text(words, state.context, state.style, state.white_space)


def _without_mark(words: str, item: Item) -> str:
    """Without the mark that stands in the text, perhaps in several pieces."""
    length = min(len(words), len(item.in_text))
    if not item.in_text.startswith(words[:length]):
        length = 0
    item.in_text = item.in_text[length:] if length else ""
    return words[length:]
