"""What an answer means, and how long to wait before the next try."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api import responses
from bot.api.errors import (
    AuthenticationError,
    BadRequestError,
    BusyError,
    Effect,
    GatewayNotFoundError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    QueueTimeoutError,
    ServerError,
    StatusError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.tickets import CaseNumber

NUMBER = CaseNumber("HYXTNJV")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("status", "kind", "proves"),
    [
        (400, BadRequestError, Effect.READ_BACK),
        (401, AuthenticationError, Effect.NOT_APPLIED),
        (403, AuthenticationError, Effect.NOT_APPLIED),
        (429, BusyError, Effect.NOT_APPLIED),
        (503, BusyError, Effect.NOT_APPLIED),
        *((status, ServerError, Effect.READ_BACK) for status in (199, 301, 304, 308, 402, 405, 409, 418, 422, 451)),
        *((status, ServerError, Effect.READ_BACK) for status in (500, 501, 502, 504, 520, 599)),
    ],
)
@pytest.mark.parametrize("body", [b'{"Response": false, "Message": "Why"}', b"<h1>Why</h1>", b"", b"[1]", b'"Why"'])
def test_every_status_has_its_own_error_whatever_the_body(
    status: int, kind: type[StatusError], proves: Effect, body: bytes
) -> None:
    with pytest.raises(StatusError) as caught:
        responses.decipher(status, "7", body)
    assert type(caught.value) is kind
    assert caught.value.effect is proves
    assert (caught.value.status, caught.value.retry_after_s) == (status, 7)
    assert caught.value.message == ("Why" if b"Response" in body else None)


@pytest.mark.parametrize(
    "body", [b"<h1>404</h1>", b"", b"[1]", b"{}", b'{"message": "Not Found"}', b'{"Response": true}']
)
def test_only_the_api_itself_says_that_a_ticket_is_not_there(body: bytes) -> None:
    with pytest.raises(GatewayNotFoundError) as caught:
        responses.decipher(404, None, body)
    assert caught.value.effect is Effect.NOT_APPLIED  # nobody who knows no such page has deleted anything
    with pytest.raises(TicketNotFoundError) as told:
        responses.decipher(404, None, b'{"Response": false, "Message": "Ticket Not Found"}')
    assert told.value.message == "Ticket Not Found"


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_success_is_what_says_so(status: int) -> None:
    assert responses.decipher(status, None, b'{"Response": true, "Telemetry": {}}') == {
        "Response": True,
        "Telemetry": {},
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"Response": false, "Message": "No", "Code": 404}', "No"),
        (b'{"Response": false, "Message": ["No"]}', None),
        (b'{"Response": false, "Message": "  "}', None),
        (b'{"Response": "true"}', None),
        (b'{"Response": 1}', None),
        (b'{"Response": null}', None),
        (b'{"response": true}', None),
        (b"{}", None),
        (b"[]", None),
        (b"true", None),
        (b"null", None),
        (b"NaN", None),
        (b"", None),
        (b"{", None),
        (b'{"Response": true', None),
        (b'{"Response": true} {}', None),
        (b'{"Response": true, "Message": "\xff"}', None),
        (b"<!doctype html>", None),
        (b"[" * 100_000, None),
        (b'{"a":' * 100_000, None),
        (b"9" * 10_000, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_200_that_cannot_be_understood_is_no_success(body: bytes, message: str | None) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        responses.decipher(200, None, body)
    assert caught.value.message == message
    assert caught.value.effect is Effect.READ_BACK


def test_an_endless_message_is_cut() -> None:
    with pytest.raises(StatusError) as caught:
        responses.decipher(500, None, json.dumps({"Message": "too bad " * 2_000}).encode())
    assert caught.value.message == ("too bad " * 2_000)[:300].strip()


@settings(deadline=None)
@given(st.integers(100, 599), st.none() | st.text(), st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_answer_at_all_is_a_crash(status: int, retry_after: str | None, body: bytes) -> None:
    try:
        answer = responses.decipher(status, retry_after, body)
    except (StatusError, InvalidResponseError):
        return
    assert 200 <= status < 300
    assert answer["Response"] is True


@settings(deadline=None)
@given(JSON)
def test_no_ticket_at_all_is_a_crash(data: object) -> None:
    with pytest.raises(InvalidResponseError):
        responses.parse_ticket({"Response": True, "Data": data}, asked_for=NUMBER)


@pytest.mark.parametrize(
    "data",
    [None, [], {}, "HYXTNJV", {"CaseNumber": None}, {"CaseNumber": "2531581"}, {"CaseNumber": "HYXTNJ"}],
    ids=repr,
)
def test_an_answer_about_no_ticket_or_another_one_is_an_error(data: object) -> None:
    with pytest.raises(InvalidResponseError):
        responses.parse_ticket({"Data": data}, asked_for=NUMBER)
    with pytest.raises(InvalidResponseError):
        responses.parse_ticket({}, asked_for=NUMBER)


def test_the_error_quotes_nothing_of_the_ticket() -> None:
    with pytest.raises(InvalidResponseError) as caught:
        responses.parse_ticket({"Data": {"CaseNumber": "John Doe"}}, asked_for=NUMBER)
    assert "John" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_number_that_lost_its_zeros_is_the_ticket_asked_for() -> None:
    assert responses.parse_ticket({"Data": {"CaseNumber": 7}}, asked_for=CaseNumber("0000007")).case_number == "0000007"


def test_a_ticket_is_read_however_deep_something_in_it_is_nested() -> None:
    body = b'{"Response": true, "Data": {"CaseNumber": "HYXTNJV", "Survey": %s}}' % (b"[" * 900 + b"]" * 900)
    assert responses.parse_ticket(responses.decipher(200, None, body), asked_for=NUMBER).case_number == NUMBER


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("1", 1),
        ("120", 120),
        (" 5 ", 5),
        ("0.5", 0.5),
        *(
            (rubbish, None)
            for rubbish in (
                *(None, "", " ", "-1", "-0", "+1", "soon", "nan", "inf", "-inf", "infinity", "1e3", "1e400", "0x10"),
                *("1_0", "1,5", "5 seconds", "5;", "٣", "1.", ".5", "1" * 7, "9" * 400, "1\n2"),
                "Fri, 31 Dec 2027 23:59:59 GMT",
            )
        ),
    ],
)
def test_retry_after_is_seconds_or_nothing(value: str | None, seconds: float | None) -> None:
    assert responses.parse_retry_after(value) == seconds


@settings(deadline=None)
@given(st.text())
def test_retry_after_is_never_a_crash_nor_a_wait_for_ever(value: str) -> None:
    seconds = responses.parse_retry_after(value)
    assert seconds is None or 0 <= seconds < 1_000_000


@settings(deadline=None)
@given(st.integers(1, 10_000), st.none() | st.floats(0, 1e6), st.floats(0, 1))
def test_the_wait_is_what_the_api_asked_for_or_a_short_one_of_our_own(
    attempt: int, retry_after_s: float | None, chance: float
) -> None:
    delay_s = responses.delay_s(attempt, retry_after_s, chance)
    assert math.isfinite(delay_s)
    if retry_after_s is None:
        assert responses.FIRST_DELAY_S / 2 <= delay_s <= responses.MAX_DELAY_S
    else:
        assert retry_after_s <= delay_s <= retry_after_s + responses.MAX_DELAY_S / 4


def test_the_wait_doubles_and_two_processes_that_met_wait_differently() -> None:
    assert [responses.delay_s(attempt, None, 1) for attempt in range(1, 7)] == [0.25, 0.5, 1, 2, 4, 4]
    assert [responses.delay_s(attempt, None, 0) for attempt in range(1, 7)] == [0.125, 0.25, 0.5, 1, 2, 2]
    assert responses.delay_s(1, 10, 0) < responses.delay_s(1, 10, 1)


@pytest.mark.parametrize(
    ("error", "read", "change"),
    [
        (NotSentError(), True, True),
        (QueueTimeoutError(), True, True),
        (BusyError(429), False, True),  # a read stays in its place and tries again there
        (BusyError(503), False, True),
        (NoResponseError(), True, False),
        (ServerError(500), True, False),
        (ServerError(502), True, False),
        (ServerError(504), True, False),
        (ServerError(501), False, False),
        (ServerError(302), False, False),
        (BadRequestError(400), False, False),
        (AuthenticationError(401), False, False),
        (TicketNotFoundError(404), False, False),
        (InvalidResponseError("not JSON"), False, False),
        (ValueError(), False, False),
    ],
    ids=repr,
)
def test_what_may_be_repeated(error: Exception, *, read: bool, change: bool) -> None:
    assert responses.is_retryable_read(error) is read
    assert responses.is_retryable_change(error) is change


def test_a_change_is_repeated_only_after_what_proves_that_nothing_was_done() -> None:
    kinds: list[SweeppeaError] = [NotSentError(), NoResponseError(), InvalidResponseError("no")]
    kinds += [_error_of(status) for status in range(300, 600)]
    assert all(error.effect is Effect.NOT_APPLIED for error in kinds if responses.is_retryable_change(error))


def _error_of(status: int) -> StatusError:
    with pytest.raises(StatusError) as caught:
        responses.decipher(status, None, b"")
    return caught.value


def test_only_a_busy_api_says_how_long_to_wait() -> None:
    assert responses.retry_after_of(BusyError(429, retry_after_s=3)) == 3
    assert responses.retry_after_of(ServerError(500, retry_after_s=3)) is None
    assert responses.retry_after_of(NoResponseError()) is None
    assert responses.retry_after_of(None) is None
