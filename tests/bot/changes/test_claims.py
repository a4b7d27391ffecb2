"""What has become of the requests lately."""

from bot.changes.claims import Claim, Claims
from bot.tickets import CaseNumber

NUMBER = CaseNumber("2531581")


def test_a_request_is_taken_once_until_it_is_released() -> None:
    claims = Claims()
    assert claims.acquire("p", "UALICE", 1) is None
    assert claims.acquire("p", "UBOB", 2) == Claim("working", "UALICE", 1)
    claims.release("p")
    assert claims.acquire("p", "UBOB", 3) is None


def test_the_oldest_request_is_forgotten_first() -> None:
    claims = Claims(capacity=2)
    for request in ("a", "b", "a", "c"):
        claims.finish(request, Claim("deleted", "U", 1))
    assert claims.get("b") is None
    assert claims.get("a")
    assert claims.get("c")


def test_only_the_sole_request_that_tried_can_have_changed_the_ticket() -> None:
    claims = Claims()
    claims.record_attempt("delete", NUMBER, "a", 1)
    assert claims.is_sole_attempt("delete", NUMBER, "a")
    claims.record_attempt("delete", NUMBER, "b", 2)
    assert not claims.is_sole_attempt("delete", NUMBER, "a")
    claims.end_attempt("delete", NUMBER, "b", None)
    assert claims.is_sole_attempt("delete", NUMBER, "a")


def test_a_request_whose_time_was_over_when_the_ticket_was_read_did_not_change_it() -> None:
    claims = Claims()
    claims.record_attempt("delete", NUMBER, "a", 1)
    claims.end_attempt("delete", NUMBER, "a", 61)
    claims.record_attempt("delete", NUMBER, "b", 60)
    assert not claims.is_sole_attempt("delete", NUMBER, "b")
    claims.record_attempt("delete", NUMBER, "b", 61)
    assert claims.is_sole_attempt("delete", NUMBER, "b")
