"""What a button carries, and what comes back with a click."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blockkit.limits import BUTTON_VALUE
from bot.changes.request import LATE_EXECUTION_S, MAX_CLOCK_SKEW_S, ChangeRequest, Click, PendingCheck
from bot.changes.snapshot import TicketSnapshot, differences
from bot.tickets import CaseNumber, Ticket
from tests.support.tickets import huge_tickets

NOW = 1_795_000_000
TICKET = Ticket.from_answer(
    {"CaseNumber": "2531581", "Subject": "Hello", "Status": False, "Notes": ["one"], "Priority": 2}
)
REQUEST = ChangeRequest.create(TICKET, id="0123456789ab", requester="U01ALICE", requested_at=NOW)
CLICK = Click(request=REQUEST, change="delete", user_id="U01BOB", at=NOW, ref="7F3K9")
CHECK = CLICK.pending_check(NOW + 20)


@pytest.mark.parametrize("value", [REQUEST, CHECK])
def test_a_value_comes_back_as_it_went_and_fits_into_a_button(value: ChangeRequest | PendingCheck) -> None:
    assert type(value).parse(value.encode()) == value
    assert len(value.encode()) <= BUTTON_VALUE


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(huge_tickets)
def test_the_value_of_any_ticket_fits_into_a_button_also_when_renewed(ticket: Ticket) -> None:
    request = ChangeRequest.create(
        ticket, id="0123456789ab", requester="U01ALICE", requested_at=NOW, channel=f"C{'0' * 30}"
    )
    for value in (request, request.renew(TICKET, id="ba9876543210", requested_at=NOW)):
        assert len(value.encode()) <= BUTTON_VALUE
        assert ChangeRequest.parse(value.encode()) == value


def test_a_request_that_takes_another_ones_place_is_of_the_same_channel() -> None:
    request = ChangeRequest.create(
        TICKET, id="0123456789ab", requester="U01ALICE", requested_at=NOW, channel="C01SUPPORT"
    )
    renewed = request.renew(TICKET, id="ba9876543210", requested_at=NOW)
    assert [one.channel for one in (request, renewed, renewed.repeat(id="0123456789ac"))] == ["C01SUPPORT"] * 3


def test_a_value_without_a_channel_can_be_read_by_a_version_that_knows_of_none() -> None:
    assert "channel" not in REQUEST.encode()


def test_a_value_holds_nothing_that_a_stranger_wrote() -> None:
    assert "Hello" not in REQUEST.encode()


@given(st.text(max_size=200))
def test_any_other_value_is_none_of_ours(value: str) -> None:
    assert ChangeRequest.parse(value) is None
    assert PendingCheck.parse(value) is None


@given(st.integers(0, 400), st.sampled_from(string.printable))
def test_a_value_that_was_tampered_with_is_refused_or_harmless(at: int, char: str) -> None:
    value = REQUEST.encode()
    tampered = value[: at % len(value)] + char + value[at % len(value) + 1 :]
    parsed = ChangeRequest.parse(tampered)
    assert parsed is None or parsed.case_number.isalnum()


@pytest.mark.parametrize("case_number", ["253158", "../../x", "hyxtnjv", " 2531581"])
def test_a_case_number_in_a_value_has_to_be_exact(case_number: str) -> None:
    assert ChangeRequest.parse(REQUEST.encode().replace("2531581", case_number)) is None


def test_a_request_that_takes_anothers_place_names_it_and_has_an_id_of_its_own() -> None:
    repeated = REQUEST.repeat(id="ba9876543210")
    assert repeated == REQUEST.model_copy(update={"id": "ba9876543210", "replaces": REQUEST.id})
    renewed = REQUEST.renew(TICKET, id="ba9876543210", requested_at=NOW + 5)
    assert renewed == repeated.model_copy(update={"requested_at": NOW + 5})


def test_a_renewed_request_is_for_the_ticket_as_it_is_now() -> None:
    changed = Ticket.from_answer(dict(TICKET.source) | {"Subject": "Changed"})
    renewed = REQUEST.renew(changed, id="ba9876543210", requested_at=NOW + 5)
    assert differences(REQUEST.shown, changed)
    assert differences(renewed.shown, changed) == []


@pytest.mark.parametrize(
    ("now", "expired"),
    [(NOW, False), (NOW + 299, False), (NOW + 300, True), (NOW - MAX_CLOCK_SKEW_S, False), (NOW - 61, True)],
)
def test_a_request_expires_and_one_from_the_future_counts_as_expired(now: int, *, expired: bool) -> None:
    assert REQUEST.is_expired(now, 300) is expired


def test_a_late_execution_is_possible_for_a_while_after_the_last_try() -> None:
    assert CHECK.may_still_happen(CHECK.sent_at + LATE_EXECUTION_S - 1)
    assert not CHECK.may_still_happen(CHECK.settled_at)


def test_a_check_names_who_asked_and_who_confirmed() -> None:
    assert (CHECK.requester, CHECK.confirmer, CHECK.case_number) == ("U01ALICE", "U01BOB", CaseNumber("2531581"))


def test_a_request_carries_what_was_asked_for_by_whom_and_when() -> None:
    request = ChangeRequest.create(TICKET, id="0123456789ab", requester="U01ALICE", requested_at=NOW)
    assert (request.id, request.case_number, request.requester) == ("0123456789ab", "2531581", "U01ALICE")
    assert (request.requested_at, request.replaces) == (NOW, None)
    assert request.shown == TicketSnapshot.from_ticket(TICKET)
