"""What the fake Slack keeps and gives back: a message as people see it, an acknowledgement, and a fault to meet."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from aiohttp import web

Json = dict[str, Any]
BOT_USER = "U0TICKETBOT"
BOT_ID = "B0TICKETBOT"
ACK_S = 3.0  # then Slack tells the person that the app did not respond


@dataclass
class SlackMessage:
    """A message as people see it. `visible_to` is one person where only they see it, None for the whole channel.

    `channel` is a person where it is a direct message, `channel_id` what Slack calls either. `is_own`: posted with
    chat.postMessage, so that chat.update may edit it.
    """

    ts: str
    channel: str
    visible_to: str | None
    payload: Json
    edits: int = 0
    is_own: bool = False

    @property
    def is_ephemeral(self) -> bool:
        """A direct message is seen by one person too, but stays."""
        return self.visible_to is not None and not self.is_own

    @property
    def channel_id(self) -> str:
        return direct_channel(self.channel) if self.channel[:1] in {"U", "W"} else self.channel

    @property
    def thread_ts(self) -> str:
        """Empty in the channel's view."""
        return str(self.payload.get("thread_ts") or "")

    @property
    def blocks(self) -> list[Json]:
        return list(self.payload.get("blocks") or [])

    @property
    def text(self) -> str:
        return str(self.payload.get("text", ""))

    @property
    def buttons(self) -> list[Json]:
        """All that can be clicked, each with `text`, `action_id` and `value`; a menu's options are as many."""
        rows = (block["elements"] for block in self.blocks if block["type"] == "actions")
        beside = (block["accessory"] for block in self.blocks if "accessory" in block)
        return [button for control in chain(*rows, beside) for button in clickable(control)]

    def button(self, label: str) -> Json:
        """The button whose label begins so. Raises LookupError where there is none."""
        for button in self.buttons:
            if button["text"]["text"].startswith(label):
                return button
        raise LookupError(f"no button {label!r} in {[button['text']['text'] for button in self.buttons]}")


def direct_channel(user: str) -> str:
    """The id of the direct messages between the bot and a person."""
    return f"D{user[1:]}"


def clickable(control: Json) -> list[Json]:
    """A button, or a menu's options as buttons; nothing of any other control."""
    if control["type"] == "overflow":
        return [{"type": "overflow", "action_id": control["action_id"], **option} for option in control["options"]]
    return [control] if control["type"] == "button" else []


def clicked(button: Mapping[str, Any]) -> Json:
    """The action in a payload: a menu has its value in the option that was chosen."""
    action = {"type": button.get("type", "button"), "block_id": "b", "action_id": button["action_id"]}
    if action["type"] == "overflow":
        return action | {"selected_option": {"text": button["text"], "value": button["value"]}}
    return action | {"value": button.get("value", "")}


@dataclass
class Acknowledgement:
    """What came back within 3 seconds; `status` 0 where nothing did."""

    status: int
    body: str


@dataclass(frozen=True)
class Fault:
    """What a call to Slack meets instead of its answer: an HTTP status, a Web API error, or a broken connection.

    `is_taken`: Slack does what was asked, and only its answer is lost. `location` is where a redirect leads.
    """

    status: int = 200
    error: str | None = None
    retry_after: str | None = None
    reset: bool = False
    is_taken: bool = False
    location: str | None = None

    def response(self) -> web.Response:
        named = {"Retry-After": self.retry_after, "Location": self.location}
        headers = {name: value for name, value in named.items() if value}
        return web.json_response({"ok": False, "error": self.error or "fault"}, status=self.status, headers=headers)


def decoded(value: object) -> object:
    """A form's field that holds JSON, as its value."""
    with suppress(ValueError):
        if isinstance(value, str) and value[:1] in "[{":
            return json.loads(value)
    return value
