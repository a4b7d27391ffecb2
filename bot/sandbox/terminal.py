"""Block Kit drawn in a terminal: text, fields and buttons."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from rich.console import Group, RenderableType
from rich.emoji import Emoji
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.sandbox.slack_messages import clickable

Json = Mapping[str, Any]

# Slack's names that rich does not know
_EMOJI = {":large_green_circle:": "🟢", ":large_green_square:": "🟩"}
_BUTTON = {"danger": "bold white on red", "primary": "bold white on green"}
_TOKEN = re.compile(
    r"<!date\^(?P<time>\d+\^[^|>^]*)\|[^>]*>|<@(?P<user>\w+)>|<#(?P<channel>\w+)>"
    r"|\*(?P<bold>[^*\n]+)\*|`(?P<code>[^`\n]+)`|(?P<emoji>:[a-z_0-9]+:)"
)


def message(blocks: Iterable[Json], number: Callable[[Json], int], title: str) -> Panel:
    """`number` gives a button the number under which it is clicked."""
    parts = [part for block in blocks for part in _block(block, number)]
    return Panel(Group(*parts), title=title, title_align="left", border_style="magenta", padding=(0, 1))


def _block(block: Json, number: Callable[[Json], int]) -> list[RenderableType]:  # noqa: PLR0911 - one for each kind
    match block["type"]:
        case "header":
            return [Text(block["text"]["text"], style="bold underline")]
        case "section":
            beside = _controls([block["accessory"]], number) if "accessory" in block else []
            said = [_text(block["text"])] if "text" in block else []
            fields = [_fields([_text(field) for field in block["fields"]])] if "fields" in block else []
            return [*said, *fields, *beside]
        case "context":
            return [_styled(_text(element), "dim") for element in block["elements"]]
        case "rich_text":
            return [_rich(element) for element in block["elements"]]
        case "actions":
            return _controls(block["elements"], number)
        case "divider":
            return [Rule(style="dim")]
        case kind:
            return [Text(f"({kind})", style="dim")]


def _fields(fields: list[Text]) -> Table:
    """Two to a row, as in Slack."""
    grid = Table.grid(padding=(0, 4))
    for left, right in zip_longest(fields[::2], fields[1::2], fillvalue=Text()):
        grid.add_row(left, right)
    return grid


def _controls(controls: Iterable[Json], number: Callable[[Json], int]) -> list[RenderableType]:
    """A menu as the row of its options: in a terminal there is nothing to open."""
    buttons = [_button(button, number(button)) for control in controls for button in clickable(dict(control))]
    return [Text("  ").join(buttons)] if buttons else []


def _button(button: Json, number: int) -> Text:
    return Text(f" {number}  {button['text']['text']} ", style=_BUTTON.get(button.get("style", ""), "bold on grey23"))


def _text(text: Json) -> Text:
    return _mrkdwn(text["text"]) if text["type"] == "mrkdwn" else Text(text["text"])


def _mrkdwn(source: str) -> Text:
    drawn, at = Text(), 0
    for token in _TOKEN.finditer(source):
        drawn.append(html.unescape(source[at : token.start()]))
        drawn.append_text(_token(token))
        at = token.end()
    return drawn.append(html.unescape(source[at:]))


def _token(token: re.Match[str]) -> Text:
    kind, value = str(token.lastgroup), token.group(str(token.lastgroup))
    if kind == "time":
        timestamp, form = value.split("^")
        return Text(_local(int(timestamp), form))
    if kind == "user":
        return Text(f"@{value.removeprefix('U01').lower()}", style="cyan")
    if kind == "channel":
        return Text(f"#{value.removeprefix('C01').lower()}", style="cyan")
    if kind == "bold":
        return _styled(_mrkdwn(value), "bold")
    return (
        Text(html.unescape(value), style="red") if kind == "code" else Text(_EMOJI.get(value) or Emoji.replace(value))
    )


def _rich(element: Json, indent: int = 0) -> Text:
    match element["type"]:
        case "rich_text_list":
            ordered, offset = element["style"] == "ordered", element.get("offset", 0)
            pad = "   " * (element.get("indent", 0) + indent)
            marks = (f"{pad}{index + 1 + offset}. " if ordered else f"{pad}• " for index in range(10**6))
            items = [Text(mark) + _rich(item) for mark, item in zip(marks, element["elements"], strict=False)]
            return Text("\n").join(items)
        case "rich_text_quote":
            return Text("\n").join(Text("▌ ", style="dim") + line for line in _runs(element).split("\n"))
        case "rich_text_preformatted":
            return _styled(_runs(element), "red")
        case _:
            return _runs(element)


def _runs(element: Json) -> Text:
    return Text().join(_run(run) for run in element["elements"])


def _run(run: Json) -> Text:
    if run["type"] == "date":
        return Text(_local(run["timestamp"], run["format"]), style="dim")
    style = run.get("style") or {}
    names = {"bold": "bold", "italic": "italic", "strike": "strike", "code": "red"}
    words = " ".join(name for key, name in names.items() if style.get(key))
    if run["type"] == "link":
        return Text(run.get("text") or run["url"], style=f"{words} underline blue".strip())
    return Text(run.get("text", ""), style=words)


def _local(timestamp: int, form: str) -> str:
    moment = datetime.fromtimestamp(timestamp, UTC).astimezone()
    for token, shown in (("{date_short_pretty}", "%-d %b %Y"), ("{time}", "%H:%M")):
        form = form.replace(token, f"{moment:{shown}}")
    return form


def _styled(text: Text, style: str) -> Text:
    text.stylize_before(style)
    return text
