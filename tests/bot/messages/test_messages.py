"""What holds for every message about a ticket, whatever strangers wrote into the ticket."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.api import errors
from bot.changes.outcome import Standing
from bot.changes.request import ChangeRequest
from bot.messages import card, delete_elsewhere
from bot.messages.commands import DELETE, VIEW
from bot.messages.errors import read_error
from bot.messages.help import still_looking, usage
from bot.messages.privacy import Contact
from bot.tickets import Ticket
from tests.bot.messages.every_message import (
    ALICE,
    AT,
    NUMBER,
    REF,
    assert_sendable_and_inert,
    buttons,
    cards,
    dumped,
    messages,
    objects,
    requests,
)
from tests.support.tickets import data, huge_tickets, read_ticket, tickets, words

PERSON = {"FullName": "Zebedee Quuxley", "Email": "zq@private.example", "MobileNumber": "5550001111"}
TOKEN = "9f8e7d6c-secret-of-somebody"
BUTTONS_OF_REQUEST = ["Delete {}", "Resolve instead", "Cancel"]

often = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
seldom = settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))


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
    answer = delete_elsewhere.already_handled(NUMBER, Standing("deleted", ALICE, AT))
    assert f"was deleted. <@{ALICE}> confirmed it <!date^{AT}^" in answer.text


def test_a_note_names_who_wrote_it_where_names_may_be_shown() -> None:
    ticket = read_ticket({"CaseNumber": NUMBER, "Notes": [{"Note": "On it.", "FullName": "Ana :tada: Diaz"}]})
    named, anonymous = dumped(next(cards(ticket, "name"))), dumped(next(cards(ticket, "none")))
    assert " by Ana :\u2060tada: Diaz" in named
    assert "Ana" not in anonymous
    assert "On it." in anonymous
