"""What holds for every message about a ticket, whatever strangers wrote into the ticket."""

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.api import errors
from bot.blockkit.blocks import Message
from bot.changes.claims import Claim
from bot.changes.outcome import Kind, Outcome
from bot.changes.request import ChangeRequest, Click
from bot.changes.snapshot import Difference
from bot.messages import card, delete_check, delete_outcome, delete_request, receipt
from bot.messages.commands import DELETE, VIEW
from bot.messages.delete_request import RequestOptions
from bot.messages.errors import read_error
from bot.messages.help import still_looking, usage
from bot.messages.privacy import Contact
from bot.sandbox import block_kit
from bot.tickets import CaseNumber, Change, Ticket
from tests.support.tickets import data, huge_tickets, read_ticket, tickets, words

ALICE, BOB = "U01ALICE", "U01BOB"
AT = 1_795_000_000
REF = "7F3K9"
NUMBER = CaseNumber("2531581")
PERSON = {"FullName": "Zebedee Quuxley", "Email": "zq@private.example", "MobileNumber": "5550001111"}
TOKEN = "9f8e7d6c-secret-of-somebody"

# What our own code writes; whatever else has the signs `<` and `>` is a stranger's.
OURS = re.compile(rf"<!date\^\d+\^[{{}}a-z_ ]+\|\d+ \w+ \d+ \d\d:\d\d UTC>|<@({ALICE}|{BOB})>")
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
BUTTONS_OF_REQUEST = ["Delete {}", "Resolve instead", "Cancel"]

often = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
seldom = settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))


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
        yield delete_outcome.under_way(click, ticket, click.pending_check(AT))
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


@often
@given(tickets, words)
def test_every_message_is_sendable_and_inert(ticket: Ticket, said: str) -> None:
    for message in messages(ticket, said):
        assert_sendable_and_inert(message)


@seldom
@given(huge_tickets)
def test_so_it_is_with_far_too_much_in_a_ticket(ticket: Ticket) -> None:
    for message in messages(ticket):
        assert_sendable_and_inert(message)


@often
@given(tickets)
def test_a_card_keeps_its_number_its_status_and_its_buttons(ticket: Ticket) -> None:
    status = {False: "Open", True: "Closed", None: "Status unknown"}[ticket.status]
    row = ["Details", "Share", "Refresh"]
    in_channel, private, *others = cards(ticket)
    shared = card.shared(ticket, by=ALICE)
    for made in (in_channel, private, *others, shared):
        assert ticket.case_number in dumped(made)
        assert f"*{status}*" in dumped(made)
        assert status.lower() in made.text
    assert buttons(in_channel) == row + ["Delete… (asks in this channel)"] * ticket.is_open
    assert buttons(private) == row + ["Delete…"] * ticket.is_open
    assert [buttons(made) for made in others] == [row] * 2
    assert buttons(shared) == ["Details"]


def test_a_screen_reader_names_a_cards_buttons_as_they_are_seen_and_the_ticket() -> None:
    for made in cards(read_ticket({"CaseNumber": NUMBER, "Status": True})):
        for button in made.blocks[-1]["elements"]:
            assert button["accessibility_label"].startswith(button["text"]["text"])
            assert NUMBER in button["accessibility_label"]


@often
@given(tickets)
def test_red_is_the_button_that_deletes_and_no_other(ticket: Ticket) -> None:
    for message in messages(ticket):
        red = [one["text"]["text"] for one in objects(message.blocks) if one.get("style") == "danger"]
        assert red in ([], [f"Delete {ticket.case_number}"])


@often
@given(tickets, words)
def test_a_request_keeps_its_buttons_and_each_carries_the_request(ticket: Ticket, said: str) -> None:
    for message in requests(ticket, said):
        assert buttons(message) == [label.format(ticket.case_number) for label in BUTTONS_OF_REQUEST]
        carried = [ChangeRequest.parse(one["value"]) for one in objects(message.blocks) if "value" in one]
        assert [one and one.case_number for one in carried] == [ticket.case_number] * 3


@often
@given(data())
def test_the_fallback_text_names_nobody(answer: dict[str, Any]) -> None:
    ticket = read_ticket(answer | {"AccountInfo": PERSON, "ClosedBy": PERSON["FullName"]})
    for message in messages(ticket):
        assert [value for value in PERSON.values() if value in message.text] == []


@often
@given(data())
def test_a_person_is_shown_as_far_as_the_setting_says(answer: dict[str, Any]) -> None:
    ticket = read_ticket(answer | {"AccountInfo": PERSON, "ClosedBy": PERSON["FullName"]})
    shown: dict[Contact, set[str]] = {"none": set(), "name": {"FullName"}, "full": set(PERSON)}
    for contact, expected in shown.items():
        for made in cards(ticket, contact):
            assert {key for key, value in PERSON.items() if value in dumped(made)} == expected
    others = [message for message in messages(ticket) if "Refresh" not in buttons(message)]
    for message in others:
        assert [value for value in PERSON.values() if value in dumped(message)] == []


@often
@given(data(), st.sampled_from(["Subject", "Description", "Priority", "ResourceAffected", "ClosedBy"]))
def test_a_credential_is_nowhere(answer: dict[str, Any], place: str) -> None:
    """Wherever the API puts the value again: it is struck out."""
    leaking = answer | {
        "AccountInfo": {**PERSON, "UserToken": TOKEN, "SweepstakesName": f"of {TOKEN}"},
        "Notes": [{"Note": f"<p>{TOKEN}</p>", "UserToken": TOKEN}],
        "Statistics": [{"Action": TOKEN, "UserToken": TOKEN}],
        place: f"it is {TOKEN}",
    }
    for message in messages(read_ticket(leaking)):
        assert TOKEN not in dumped(message)


@often
@given(st.one_of(words, st.text(max_size=40)))
def test_whatever_is_typed_the_usage_is_inert(typed: str) -> None:
    for command in (VIEW, DELETE):
        answer = usage(command, typed)
        assert_sendable_and_inert(answer)
        assert f"`{command} " in answer.text


@often
@given(words, st.floats() | st.none())
def test_whatever_the_api_says_of_a_failure_is_inert(said: str, retry_after_s: float | None) -> None:
    for status in (400, 401, 404, 418, 429, 500, 503):
        wait_s = retry_after_s if retry_after_s is None or 0 <= retry_after_s < 1e9 else None
        error = errors.from_status(status, message=said, retry_after_s=wait_s)
        assert_sendable_and_inert(read_error(error, NUMBER, REF, ""))
    answer = read_error(errors.InvalidResponseError("no", message=said), NUMBER, REF, said)
    assert_sendable_and_inert(answer)
    assert REF in answer.text


@pytest.mark.parametrize("number", [1, 2, 1_000])
def test_one_is_no_plural(number: int) -> None:
    shown = {1: "1 lookup is ahead", 2: "2 lookups are ahead", 1_000: "1,000 lookups are ahead"}[number]
    assert shown in still_looking(NUMBER, number).text


def test_a_further_click_learns_who_was_before_and_when() -> None:
    answer = delete_outcome.already_handled(NUMBER, Claim("deleted", ALICE, AT))
    assert f"was deleted. <@{ALICE}> confirmed it <!date^{AT}^" in answer.text


def test_a_note_names_who_wrote_it_where_names_may_be_shown() -> None:
    ticket = read_ticket({"CaseNumber": NUMBER, "Notes": [{"Note": "On it.", "FullName": "Ana :tada: Diaz"}]})
    named, anonymous = dumped(next(cards(ticket, "name"))), dumped(next(cards(ticket, "none")))
    assert " by Ana :\u2060tada: Diaz" in named
    assert "Ana" not in anonymous
    assert "On it." in anonymous
