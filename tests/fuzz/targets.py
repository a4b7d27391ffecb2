"""One function for each kind of input. Each takes bytes, and raises where something does not hold.

No exception, no output that Slack refuses or that is active, nothing of a secret in an error.
"""

import json
import math
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.api.errors import SweeppeaError
from bot.api.responses import decipher, parse_json, parse_ticket
from bot.blockkit import limits
from bot.blockkit.blocks import Message
from bot.changes.request import ChangeRequest, PendingCheck
from bot.messages import card, details, receipt
from bot.messages.details_page import DetailsPage
from bot.messages.privacy import Contact
from bot.richtext import from_html, from_text, html_to_text
from bot.sandbox import block_kit, slack_payloads
from bot.sandbox.sample_tickets import TICKETS
from bot.settings import NAMES, Settings, SettingsError
from bot.tickets import CaseNumber, parse_case_number
from handlers.slack.interaction import Interaction
from tests.bot.messages.every_message import assert_sendable_and_inert, clicks, requests
from tests.bot.richtext.strange_html import HREFS, STYLED, TAGS, WORDS
from tests.fuzz.choices import Choices

CONTACTS: tuple[Contact, ...] = ("name", "full", "none")
NUMBER = CaseNumber("2531581")
_MOST = 20_000
_REPEATED = 100_000
_HTML_PIECES = [
    *(f"<{tag}>" for tag in TAGS + STYLED),
    *(f"</{tag}>" for tag in TAGS),
    *(f'<a href="{href}">' for href in HREFS),
    *WORDS,
]


def html(data: bytes) -> None:
    """A description: rich text and plain text within their limits, and nothing in it that calls or opens anything."""
    choices = Choices(data)
    how, limit, size = choices.number(4), choices.pick((7, 100, 700, 3000)), choices.pick((200, 2000, 12_000))
    is_repeated = choices.number(64) == 1
    text = choices.rest() if how < 2 else "".join(choices.pick(_HTML_PIECES) for _ in range(len(data)))
    if is_repeated and text:  # its time has to grow with its length: else libFuzzer says that it is slow
        text *= math.ceil(_REPEATED / len(text))
    rich = (from_text if how == 1 else from_html)(text, limit=limit, size=size)
    if rich.elements:
        shown = {"type": "rich_text", "elements": rich.elements}
        assert_sendable_and_inert(Message("x", (shown,)))
        assert len(json.dumps(shown, ensure_ascii=False).encode("utf-16-le")) // 2 <= size + 100
    plain, omitted = html_to_text(text, limit=limit)
    assert len(plain.encode("utf-16-le")) // 2 <= limit
    assert omitted >= 0


def ticket(data: bytes) -> None:
    """An answer of the ticket API: every message about such a ticket."""
    choices = Choices(data)
    if choices.number(4) == 0:
        body = choices.rest().encode("utf-8", "surrogatepass")
    else:
        body = json.dumps({"Response": True, "Data": _ticket(choices)}).encode()
    status = choices.pick((200, 200, 200, 201, 404, 503))
    try:
        read = parse_ticket(decipher(status, choices.pick((None, "1", "x")), body), asked_for=NUMBER)
    except SweeppeaError:
        return
    contact = choices.pick(CONTACTS)
    said = choices.text(WORDS)
    messages = [
        card.card(read, contact=contact, may_delete=True),
        card.shared(read, by="U01ALICE"),
        receipt.shortened(read),
        *receipt.receipt(read),
        *requests(read, said),
    ]
    for message in messages:
        assert_sendable_and_inert(message)
    page: DetailsPage | None = DetailsPage(case_number=NUMBER, number=1, channel="C01SUPPORT")
    while page:
        view = details.details(read, page, contact=contact)
        assert block_kit.violations(view) == []
        page = _next(view)
    for click in clicks(read):
        value = click.request.encode()
        assert len(value) <= limits.BUTTON_VALUE
        assert ChangeRequest.parse(value) == click.request


def payload(data: bytes) -> None:
    """What Slack sends: an interaction of plain texts, or a ValueError."""
    choices = Choices(data)
    if choices.number(4) == 0:
        try:
            body = parse_json(choices.rest().encode("utf-8", "surrogatepass"))
        except ValueError:
            return
    else:
        body = _changed(choices.pick(_payloads()), choices)
    if not isinstance(body, Mapping):
        return
    try:
        made = Interaction.parse(body, deadline=1.0, reference="7F3K9")
    except ValueError:
        return
    texts = (made.route, made.command_text, made.action_value, made.message_text, made.response_url, made.trigger_id)
    assert all(isinstance(text, str) for text in (*texts, made.thread_ts, made.message_ts))
    assert made.actor.user_id


def value(data: bytes) -> None:
    """What a button carries: ours, and then the same again; or None."""
    choices = Choices(data)
    how, known = choices.number(4), choices.pick(_values())
    text = json.dumps(_changed(json.loads(known), choices)) if how else choices.rest()
    for kind in (ChangeRequest, PendingCheck, DetailsPage):
        parsed = kind.parse(text)
        assert parsed is None or kind.parse(parsed.encode()) == parsed
    number = parse_case_number(text)
    assert number is None or parse_case_number(number) == number


SECRET = "xoxb-of-the-fuzzer"
_ENV_PIECES = [
    *(f"{name}=" for name in NAMES),
    *("TICKET_VIEWER=", "export ", "\n", "\r\n", '"', "'", "#", " # ", "=", "${HOME}", "\\", "U01ALICE", ",", "*"),
    *("on", "off", "5", "-1", "1e9", "https://x.example", SECRET, "\ufeff", "\x00", "_FILE=/dev/null\n"),
]


def env(data: bytes) -> None:
    """`.env`: settings, or sentences about what is wrong, without a secret in them."""
    choices = Choices(data)
    if choices.number(3) == 0:
        content = data[1:]
    else:
        content = "".join(choices.pick(_ENV_PIECES) for _ in range(min(len(data), 200))).encode()
    path = _folder() / ".env"
    path.write_bytes(content[:_MOST])
    try:
        Settings.load({}, path)
    except SettingsError as error:
        said = error.errors
    else:
        return
    assert said
    assert SECRET not in " ".join(said)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "html": html,
    "ticket": ticket,
    "payload": payload,
    "value": value,
    "env": env,
}


def _ticket(choices: Choices) -> dict[str, Any]:
    """A ticket that differs from a sample in some fields."""
    made = dict(choices.pick(list(TICKETS.values())))
    made["CaseNumber"] = NUMBER
    for _ in range(choices.number(6)):
        made[choices.pick([*made, "Unknown", "UserToken"])] = choices.json(WORDS)
    if choices.number(2):
        made["Description"] = "".join(choices.pick(_HTML_PIECES) for _ in range(choices.number(60)))
    return made


def _changed(body: Any, choices: Choices) -> Any:  # noqa: ANN401 - any JSON
    """The same with something else in one place of it, or in several."""
    for _ in range(1 + choices.number(3)):
        body = _changed_once(body, choices)
    return body


def _changed_once(body: Any, choices: Choices) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(body, dict) and body and choices.number(8):
        key = choices.pick(sorted(body))
        rest = {name: inner for name, inner in body.items() if name != key}
        return {**rest, key: _changed_once(body[key], choices)} if choices.number(6) else rest
    if isinstance(body, list) and body and choices.number(8):
        at = choices.number(len(body))
        return [*body[:at], _changed_once(body[at], choices), *body[at + 1 :]]
    return choices.json(WORDS)


def _next(view: Mapping[str, Any]) -> DetailsPage | None:
    buttons = [part for block in view["blocks"] for part in block.get("elements", ()) if part.get("type") == "button"]
    return next((DetailsPage.parse(button["value"]) for button in buttons if "next" in button["action_id"]), None)


@cache
def _payloads() -> list[Any]:
    message = {"ts": "1.000001", "text": "about 2531581", "user": "U01ALICE", "blocks": [], "thread_ts": "1.000000"}
    return [
        slack_payloads.command("U01ALICE", "/ticket", "2531581", "C01SUPPORT"),
        {
            "type": "block_actions",
            "user": {"id": "U01ALICE", "team_id": "T01SWEEP"},
            "team": {"id": "T01SWEEP"},
            "channel": {"id": "C01SUPPORT"},
            "container": {"message_ts": "1.000001", "channel_id": "C01SUPPORT", "is_ephemeral": False},
            "message": message,
            "actions": [{"action_id": "delete_ticket", "value": _values()[0], "selected_option": {"value": "x"}}],
            "response_url": "https://hooks.slack.com/1",
            "trigger_id": "1.2.3",
        },
        {
            "type": "message_action",
            "callback_id": "look_up_ticket",
            "user": {"id": "U01ALICE", "team_id": "T01SWEEP"},
            "team": {"id": "T01SWEEP"},
            "channel": {"id": "C01SUPPORT"},
            "message": {
                **message,
                "attachments": [{"text": "2531581", "fields": [{"title": "a", "value": "b"}]}],
                "files": [{"name": "f", "preview": "p"}],
                "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}],
            },
            "response_url": "https://hooks.slack.com/1",
            "trigger_id": "1.2.3",
        },
    ]


@cache
def _values() -> list[str]:
    read = parse_ticket({"Data": {**TICKETS["2531581"]}}, asked_for=NUMBER)
    click = next(clicks(read))
    page = DetailsPage(case_number=NUMBER, number=1, channel="C01SUPPORT")
    return [click.request.encode(), click.pending_check(1.0).encode(), page.encode()]


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))
