"""What came of a change, from what the API said and what a read showed: as a table, and what holds for all of it."""

import itertools
from typing import get_args

import pytest

from bot.api.errors import (
    AuthenticationError,
    BusyError,
    Effect,
    GatewayError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    QueueTimeoutError,
    ServerError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.changes.conclude import Found, conclude, conclude_check
from bot.changes.outcome import Kind, Outcome, VerificationError
from bot.tickets import Change, Ticket
from tests.bot.changes.test_request import CHECK

TICKET = Ticket.from_answer({"CaseNumber": "2531581", "Status": False})
NO_RESPONSE, GATEWAY = NoResponseError("lost"), GatewayError(503)
API_500, TRUNCATED = ServerError(500), InvalidResponseError("cut")
ERRORS: tuple[SweeppeaError, ...] = (
    NO_RESPONSE,
    GATEWAY,
    API_500,
    TRUNCATED,
    BusyError(503),
    NotSentError("x"),
    QueueTimeoutError(),
    TicketNotFoundError(404),
    AuthenticationError(403),
)
FOUND: tuple[Found, ...] = get_args(Found)
CHANGES: tuple[Change, ...] = get_args(Change)


def kind(
    change: Change, error: Exception, last_try: float | None, found: Found, *, is_sole_attempt: bool = True
) -> Kind:
    return conclude(change, TICKET, error, last_try, found, is_sole_attempt=is_sole_attempt).kind


@pytest.mark.parametrize(
    ("error", "last_try", "found", "expected"),
    [
        (NO_RESPONSE, 1.0, "gone", Kind.FOUND_DONE),
        (NO_RESPONSE, 1.0, "open", Kind.MAY_STILL_HAPPEN),
        (NO_RESPONSE, 1.0, "closed", Kind.MAY_STILL_HAPPEN),
        (NO_RESPONSE, 1.0, "unknown", Kind.UNKNOWN),
        (GATEWAY, 1.0, "gone", Kind.FOUND_DONE),
        (BusyError(503), 1.0, "open", Kind.MAY_STILL_HAPPEN),  # an earlier try was not answered by the API
        (TicketNotFoundError(404), 1.0, "gone", Kind.FOUND_DONE),
        (TicketNotFoundError(404), 1.0, "unknown", Kind.FOUND_DONE),
        (API_500, None, "gone", Kind.FOUND_DONE),
        (API_500, None, "open", Kind.API_ERROR),
        (API_500, None, "closed", Kind.FOUND_CLOSED),
        (API_500, None, "unknown", Kind.UNKNOWN),
        (BusyError(503), None, "open", Kind.BUSY),
        (BusyError(503), None, "gone", Kind.NOT_FOUND),
        (BusyError(503), None, "closed", Kind.FOUND_CLOSED),
        (QueueTimeoutError(), None, "unknown", Kind.BUSY),
        (NotSentError("x"), None, "open", Kind.UNREACHABLE),
        (TicketNotFoundError(404), None, "open", Kind.REFUSED),
        (TicketNotFoundError(404), None, "gone", Kind.NOT_FOUND),
        (AuthenticationError(403), None, "unknown", Kind.REJECTED_KEY),
    ],
)
def test_what_came_of_a_delete(error: SweeppeaError, last_try: float | None, found: Found, expected: Kind) -> None:
    assert kind("delete", error, last_try, found) is expected


@pytest.mark.parametrize("found", FOUND)
def test_a_ticket_is_called_open_only_where_a_read_since_then_showed_that(found: Found) -> None:
    outcome = conclude("delete", TICKET, NO_RESPONSE, 7.0, found, is_sole_attempt=True)
    assert (outcome.ticket, outcome.error, outcome.last_try) == (TICKET, NO_RESPONSE, 7.0)
    assert outcome.verified is (found == "open")


def test_a_resolve_is_done_where_the_ticket_is_closed() -> None:
    assert kind("resolve", NO_RESPONSE, 1.0, "closed") is Kind.FOUND_DONE
    assert kind("resolve", NO_RESPONSE, 1.0, "gone") is Kind.FOUND_GONE


def test_where_another_request_may_have_done_it_nobody_is_named() -> None:
    assert kind("delete", NO_RESPONSE, 1.0, "gone", is_sole_attempt=False) is Kind.FOUND_GONE
    assert kind("resolve", NO_RESPONSE, 1.0, "closed", is_sole_attempt=False) is Kind.FOUND_CLOSED


def test_what_a_verification_found_is_the_outcome_unless_an_earlier_try_may_happen() -> None:
    closed = VerificationError(Outcome(kind=Kind.NOT_OPEN, ticket=TICKET))
    assert kind("delete", closed, None, "closed") is Kind.NOT_OPEN
    assert kind("delete", closed, 1.0, "open") is Kind.MAY_STILL_HAPPEN


def test_whatever_happened_nothing_is_denied_that_may_still_happen() -> None:
    denying = {Kind.BUSY, Kind.UNREACHABLE, Kind.API_ERROR, Kind.REFUSED, Kind.REJECTED_KEY, Kind.NOT_FOUND}
    for change, error, found in itertools.product(CHANGES, ERRORS, FOUND):
        for sole in (True, False):
            assert kind(change, error, 1.0, found, is_sole_attempt=sole) not in denying


def test_nothing_is_called_done_unless_the_api_confirmed_it() -> None:
    for change, error, found, last_try in itertools.product(CHANGES, ERRORS, FOUND, (None, 1.0)):
        assert kind(change, error, last_try, found) is not Kind.DONE


def test_a_try_that_changed_nothing_makes_no_record_of_what_others_did() -> None:
    harmless = [error for error in ERRORS if error.effect is Effect.NOT_APPLIED]
    for change, error, found in itertools.product(CHANGES, harmless, FOUND):
        assert kind(change, error, None, found) not in {Kind.FOUND_DONE, Kind.FOUND_GONE}


def test_every_outcome_has_its_meaning_for_the_record() -> None:
    for change, each in itertools.product(CHANGES, Kind):
        meaning = Outcome(kind=each).meaning(change)
        assert meaning.audit
        assert (meaning.event in {"deleted", "resolved"}) == (each is Kind.DONE)


@pytest.mark.parametrize(
    ("found", "seconds", "expected"),
    [
        ("gone", 0, Kind.FOUND_GONE),
        ("closed", 0, Kind.FOUND_CLOSED),
        ("unknown", 0, Kind.UNKNOWN),
        ("open", -1, Kind.MAY_STILL_HAPPEN),
        ("open", 0, Kind.FOUND_OPEN),
    ],
)
def test_what_a_check_finds(found: Found, seconds: int, expected: Kind) -> None:
    assert conclude_check(CHECK, found, CHECK.settled_at + seconds) is expected


@pytest.mark.parametrize(("error", "last_try"), [(NO_RESPONSE, 1.0), (API_500, None)])
def test_a_resolution_that_may_be_ours_is_never_recorded_as_failed(error: Exception, last_try: float | None) -> None:
    outcome = conclude("resolve", TICKET, error, last_try, "closed", is_sole_attempt=False)
    assert outcome.meaning("resolve") == ("unclear", "closed", "found closed; by whom is not known")
    found_closed = conclude("delete", TICKET, error, last_try, "closed", is_sole_attempt=True)
    assert found_closed.meaning("delete").event == ("failed" if last_try is None else "unclear")
    before = conclude("resolve", TICKET, BusyError(503), None, "closed", is_sole_attempt=True)
    assert before.meaning("resolve").event == "failed"
