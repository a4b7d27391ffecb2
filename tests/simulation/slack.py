"""Slack in memory: messages, windows, what may be answered where, and how often. Nobody's process, as the ticket API.

It takes what Slack takes, and refuses what Slack would refuse: blocks that it could not show, a sixth answer to one
interaction or one after 30 minutes, a window for a trigger of more than three seconds ago, a message into a channel
without the bot, and with chat.update an edit of what was not posted with chat.postMessage.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.sandbox import block_kit
from bot.sandbox.slack import ANSWERS_PER_INTERACTION, BOT_USER, TEAM
from bot.sandbox.slack_chat import LONGEST_EDIT
from bot.sandbox.slack_messages import BOT_ID
from bot.sandbox.slack_payloads import TEAM_DOMAIN, WORKSPACE_URL
from tests.simulation.journal import Bot, Click, Journal, Said
from tests.simulation.loop import NOW, SimulatedLoop
from tests.simulation.slack_messages import Address, Button, Json, Posted, buttons, texts


class By(NamedTuple):
    """Whose call it is: of which process, for which click, made when.

    `about` is the click also where recovery goes on with it.
    """

    bot: Bot
    click: Click | None = None
    about: Click | None = None
    at: float = 0.0


RESPONSE_S = 30 * 60.0
TRIGGER_S = 3.0
URL = "https://slack.test/api"
RESPONSE_URL = "https://hooks.slack.test/"


@dataclass
class Slack:
    loop: SimulatedLoop
    journal: Journal
    heard: Callable[[Said], None]
    refused: Callable[[str], None]
    messages: list[Posted] = field(default_factory=list)
    seen: list[Button] = field(default_factory=list)
    """Every button that was ever shown, in that order: a telephone may show it still."""
    without_bot: dict[str, str] = field(default_factory=dict)
    """The channels in which the bot can't post, and why, in Slack's word; it is in every other one."""
    _views: dict[str, Posted] = field(default_factory=dict)
    _addresses: dict[str, Address] = field(default_factory=dict)
    _triggers: dict[str, tuple[float, str]] = field(default_factory=dict)
    _counter: int = 0

    # ── what people send ──────────────────────────────────────────────────────────────────────────────────────────

    def command(self, user: str, team: str, channel: str, command: str, text: str) -> Json:
        body = {"team_id": team, "channel_id": channel, "user_id": user, "user_name": user.lower()}
        body |= {"team_domain": TEAM_DOMAIN, "command": command, "text": text, "trigger_id": self._trigger(user)}
        return body | {"response_url": self._response_url(channel, user, None)}

    def press(self, user: str, team: str, button: Button) -> Json:
        posted, element = button.posted, button.element
        action: Json = {"type": element["type"], "block_id": "b", "action_id": element["action_id"]}
        if element["type"] == "overflow":
            action["selected_option"] = element["option"]
        else:
            action["value"] = button.value
        body: Json = {"type": "block_actions", "user": {"id": user, "team_id": team}}
        body |= {"team": {"id": TEAM, "domain": TEAM_DOMAIN}}
        body |= {"trigger_id": self._trigger(user), "actions": [action]}
        if posted.is_view:
            return body | {"container": {"type": "view"}, "view": dict(button.shown)}
        container = {"type": "message", "message_ts": posted.ts, "channel_id": posted.channel_id, **posted.in_thread}
        body |= {"channel": {"id": posted.channel_id}, "container": container | {"is_ephemeral": posted.is_ephemeral}}
        if not posted.is_ephemeral:
            body["message"] = {"ts": posted.ts, **button.shown}
        return body | {"response_url": self._response_url(posted.channel, user, posted)}

    def shortcut(self, user: str, team: str, channel: str, text: str) -> Json:
        message = {"type": "message", "ts": self._ts(), "text": text}
        body: Json = {"type": "message_action", "callback_id": "look_up_ticket", "message": message}
        body |= {"user": {"id": user, "team_id": team}, "team": {"id": TEAM}, "channel": {"id": channel}}
        return body | {"trigger_id": self._trigger(user), "response_url": self._response_url(channel, user, None)}

    # ── what a bot calls ──────────────────────────────────────────────────────────────────────────────────────────

    def respond(self, url: str, body: Json, by: By) -> int:
        """The HTTP status."""
        address = self._addresses.get(url)
        if address is None or address.used >= ANSWERS_PER_INTERACTION or self.loop.now() > address.until:
            return 404
        address.used += 1
        if self._is_wrong(body):
            return 400
        if body.get("replace_original") is True and address.source is not None:
            self._edit(address.source, body, by)
        elif body.get("response_type") in {"ephemeral", "in_channel"} and body.get("replace_original") is False:
            to = address.user if body["response_type"] == "ephemeral" else None
            self._post(Posted(self._ts(), address.channel, to, body), by)
        else:  # Slack would guess; an app should not let it
            self.refused(f"a response that says neither replace nor post: {sorted(body)}")
            return 400
        return 200

    def call(self, method: str, form: Json, by: By) -> Json:
        if method == "auth.test":
            answer = {"url": WORKSPACE_URL, "team": "Sweeppea", "team_id": TEAM}
            answer |= {"user_id": BOT_USER, "bot_id": BOT_ID}
        elif method == "apps.connections.open":
            answer = {"url": "wss://slack.test/socket"}
        elif method == "chat.postMessage":
            answer = self._post_message(form, by)
        elif method == "chat.update":
            answer = self._update_message(form, by)
        elif method == "chat.getPermalink":
            answer = self._permalink(form)
        elif method == "views.open":
            answer = self._open(form, by)
        elif method == "views.update":
            answer = self._update(str(form.get("view_id")), form["view"], by)
        else:
            answer = {"error": "unknown_method"}
        return {"ok": "error" not in answer, **answer}

    def _post_message(self, form: Json, by: By) -> Json:
        channel = str(form["channel"])
        posted = Posted(self._ts(), channel, None, _content(form), is_own=True)
        if channel != posted.channel_id:
            posted.visible_to = channel
        if reason := self.without_bot.get(posted.channel_id):
            return {"error": reason}
        if self._is_wrong(form):
            return {"error": "invalid_blocks"}
        self._post(posted, by)
        return {"channel": posted.channel_id, "ts": posted.ts}

    def _update_message(self, form: Json, by: By) -> Json:
        posted = self._find(form, "ts")
        error = self.without_bot.get(str(form.get("channel")), "")
        if error or posted is None:
            return {"error": error or "message_not_found"}
        if not posted.is_own:
            return {"error": "cant_update_message"}
        if len(str(form.get("text", ""))) > LONGEST_EDIT:
            return {"error": "msg_too_long"}
        if self._is_wrong(form):
            return {"error": "invalid_blocks"}
        self._edit(posted, _content(form), by)
        return {"channel": posted.channel_id, "ts": posted.ts}

    def _permalink(self, form: Json) -> Json:
        posted = self._find(form, "message_ts")
        if posted is None or posted.is_ephemeral:
            return {"error": "message_not_found"}
        link = f"{WORKSPACE_URL}archives/{posted.channel_id}/p{posted.ts.replace('.', '')}"
        return {"channel": posted.channel_id, "permalink": link}

    def _find(self, form: Json, key: str) -> Posted | None:
        """By Slack's own id of the channel: a person is none."""
        name = (form.get("channel"), form.get(key))
        return next((posted for posted in self.messages if (posted.channel_id, posted.ts) == name), None)

    def _open(self, form: Json, by: By) -> Json:
        made, user = self._triggers.get(str(form.get("trigger_id")), (-1e9, ""))
        if self.loop.now() > made + TRIGGER_S:
            return {"error": "expired_trigger_id"}
        self._counter += 1
        view_id = f"V{self._counter}"
        self._views[view_id] = Posted(view_id, "window", user, {}, is_view=True)
        return self._update(view_id, form["view"], by)

    def _update(self, view_id: str, view: object, by: By) -> Json:
        view = json.loads(view) if isinstance(view, str) else view
        posted = self._views.get(view_id)
        if posted is None or not isinstance(view, dict) or self._is_wrong(view):
            return {"error": "not_found"}
        edit = bool(posted.payload)
        posted.payload = view | {"id": view_id}
        self._show(posted, by, is_edit=edit)
        return {"view": posted.payload}

    # ── what is seen ──────────────────────────────────────────────────────────────────────────────────────────────

    def _post(self, posted: Posted, by: By) -> None:
        self.messages.append(posted)
        self._show(posted, by, is_edit=False)

    def _edit(self, posted: Posted, payload: Json, by: By) -> None:
        posted.payload = posted.in_thread | payload
        self._show(posted, by, is_edit=True)

    def _show(self, posted: Posted, by: By, *, is_edit: bool) -> None:
        found = list(buttons(posted))
        self.seen += found
        said = Said(
            click=by.click,
            about=by.about,
            bot=by.bot,
            at=self.loop.now(),
            handed_over_at=by.at,
            sender_is_dead=by.bot.is_dead,
            ts=posted.ts,
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
        self._addresses[url] = Address(channel, user, source, self.loop.now() + RESPONSE_S)
        return url

    def _trigger(self, user: str) -> str:
        self._counter += 1
        self._triggers[f"trigger{self._counter}"] = (self.loop.now(), user)
        return f"trigger{self._counter}"

    def _ts(self) -> str:
        self._counter += 1
        return f"{int(NOW + self.loop.now())}.{self._counter:06}"


def _content(form: Mapping[str, object]) -> Json:
    return {key: form[key] for key in ("text", "blocks", "thread_ts") if form.get(key) is not None}
