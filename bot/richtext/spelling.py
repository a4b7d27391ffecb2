"""What has no sign of its own where it is shown becomes text: depth of quotes, marks of lists, struck words."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from bot.richtext.document import PLAIN, Block, BlockContext, Item, Span

_QUOTE_MARK = "│ "  # no ">", of which a client may make a quote of its own
_INDENT, _BULLET = "  ", "•"
_SLACK_INDENT, _SLACK_QUOTES = "    ", 1
_STRIKE_MARK = "~"
_BEFORE, _AFTER = "([{“‘\"'/-–", ")]}”’\"'/-–.,;:!?…"


def for_slack(blocks: Iterable[Block]) -> list[Block]:
    """Slack has bullets, decimal numbers and one level of quotes. What is neither of these is one section of lines."""
    spelled: list[Block] = []
    for block in blocks:
        item, quote, literal = block.context
        if literal or (item and not item.mark and quote <= _SLACK_QUOTES):
            spelled.append(Block(block.context, list(block.spans)))
            continue
        mark = f"{_SLACK_INDENT * item.indent}{_mark(item)} " if item else ""
        context = BlockContext(quote=min(quote, _SLACK_QUOTES))
        is_new = not spelled or spelled[-1].context != context
        if is_new:
            spelled.append(Block(context, []))
        gap = "" if is_new else "\n"
        _add_marked(spelled[-1].spans, block.spans, gap, _QUOTE_MARK * (quote - _SLACK_QUOTES), mark)
    return spelled


def lines(blocks: Iterable[Block]) -> Iterator[str]:
    """Plain text, line by line."""
    for block in blocks:
        item, quote, _ = block.context
        mark = f"{_INDENT * item.indent}{_mark(item)} " if item else ""
        words = "".join(_struck(block.spans))
        lead, *rest = words.split("\n")
        yield _QUOTE_MARK * quote + mark + lead
        for line in rest:
            yield f"{_QUOTE_MARK * quote}{' ' * len(mark)}{line}".rstrip()


def _mark(item: Item) -> str:
    return item.mark or (_BULLET if item.number is None else f"{item.number}.")


def _add_marked(to: list[Span], spans: list[Span], gap: str, quote: str, mark: str) -> None:
    """With a mark before the first line and the quote's before each."""
    if not (gap or quote or mark):
        to.extend(spans)
        return
    behind = f"\n{quote}{' ' * len(mark)}"
    first, *rest = (replace(span, text=span.text.replace("\n", behind)) for span in spans)
    _join(to, Span(PLAIN, [], text=gap + quote + mark))
    _join(to, first)
    to.extend(rest)


def _join(to: list[Span], span: Span) -> None:
    """As part of the last span, where that is as plain as this one."""
    if to and all(part.style == PLAIN and not part.target_of for part in (to[-1], span)):
        to[-1] = replace(to[-1], text=to[-1].text + span.text)
    elif span.text:
        to.append(span)


def _struck(spans: list[Span]) -> Iterator[str]:
    """Text, of which what is struck out stands between tildes, apart from what is beside it."""
    before = ""
    for is_struck, group in groupby(zip(spans, _are_struck(spans), strict=True), lambda pair: pair[1]):
        words = "".join(span.text for span, _ in group)
        bare = words.strip()
        if before and _runs_into(before[-1], words[0]):
            yield " "
        before = words
        if is_struck and bare:
            start = words.index(bare)
            words = f"{words[:start]}{_STRIKE_MARK}{bare}{_STRIKE_MARK}{words[start + len(bare) :]}"
        yield words


def _are_struck(spans: list[Span]) -> list[bool]:
    """White space between two struck spans is struck too."""
    struck = [span.style.strike for span in spans]
    around = zip([False, *struck], [*struck[1:], False], strict=False)
    return [
        is_struck or (all(beside) and span.text.isspace())
        for is_struck, beside, span in zip(struck, around, spans, strict=True)
    ]


def _runs_into(left: str, right: str) -> bool:
    """Whether two texts would read as one."""
    return not left.isspace() and left not in _BEFORE and not right.isspace() and right not in _AFTER
