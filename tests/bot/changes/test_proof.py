"""What is proof, and what each outcome leaves behind."""

import pytest

from bot.api.errors import (
    AuthenticationError,
    BusyError,
    GatewayError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    ServerError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.changes.outcome import UNCLEAR, WITHOUT_EFFECT, Kind, Outcome, VerificationError, decide
from bot.tickets import Ticket
from tests.bot.changes.test_request import REQUEST, TICKET

PROOF: list[tuple[Kind, SweeppeaError]] = [
    (Kind.REJECTED_KEY, AuthenticationError(401)),
    (Kind.REFUSED, TicketNotFoundError(404)),
    (Kind.BUSY, BusyError(503)),
]
NO_PROOF: list[SweeppeaError | None] = [
    None, NoResponseError("lost"), NotSentError("x"), GatewayError(404), ServerError(500), InvalidResponseError("cut"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "error"), PROOF)
def test_a_no_of_the_api_is_proof_unless_an_earlier_try_may_be_carried_out(kind: Kind, error: SweeppeaError) -> None:
    assert Outcome(kind=kind, error=error).api_answer is kind
    assert Outcome(kind=kind, error=error, last_try=1.0).api_answer is None


@pytest.mark.parametrize("kind", list(Kind))
def test_no_try_had_an_effect_where_the_end_says_so_and_none_may_have_been_carried_out(kind: Kind) -> None:
    assert Outcome(kind=kind).is_without_effect is (kind in WITHOUT_EFFECT)
    assert not Outcome(kind=kind, last_try=1.0).is_without_effect


@pytest.mark.parametrize("error", NO_PROOF)
def test_nothing_else_than_the_apis_own_no_is_proof(error: SweeppeaError | None) -> None:
    assert Outcome(kind=Kind.BUSY, error=error).api_answer is None


def test_a_success_of_the_api_is_proof_whatever_came_before() -> None:
    assert Outcome(kind=Kind.DONE, error=NoResponseError("lost"), last_try=1.0).api_answer is Kind.DONE


def test_only_what_left_the_buttons_standing_is_answered_in_private() -> None:
    private = {kind for kind in Kind if Outcome(kind=kind).leaves_request}
    assert private == {Kind.NOT_READ, Kind.NOT_UPDATABLE, Kind.NOT_RECORDED}


def test_new_buttons_come_only_where_nothing_can_happen_any_more() -> None:
    again = {kind for kind in Kind if Outcome(kind=kind).has_buttons_again}
    assert again == {Kind.CHANGED, Kind.BUSY, Kind.UNREACHABLE, Kind.API_ERROR, Kind.INTERRUPTED}
    assert again <= WITHOUT_EFFECT


def test_a_receipt_is_due_where_the_ticket_is_gone() -> None:
    gone = {kind for kind in Kind if Outcome(kind=kind).is_gone}
    assert gone == {Kind.DONE, Kind.FOUND_DONE, Kind.FOUND_GONE}
    assert not gone & (UNCLEAR | WITHOUT_EFFECT)


def test_a_request_for_an_open_ticket_that_is_as_it_was_has_nothing_in_its_way() -> None:
    assert decide(REQUEST, TICKET) is None


@pytest.mark.parametrize("status", [True, None])
def test_a_ticket_that_is_not_surely_open_is_not_changed(status: bool | None) -> None:  # noqa: FBT001 - the API's
    ticket = Ticket.from_answer(dict(TICKET.source) | {"Status": status})
    assert decide(REQUEST, ticket) == Outcome(kind=Kind.NOT_OPEN, ticket=ticket)


def test_a_ticket_that_changed_is_not_deleted_and_what_changed_is_named() -> None:
    ticket = Ticket.from_answer(dict(TICKET.source) | {"Subject": "LEGAL HOLD"})
    outcome = decide(REQUEST, ticket)
    assert outcome
    assert (outcome.kind, outcome.ticket) == (Kind.CHANGED, ticket)
    assert [difference.what for difference in outcome.differences] == ["the subject"]


def test_what_a_verification_found_goes_with_its_error() -> None:
    outcome = Outcome(kind=Kind.CHANGED, ticket=TICKET)
    error = VerificationError(outcome)
    assert error.outcome is outcome
    assert str(error) == "CHANGED"
