"""What whoever goes on with a change says of it: nothing is called done, or over, that isn't."""

import itertools
from typing import get_args

import pytest

from bot.api.errors import AuthenticationError, NoResponseError
from bot.changes.conclude import Found, conclude_later, needs_read_back
from bot.changes.outcome import Kind, Outcome, VerificationError
from bot.tickets import Change

FOUND: tuple[Found, ...] = get_args(Found)
CHANGES: tuple[Change, ...] = get_args(Change)


def later(change: Change, found: Found, *, settled: bool = True, sole: bool = True) -> Kind:
    return conclude_later(change, found, is_settled=settled, is_sole_attempt=sole)


@pytest.mark.parametrize(
    ("change", "found", "settled", "sole", "expected"),
    [
        ("delete", "gone", False, True, Kind.FOUND_DONE),
        ("delete", "gone", True, False, Kind.FOUND_GONE),
        ("delete", "closed", True, True, Kind.FOUND_CLOSED),
        ("delete", "closed", False, True, Kind.MAY_STILL_HAPPEN),
        ("resolve", "closed", False, True, Kind.FOUND_DONE),
        ("resolve", "closed", False, False, Kind.FOUND_CLOSED),
        ("resolve", "gone", True, True, Kind.FOUND_GONE),
        ("delete", "open", True, True, Kind.FOUND_OPEN),
        ("delete", "open", False, True, Kind.MAY_STILL_HAPPEN),
        ("resolve", "open", False, True, Kind.MAY_STILL_HAPPEN),
        ("delete", "unknown", True, True, Kind.UNKNOWN),
        ("resolve", "unknown", False, False, Kind.UNKNOWN),
    ],
)
def test_what_a_later_read_shows(change: Change, found: Found, *, settled: bool, sole: bool, expected: Kind) -> None:
    assert later(change, found, settled=settled, sole=sole) is expected


def test_a_ticket_is_called_deleted_by_us_only_where_nobody_else_can_have_been() -> None:
    for change, found, settled in itertools.product(CHANGES, FOUND, (True, False)):
        assert later(change, found, settled=settled, sole=False) is not Kind.FOUND_DONE


def test_an_open_ticket_is_never_called_safe_while_a_deletion_may_be_carried_out() -> None:
    for change, sole in itertools.product(CHANGES, (True, False)):
        assert later(change, "open", settled=False, sole=sole) is Kind.MAY_STILL_HAPPEN


def test_a_read_is_spared_where_that_can_say_nothing_more() -> None:
    assert not needs_read_back(AuthenticationError(401))
    assert not needs_read_back(VerificationError(Outcome(kind=Kind.CHANGED)))
    assert needs_read_back(NoResponseError("lost"))
    assert needs_read_back(None)
