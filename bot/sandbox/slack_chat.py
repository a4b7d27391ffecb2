"""What is said in the fake Slack: its channels, who may post there, and which message can be edited in which way.

What the bot posts with chat.postMessage is its own: it edits that with chat.update for as long as it likes. What it
posts over a response_url belongs to the interaction, and chat.update refuses it (bolt-js #2063).

What is scheduled is kept until it is taken back, and never posted. Facts: docs.slack.dev/reference/methods/
chat.scheduleMessage and chat.deleteScheduledMessage.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.runtime import Runtime
from bot.sandbox import block_kit
from bot.sandbox.slack_messages import Json, SlackMessage
from bot.sandbox.slack_payloads import WORKSPACE_URL, own_message

ANSWERS_PER_INTERACTION = 5
LONGEST_EDIT = 4_000  # characters of `text`
SCHEDULE_MAX_S = 120 * 86_400
UNSCHEDULE_MIN_S = 60  # a message that is due earlier is not taken back
NEEDS_CHAT_WRITE = {"chat.postMessage", "chat.update", "chat.scheduleMessage", "chat.deleteScheduledMessage"}
_CONTENT = ("text", "blocks", "thread_ts")
_RUNTIME = Runtime()


@dataclass
class _Address:
    """What a response_url stands for."""

    channel: str
    user: str
    source: SlackMessage | None
    used: int = 0


@dataclass
class Chat:
    """The bot is in every channel but those in `refusals`, which say why it can't post there, in Slack's word.

    `changed` gets each message that is new or edited, in order; `refuse` hears what an app should not have sent.
    `scheduled` are the messages that are not due yet, by their id.
    """

    clock: Callable[[], float]
    refuse: Callable[[str, list[str]], str]
    messages: list[SlackMessage] = field(default_factory=list)
    changed: "asyncio.Queue[SlackMessage]" = field(default_factory=asyncio.Queue)
    refusals: dict[str, str] = field(default_factory=dict)
    scheduled: dict[str, Json] = field(default_factory=dict)
    _addresses: dict[str, _Address] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**6)))

    def take_out(self, channel: str) -> None:
        """The bot is no member any more, or never was: of a private channel it does not even hear that it is there."""
        self.refusals[channel] = "not_in_channel" if channel.startswith("C") else "channel_not_found"

    def new_ts(self) -> str:
        return f"{int(self.clock())}.{next(self._numbers):06}"

    # ── what the Web API does ─────────────────────────────────────────────────────────────────────────────────────

    def call(self, method: str, form: Mapping[str, Any]) -> Json:
        """The answer to chat.…, with an `error` where Slack refuses."""
        known = {
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "chat.getPermalink": self._permalink,
            "chat.scheduleMessage": self._schedule,
            "chat.deleteScheduledMessage": self._unschedule,
        }
        return known[method](form) if method in known else {"error": "unknown_method"}

    def _post_message(self, form: Mapping[str, Any]) -> Json:
        channel = str(form.get("channel", ""))
        posted = SlackMessage(self.new_ts(), channel, None, _content(form), is_own=True)
        if channel != posted.channel_id:
            posted.visible_to = channel
        if reason := self.refusals.get(posted.channel_id, "" if channel else "channel_not_found"):
            return {"error": reason}
        if wrong := _violations(form):
            return {"error": self.refuse("invalid_blocks", wrong)}
        self._show(posted)
        return {"channel": posted.channel_id, "ts": posted.ts, "message": own_message(posted)}

    def _update(self, form: Mapping[str, Any]) -> Json:
        posted = self._find(form, "ts")
        if isinstance(posted, str):
            return {"error": {"is_archived": "is_inactive"}.get(posted, posted)}
        if not posted.is_own:
            return {"error": "cant_update_message"}
        if len(str(form.get("text", ""))) > LONGEST_EDIT:
            return {"error": self.refuse("msg_too_long", [])}
        if not form.get("text") and not form.get("blocks"):
            return {"error": self.refuse("no_text", [])}
        if wrong := _violations(form):
            return {"error": self.refuse("invalid_blocks", wrong)}
        self._edit(posted, _content(form))  # a text alone takes the blocks away
        return {"channel": posted.channel_id, "ts": posted.ts, "text": posted.text, "message": own_message(posted)}

    def _schedule(self, form: Mapping[str, Any]) -> Json:
        channel = str(form.get("channel", ""))
        if reason := self.refusals.get(channel, "" if channel else "channel_not_found"):
            return {"error": reason}
        if not form.get("text") and not form.get("blocks"):
            return {"error": self.refuse("no_text", [])}
        ahead_s = int(form.get("post_at", 0)) - self.clock()
        if not 0 < ahead_s <= SCHEDULE_MAX_S:
            return {"error": self.refuse("time_too_far" if ahead_s > 0 else "time_in_past", [])}
        key = f"Q{next(self._numbers):010}"
        self.scheduled[key] = {"channel": channel, "post_at": int(form["post_at"]), **_content(form)}
        return {"channel": channel, "scheduled_message_id": key, "post_at": int(form["post_at"])}

    def _unschedule(self, form: Mapping[str, Any]) -> Json:
        key = str(form.get("scheduled_message_id", ""))
        found = self.scheduled.get(key, {"channel": "", "post_at": 0})
        if found["channel"] != form.get("channel") or found["post_at"] - self.clock() < UNSCHEDULE_MIN_S:
            return {"error": self.refuse("invalid_scheduled_message_id", [])}
        del self.scheduled[key]
        return {}

    def _permalink(self, form: Mapping[str, Any]) -> Json:
        """Needs no membership, but for what the bot can't see."""
        posted = self._find(form, "message_ts", but="not_in_channel is_archived")
        if isinstance(posted, str) or posted.is_ephemeral:
            return {"error": posted if isinstance(posted, str) else "message_not_found"}
        thread = f"?thread_ts={posted.thread_ts}&cid={posted.channel_id}" if posted.thread_ts else ""
        link = f"{WORKSPACE_URL}archives/{posted.channel_id}/p{posted.ts.replace('.', '')}{thread}"
        return {"channel": posted.channel_id, "permalink": link}

    def _find(self, form: Mapping[str, Any], key: str, but: str = "") -> SlackMessage | str:
        """The message, or why there is none. A person is no channel: a direct message has one of its own."""
        channel = str(form.get("channel", ""))
        reason = self.refusals.get(channel, "" if channel[:1] in {"C", "D", "G"} else "channel_not_found")
        if reason and reason not in but.split():
            return reason
        found = [posted for posted in self.messages if (posted.channel_id, posted.ts) == (channel, form.get(key))]
        return found[0] if found else "message_not_found"

    # ── what comes over a response_url ────────────────────────────────────────────────────────────────────────────

    def new_address(self, channel: str, user: str, source: SlackMessage | None) -> str:
        """The last part of a response_url."""
        key = _RUNTIME.token_hex(12)
        self._addresses[key] = _Address(channel, user, source)
        return key

    def respond(self, key: str, body: Json) -> tuple[int, str]:
        """The HTTP status and Slack's word for it."""
        address = self._addresses.get(key)
        if address is None or address.used >= ANSWERS_PER_INTERACTION:
            return 404, self.refuse("used_url", [])
        address.used += 1
        if wrong := _violations(body):
            return 400, self.refuse("invalid_payload", wrong)
        source = address.source
        if body.get("replace_original") is True and source is not None:
            self._edit(source, body)
        elif body.get("response_type") in {"ephemeral", "in_channel"} and body.get("replace_original") is False:
            seen_by = address.user if body["response_type"] == "ephemeral" else None
            self._show(SlackMessage(self.new_ts(), address.channel, seen_by, body))
        else:  # Slack would guess; an app should not let it
            return 400, self.refuse("invalid_payload", ["response_type is not stated"])
        return 200, "ok"

    def _show(self, posted: SlackMessage) -> None:
        self.messages.append(posted)
        self.changed.put_nowait(posted)

    def _edit(self, posted: SlackMessage, payload: Json) -> None:
        posted.payload = ({"thread_ts": posted.thread_ts} if posted.thread_ts else {}) | payload
        posted.edits += 1
        self.changed.put_nowait(posted)


def _content(form: Mapping[str, Any]) -> Json:
    return {key: form[key] for key in _CONTENT if form.get(key) is not None}


def _violations(body: Mapping[str, Any]) -> list[str]:
    return block_kit.violations({key: body[key] for key in ("text", "blocks") if key in body})
