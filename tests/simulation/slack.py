"""Slack in memory: messages, windows, what may be answered where, and how often. Nobody's process, as the ticket API.

It takes what Slack takes, and refuses what Slack would refuse: blocks that it could not show, a sixth answer to one
interaction or one after 30 minutes, a window for a trigger of more than three seconds ago.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.blockkit.blocks import chosen
from bot.sandbox import block_kit
from bot.sandbox.slack import ANSWERS_PER_INTERACTION, BOT_USER, TEAM
from tests.simulation.journal import Bot, Click, Journal, Said
from tests.simulation.loop import NOW, SimulatedLoop

Json = dict[str, Any]

RESPONSE_S = 30 * 60.0
TRIGGER_S = 3.0
URL = "https://slack.test/api"
RESPONSE_URL = "https://hooks.slack.test/"


@dataclass(eq=False)
class Posted:
    """A message, or a window, as people see it. `visible_to` is one person where only they see it."""

    ts: str
    channel: str
    visible_to: str | None
    payload: Json
    is_view: bool = False

    @property
    def is_ephemeral(self) -> bool:
        return self.visible_to is not None and self.visible_to != self.channel and not self.is_view


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


@dataclass
class Slack:
    loop: SimulatedLoop
    journal: Journal
    heard: Callable[[Said], None]
    refused: Callable[[str], None]
    messages: list[Posted] = field(default_factory=list)
    seen: list[Button] = field(default_factory=list)
    """Every button that was ever shown, in that order: a telephone may show it still."""
    _views: dict[str, Posted] = field(default_factory=dict)
    _addresses: dict[str, Address] = field(default_factory=dict)
    _triggers: dict[str, tuple[float, str]] = field(default_factory=dict)
    _counter: int = 0

    # ── what people send ──────────────────────────────────────────────────────────────────────────────────────────

    def command(self, user: str, team: str, channel: str, command: str, text: str) -> Json:
        body = {"team_id": team, "channel_id": channel, "user_id": user, "user_name": user.lower()}
        body |= {"command": command, "text": text, "trigger_id": self._trigger(user)}
        return body | {"response_url": self._response_url(channel, user, None)}

    def press(self, user: str, team: str, button: Button) -> Json:
        posted, element = button.posted, button.element
        action: Json = {"type": element["type"], "block_id": "b", "action_id": element["action_id"]}
        if element["type"] == "overflow":
            action["selected_option"] = element["option"]
        else:
            action["value"] = button.value
        body: Json = {"type": "block_actions", "user": {"id": user, "team_id": team}, "team": {"id": TEAM}}
        body |= {"trigger_id": self._trigger(user), "actions": [action]}
        if posted.is_view:
            return body | {"container": {"type": "view"}, "view": dict(button.shown)}
        container = {"type": "message", "message_ts": posted.ts, "channel_id": posted.channel}
        body |= {"channel": {"id": posted.channel}, "container": container | {"is_ephemeral": posted.is_ephemeral}}
        if posted.visible_to is None:
            body["message"] = {"ts": posted.ts, **button.shown}
        return body | {"response_url": self._response_url(posted.channel, user, posted)}

    def shortcut(self, user: str, team: str, channel: str, text: str) -> Json:
        message = {"type": "message", "ts": self._ts(), "text": text}
        body: Json = {"type": "message_action", "callback_id": "look_up_ticket", "message": message}
        body |= {"user": {"id": user, "team_id": team}, "team": {"id": TEAM}, "channel": {"id": channel}}
        return body | {"trigger_id": self._trigger(user), "response_url": self._response_url(channel, user, None)}

    # ── what a bot calls ──────────────────────────────────────────────────────────────────────────────────────────

    def respond(self, url: str, body: Json, by: tuple[Bot, Click | None]) -> int:
        """The HTTP status."""
        address = self._addresses.get(url)
        if address is None or address.used >= ANSWERS_PER_INTERACTION or self.loop.time() > address.until:
            return 404
        address.used += 1
        if self._is_wrong(body):
            return 400
        if body.get("replace_original") is True and address.source is not None:
            address.source.payload = body
            self._show(address.source, by, is_edit=True)
        elif body.get("response_type") in {"ephemeral", "in_channel"} and body.get("replace_original") is False:
            to = address.user if body["response_type"] == "ephemeral" else None
            self._post(Posted(self._ts(), address.channel, to, body), by)
        else:  # Slack would guess; an app should not let it
            self.refused(f"a response that says neither replace nor post: {sorted(body)}")
            return 400
        return 200

    def call(self, method: str, form: Json, by: tuple[Bot, Click | None]) -> Json:
        if method == "auth.test":
            answer = {"team": "Sweeppea", "team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0TICKETBOT"}
        elif method == "apps.connections.open":
            answer = {"url": "wss://slack.test/socket"}
        elif method == "chat.postMessage":
            answer = self._post_message(form, by)
        elif method == "views.open":
            answer = self._open(form, by)
        elif method == "views.update":
            answer = self._update(str(form.get("view_id")), form["view"], by)
        else:
            answer = {"error": "unknown_method"}
        return {"ok": "error" not in answer, **answer}

    def _post_message(self, form: Json, by: tuple[Bot, Click | None]) -> Json:
        if self._is_wrong(form):
            return {"error": "invalid_blocks"}
        channel = str(form["channel"])
        self._post(Posted(self._ts(), channel, channel if channel[0] in "UW" else None, form), by)
        return {"channel": channel, "ts": self.messages[-1].ts}

    def _open(self, form: Json, by: tuple[Bot, Click | None]) -> Json:
        made, user = self._triggers.get(str(form.get("trigger_id")), (-1e9, ""))
        if self.loop.time() > made + TRIGGER_S:
            return {"error": "expired_trigger_id"}
        self._counter += 1
        view_id = f"V{self._counter}"
        self._views[view_id] = Posted(view_id, "window", user, {}, is_view=True)
        return self._update(view_id, form["view"], by)

    def _update(self, view_id: str, view: object, by: tuple[Bot, Click | None]) -> Json:
        view = json.loads(view) if isinstance(view, str) else view
        posted = self._views.get(view_id)
        if posted is None or not isinstance(view, dict) or self._is_wrong(view):
            return {"error": "not_found"}
        edit = bool(posted.payload)
        posted.payload = view | {"id": view_id}
        self._show(posted, by, is_edit=edit)
        return {"view": posted.payload}

    # ── what is seen ──────────────────────────────────────────────────────────────────────────────────────────────

    def _post(self, posted: Posted, by: tuple[Bot, Click | None]) -> None:
        self.messages.append(posted)
        self._show(posted, by, is_edit=False)

    def _show(self, posted: Posted, by: tuple[Bot, Click | None], *, is_edit: bool) -> None:
        bot, click = by
        found = list(_buttons(posted))
        self.seen += found
        said = Said(
            click=click,
            bot=bot,
            at=self.loop.time(),
            where=posted.channel,
            visible_to=posted.visible_to,
            is_edit=is_edit,
            words=" ".join(texts(posted.payload)),
            buttons=tuple((button.action, button.value) for button in found),
        )
        self.heard(said)

    def _is_wrong(self, body: Json) -> bool:
        seen: Json = body if "type" in body else {key: body[key] for key in ("text", "blocks") if key in body}
        wrong = block_kit.violations(seen)
        if wrong:
            self.refused(f"Slack can't show this: {wrong}")
        return bool(wrong)

    def _response_url(self, channel: str, user: str, source: Posted | None) -> str:
        self._counter += 1
        url = f"{RESPONSE_URL}{self._counter}"
        self._addresses[url] = Address(channel, user, source, self.loop.time() + RESPONSE_S)
        return url

    def _trigger(self, user: str) -> str:
        self._counter += 1
        self._triggers[f"trigger{self._counter}"] = (self.loop.time(), user)
        return f"trigger{self._counter}"

    def _ts(self) -> str:
        self._counter += 1
        return f"{int(NOW + self.loop.time())}.{self._counter:06}"


def _buttons(posted: Posted) -> Iterator[Button]:
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
