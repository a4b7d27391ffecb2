"""Block Kit's objects as plain functions. What they are given is safe already: see bot.blockkit.text."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.blockkit import limits, text

Block = dict[str, Any]

SEPARATOR = "   ·   "


class Field(NamedTuple):
    """`value` is mrkdwn, of several lines perhaps, and empty where nothing is known."""

    label: str
    value: str


@dataclass(frozen=True)
class Message:
    """`text` stands for the blocks where they can't be shown, and is what a screen reader reads."""

    text: str
    blocks: tuple[Block, ...]

    @property
    def has_buttons(self) -> bool:
        return any(block["type"] == "actions" for block in self.blocks)

    def payload(self) -> dict[str, Any]:
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}


def plain(value: str) -> Block:
    """`emoji` off: a stranger's `:tada:` stays those characters."""
    return {"type": "plain_text", "text": value, "emoji": False}


def mrkdwn(value: str) -> Block:
    """`verbatim` stops Slack from making links of bare words; it does not escape anything."""
    return {"type": "mrkdwn", "text": value, "verbatim": True}


def header(value: str) -> Block:
    return {"type": "header", "text": plain(text.plain(value, limits.HEADER))}


def section(*lines: str) -> Block:
    return {"type": "section", "text": mrkdwn("\n".join(lines))}


def fields(all_fields: Sequence[Field]) -> Iterator[Block]:
    """Those that have a value, two in a row; the last of an odd number has a line of its own."""
    filled = [field for field in all_fields if field.value]
    paired = len(filled) // 2 * 2
    if paired:
        yield {"type": "section", "fields": [mrkdwn(f"*{label}*\n{value}") for label, value in filled[:paired]]}
    for label, value in filled[paired:]:
        yield section(f"*{label}:* {SEPARATOR.join(value.splitlines())}")


def context(*parts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(SEPARATOR.join(parts))]}


def rich_text(elements: Iterable[Mapping[str, Any]]) -> Block:
    return {"type": "rich_text", "elements": [dict(element) for element in elements]}


def bold_line(value: str) -> Block:
    """A stranger's line, as `text.plain` makes it, in rich text: that can't be escaped out of."""
    run = {"type": "text", "text": value, "style": {"bold": True}}
    return rich_text([{"type": "rich_text_section", "elements": [run]}])


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    suffix: str = "",
    style: str | None = None,
    hint: str | None = None,
) -> Block:
    """`suffix` tells the buttons of one action apart.

    `hint` is what a screen reader says instead of the label. It begins with the label's words, for whoever clicks by
    voice says what is seen.
    """
    action = f"{action_id}_{suffix}" if suffix else action_id
    parts: Block = {"type": "button", "text": plain(label), "action_id": action, "value": value}
    if style:
        parts["style"] = style
    if hint:
        parts["accessibility_label"] = hint
    return parts


class Option(NamedTuple):
    """`action_id` and `value` are what a button in its place would have."""

    label: str
    action_id: str
    value: str


def menu(action_id: str, options: Iterable[Option]) -> Block:
    """The overflow menu behind ⋮. Slack sends a chosen option as its value alone: see `chosen`."""
    return {
        "type": "overflow",
        "action_id": action_id,
        "options": [{"text": plain(label), "value": f"{action} {value}"} for label, action, value in options],
    }


def chosen(option_value: str) -> tuple[str, str]:
    """The action id and the value of the button in whose place a menu's option is."""
    action_id, _, value = option_value.partition(" ")
    return action_id, value


def actions(*controls: Block) -> Block:
    return {"type": "actions", "elements": list(controls)}


def date(moment: dt.date | int, form: str = "{date_short_pretty} at {time}") -> str:
    """A time in the reader's own zone; in UTC where that can't be shown.

    A day without a time is the same day everywhere, so it is plain text: Slack would shift a time to another day.
    """
    at = dt.datetime.fromtimestamp(moment, dt.UTC) if isinstance(moment, int) else moment
    return f"<!date^{int(at.timestamp())}^{form}|{utc(at)}>" if isinstance(at, dt.datetime) else utc(at)


def utc(moment: dt.date) -> str:
    """For where Slack can't show a time in the reader's zone."""
    if isinstance(moment, dt.datetime):
        return f"{moment.astimezone(dt.UTC):%-d %b %Y %H:%M} UTC"
    return f"{moment:%-d %b %Y}"


def rich_date(moment: dt.date) -> Block:
    if not isinstance(moment, dt.datetime):
        return {"type": "text", "text": utc(moment)}
    return {
        "type": "date",
        "timestamp": int(moment.timestamp()),
        "format": "{date_short_pretty} at {time}",
        "fallback": utc(moment),
    }


def user(user_id: str) -> str:
    return f"<@{user_id}>"


def channel(channel_id: str) -> str:
    return f"<#{channel_id}>"


def code(value: str) -> str:
    return f"`{value}`"


def reference(value: str) -> str:
    return f"ref\u00a0{value}"


def count(number: int, thing: str) -> str:
    """In words: no files, 1 file, 2 files, 1,000 files."""
    ending = "" if number == 1 else "es" if thing.endswith("s") else "s"
    return f"{f'{number:,}' if number else 'no'} {thing}{ending}"
