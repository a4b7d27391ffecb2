"""What somebody did in Slack, read from a payload: a command, a click, or a shortcut on a message.

Slack's payloads are authenticated, by signature or by socket, but their shape is still checked: fields differ between
surfaces, and a click in an ephemeral message or a modal lacks some of them.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.policy import Actor
from handlers.slack.message_text import message_text

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32, without 0 and O, 1 and I: read out over the phone
MOST_ANSWERS = 5
_ROUTE = re.compile(r"/?[a-z][a-z_-]{0,40}")
_TIMESTAMP = re.compile(r"\d{1,12}\.\d{1,9}")  # of a message, which it names within its channel


@dataclass
class Uses:
    """How often a response_url was used: Slack takes MOST_ANSWERS over one, and each try may be one of them.

    `has_lost_edit`: Slack may have an edit that it never confirmed, which may yet land on top of a later one, and that
    is not on record.
    `recorded` is how many uses are on record, and `record` puts a number there; it raises nothing.
    """

    count: int = 0
    has_lost_edit: bool = False
    recorded: int = 0
    record: Callable[[int], Awaitable[None]] | None = None

    async def spend(self, keep: int = 0) -> bool:
        """Before a try: whether the address may be used once more, so that `keep` uses are left."""
        if self.count + keep >= MOST_ANSWERS:
            return False
        self.count += 1
        if self.record and self.count > self.recorded:
            await self.record(self.count)
        return True


def new_reference(random: Random) -> str:
    """Five characters that the person's answer has and the log too."""
    return "".join(random.choices(_ALPHABET, k=5))


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One of the three texts is set, by what somebody did; the others are empty.

    `command_text` is what was typed behind a command, `action_value` what the clicked button or the chosen option of a
    menu carries, `message_text` what can be read in the message on which a shortcut was used.

    `route` is the command, the button or the shortcut by its name, without the number that several alike have.
    `deadline` is in the event loop's time. `response_url` is as good as a password for 30 minutes, and is empty
    where there is none, as in a modal. `thread_ts` is the thread that it happened in, empty in the channel's view, to
    which a thread's first message belongs too.
    `is_ephemeral`: the message with the button is seen by one person alone; None where Slack does not say.
    `message_ts` is that message; `is_editable`: the bot posted the message itself, so that `chat.update` can edit it.
    """

    actor: Actor
    route: str = ""
    command_text: str = ""
    action_value: str = ""
    message_text: str = ""
    response_url: str = field(repr=False)
    trigger_id: str = field(repr=False)
    deadline: float
    thread_ts: str = ""
    is_ephemeral: bool | None = None
    message_ts: str = ""
    is_editable: bool = False
    uses: Uses = field(default_factory=Uses)
    view: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reference: str

    @property
    def delivery(self) -> str | None:
        """The same for each time that Slack, or a proxy, delivers this payload; None where that can't be told."""
        return hashlib.sha256(f"delivery {self.trigger_id}".encode()).hexdigest()[:32] if self.trigger_id else None

    @classmethod
    def parse(cls, body: Mapping[str, Any], *, deadline: float, reference: str) -> "Interaction":
        """Raises ValueError where the payload lacks what every payload has."""
        try:
            return (_command if "command" in body else _click)(body, deadline, reference)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ValueError(f"not a payload that we know: {type(error).__name__}") from None


def _command(body: Mapping[str, Any], deadline: float, reference: str) -> Interaction:
    return Interaction(
        actor=Actor(_id(body["user_id"]), _id(body["team_id"]), _id(body["channel_id"])),
        route=_route(body["command"]),
        command_text=str(body.get("text") or ""),
        response_url=str(body["response_url"]),
        trigger_id=str(body.get("trigger_id") or ""),
        deadline=deadline,
        reference=reference,
    )


def _click(body: Mapping[str, Any], deadline: float, reference: str) -> Interaction:
    user = body["user"]
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    ephemeral = container.get("is_ephemeral")
    is_click = body["type"] == "block_actions"
    return Interaction(
        actor=Actor(_id(user["id"]), _team_of(body), str(channel)),
        route=_route(body["actions"][0].get("action_id") if is_click else body.get("callback_id")),
        action_value=_value_of(body["actions"][0]) if is_click else "",
        message_text="" if is_click else message_text(body["message"]),
        response_url=str(body.get("response_url") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        deadline=deadline,
        reference=reference,
        thread_ts=_thread_of(body.get("message") or {}, container),
        is_ephemeral=ephemeral if isinstance(ephemeral, bool) else None,
        message_ts=_message_of(container),
        view=view if isinstance(view := body.get("view"), Mapping) else {},
    )


def _route(name: object) -> str:
    """For the log: whatever is no name of a route of ours or of an older version's is not repeated."""
    text = re.sub(r"_\d+$", "", name) if isinstance(name, str) else ""
    return text if _ROUTE.fullmatch(text) else "unknown"


def _team_of(body: Mapping[str, Any]) -> str:
    """The person's own workspace, which in a shared channel may differ from the payload's; else the payload's."""
    return str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")


def _thread_of(message: Mapping[str, Any], container: Mapping[str, Any]) -> str:
    """A click in an ephemeral message comes without the message, and has both times in its container."""
    thread_ts = message.get("thread_ts") or container.get("thread_ts")
    is_parent = thread_ts in (message.get("ts"), container.get("message_ts"))
    return thread_ts if isinstance(thread_ts, str) and _TIMESTAMP.fullmatch(thread_ts) and not is_parent else ""


def _message_of(container: Mapping[str, Any]) -> str:
    message_ts = container.get("message_ts")
    return message_ts if isinstance(message_ts, str) and _TIMESTAMP.fullmatch(message_ts) else ""


def _value_of(action: Mapping[str, Any]) -> str:
    """A menu has no value of its own, its options have."""
    return str((action.get("selected_option") or action).get("value") or "")


def _id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("no id")
    return value
