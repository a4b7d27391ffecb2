"""Every message that people can get, for one ticket; and what has to be true of each."""

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

from bot.api import errors
from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind, Outcome
from bot.changes.request import ChangeRequest, Click
from bot.changes.snapshot import Difference
from bot.messages import card, delete_check, delete_outcome, delete_request, receipt
from bot.messages.delete_request import RequestOptions
from bot.messages.privacy import Contact
from bot.sandbox import block_kit
from bot.tickets import CaseNumber, Change, Ticket

ALICE, BOB = "U01ALICE", "U01BOB"
AT = 1_795_000_000
REF = "7F3K9"
NUMBER = CaseNumber("2531581")

# What our own code writes; whatever else has the signs `<` and `>` is a stranger's.
OURS = re.compile(rf"<!date\^\d+\^[{{}}a-z_ ]+\|\d+ \w+ \d+ \d\d:\d\d UTC>|<@({ALICE}|{BOB})>")
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


def cards(ticket: Ticket, contact: Contact = "full") -> Iterator[Message]:
    for may_delete in (True, False):
        for in_channel in (True, False):
            yield card.card(ticket, contact=contact, may_delete=may_delete, asks_in_channel=in_channel)


def clicks(ticket: Ticket) -> Iterator[Click]:
    request = ChangeRequest.create(ticket, id="0" * 12, requester=ALICE, requested_at=AT)
    changes: tuple[Change, ...] = ("delete", "resolve")
    for change in changes:
        yield Click(request=request, change=change, user_id=BOB, at=AT, ref=REF)


def outcomes(click: Click, ticket: Ticket, said: str) -> Iterator[Outcome]:
    what = ["the subject", "who opened the ticket", f"the field {said}"]
    changes = (*map(Difference, what), Difference("note", 10**6), Difference("file", -1), Difference("x", previous="1"))
    error = errors.ServerError(500, message=said)
    for number, kind in enumerate(Kind):
        verified = number % 2 == 0
        outcome = Outcome(
            kind=kind, ticket=ticket, error=error, verified=verified, last_try=float(AT), differences=changes
        )
        again = click.request.repeat(id="1" * 12) if outcome.has_buttons_again else None
        yield dataclasses.replace(outcome, renewed=again)


def requests(ticket: Ticket, said: str) -> Iterator[Message]:
    options = RequestOptions(300, second_person=True)
    for click in clicks(ticket):
        yield delete_request.request_message(ticket, click.request, options)
        for outcome in outcomes(click, ticket, said):
            if outcome.renewed:
                yield delete_outcome.outcome_message(click, outcome, options)


def after_the_click(ticket: Ticket, said: str = "") -> Iterator[Message]:
    for click in clicks(ticket):
        yield delete_check.under_way(click, ticket, click.pending_check(AT))
        for outcome in outcomes(click, ticket, said):
            if not outcome.renewed:
                yield delete_outcome.outcome_message(click, outcome, RequestOptions(300))
        for kind in (Kind.FOUND_GONE, Kind.FOUND_CLOSED, Kind.FOUND_OPEN, Kind.MAY_STILL_HAPPEN, Kind.UNKNOWN):
            yield delete_check.check_message(click.pending_check(AT), kind, ALICE, AT, REF)


def messages(ticket: Ticket, said: str = "") -> list[Message]:
    """All that have something of a ticket in them."""
    return [
        *cards(ticket),
        card.shared(ticket, by=ALICE),
        *requests(ticket, said),
        *after_the_click(ticket, said),
        *receipt.receipt(ticket),
        receipt.shortened(ticket),
    ]


def dumped(message: Message) -> str:
    return json.dumps(message.payload(), ensure_ascii=False)


def objects(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else []:
        yield from objects(inner)


def buttons(message: Message) -> list[str]:
    """All that can be clicked, a menu's options too."""
    return [one["text"]["text"] for one in objects(message.blocks) if "value" in one]


def assert_sendable_and_inert(message: Message) -> None:
    assert block_kit.violations(message.payload()) == []
    parts = list(objects(message.blocks))
    formatted = [part["text"] for part in parts if part.get("type") == "mrkdwn"]
    for text in (message.text, *formatted):
        assert not set("<>") & set(OURS.sub("", text)), text
        assert not ENTITY.search(text), text
    assert all(part["verbatim"] for part in parts if part.get("type") == "mrkdwn")
    assert not any(part["emoji"] for part in parts if part.get("type") == "plain_text")
    assert not {part.get("type") for part in parts} & {"user", "usergroup", "channel", "broadcast", "image"}
