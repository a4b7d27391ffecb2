"""What the simulated Slack keeps: messages and windows, and what can be clicked in them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.blockkit.blocks import chosen
from bot.sandbox.slack_messages import direct_channel

Json = dict[str, Any]


@dataclass(eq=False)
class Posted:
    """A message, or a window, as people see it. `visible_to` is one person where only they see it.

    `channel` is a person where it is a direct message, `channel_id` what Slack calls either. `is_own`: posted with
    chat.postMessage, so that chat.update may edit it.
    """

    ts: str
    channel: str
    visible_to: str | None
    payload: Json
    is_view: bool = False
    is_own: bool = False

    @property
    def is_ephemeral(self) -> bool:
        return self.visible_to is not None and not self.is_own and not self.is_view

    @property
    def channel_id(self) -> str:
        return direct_channel(self.channel) if self.channel[:1] in {"U", "W"} else self.channel

    @property
    def in_thread(self) -> Json:
        """For what tells of the message: nothing in the channel's view."""
        thread_ts = self.payload.get("thread_ts")
        return {"thread_ts": thread_ts} if thread_ts else {}


@dataclass(frozen=True)
class Button:
    """One thing that can be clicked, as somebody saw it; an option of a menu is one too."""

    posted: Posted
    action: str
    value: str
    element: Mapping[str, Any]
    shown: Mapping[str, Any]


@dataclass(eq=False)
class Address:
    """What a response_url stands for."""

    channel: str
    user: str
    source: Posted | None
    until: float
    used: int = 0


def buttons(posted: Posted) -> Iterator[Button]:
    for block in posted.payload.get("blocks") or []:
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else ())]:
            if not isinstance(element, dict):
                continue
            if element.get("type") == "button" and "action_id" in element:
                value = str(element.get("value", ""))
                yield Button(posted, element["action_id"], value, element, posted.payload)
            elif element.get("type") == "overflow":
                for option in element["options"]:
                    yield Button(posted, *chosen(option["value"]), element | {"option": option}, posted.payload)


def texts(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(part, list | tuple):
        for item in part:
            yield from texts(item)


def decoded(form: Mapping[str, object]) -> Json:
    """A form's fields, those that hold JSON as their value."""
    made: Json = {}
    for key, value in form.items():
        made[key] = value
        if isinstance(value, str) and value[:1] in "[{":
            with suppress(ValueError):
                made[key] = json.loads(value)
    return made
