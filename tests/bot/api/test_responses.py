"""What an answer means, and how long to wait before the next try."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api import responses
from bot.api.errors import (
    AuthenticationError,
    BadRequestError,
    BusyError,
    Effect,
    GatewayError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    OutageError,
    QueueTimeoutError,
    ServerError,
    StatusError,
    SweeppeaError,
    TicketNotFoundError,
    TurnedAwayError,
)
from bot.tickets import CaseNumber
from tests.bot.api.calls import JSON, envelope

NUMBER = CaseNumber("HYXTNJV")


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
        (b'{"Response": false, "Message": "  ", "Code": 404}', None),
        (b'{"Response": false, "Message": ["No"]}', None),
        (b'{"Response": false, "Message": "No"}', "No"),
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
    ids=lambda value: str(value)[:40].replace("\\", ""),
)
def test_a_200_that_cannot_be_understood_is_no_success(body: bytes, message: str | None) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        responses.decipher(200, None, body)
    assert caught.value.message == message
    assert caught.value.effect is (Effect.READ_BACK if b"Code" in body else Effect.UNKNOWN)


def test_an_endless_message_is_cut() -> None:
    with pytest.raises(StatusError) as caught:
        responses.decipher(500, None, envelope(500, "too bad " * 2_000))
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


@pytest.mark.parametrize(
    ("error", "is_retryable"),
    [
        (NotSentError(), True),
        (QueueTimeoutError(), False),
        (TurnedAwayError(ahead=1, wait_s=9), False),
        (OutageError(lasted_s=40), False),
        (BusyError(429), False),  # a read stays in its place and tries again there
        (BusyError(503), False),
        (GatewayError(429), False),
        (GatewayError(503), False),
        (NoResponseError(), True),
        (ServerError(500), True),
        (ServerError(502), True),
        (ServerError(504), True),
        (GatewayError(500), True),
        (GatewayError(502), True),
        (GatewayError(504), True),
        (ServerError(501), False),
        (ServerError(302), False),
        (BadRequestError(400), False),
        (AuthenticationError(401), False),
        (TicketNotFoundError(404), False),
        (GatewayError(403), False),
        (GatewayError(404), False),
        (InvalidResponseError("not JSON"), False),
        (ValueError(), False),
    ],
    ids=repr,
)
def test_after_what_a_read_is_tried_again(error: Exception, *, is_retryable: bool) -> None:
    assert responses.is_retryable_read(error) is is_retryable


@pytest.mark.parametrize("kind", [BusyError, GatewayError])
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_endpoint_says_how_long_to_wait_whoever_says_so(kind: type[StatusError], status: int) -> None:
    assert responses.is_busy(kind(status))
    assert responses.retry_after_of(kind(status, retry_after_s=3)) == 3


@pytest.mark.parametrize("error", [ServerError(500, retry_after_s=3), GatewayError(502), NoResponseError()], ids=repr)
def test_only_a_busy_endpoint_says_how_long_to_wait(error: SweeppeaError) -> None:
    assert not responses.is_busy(error)
    assert responses.retry_after_of(error) is None


@pytest.mark.parametrize(
    ("error", "is_another"),
    [
        (BusyError(503), True),
        (GatewayError(503), True),
        (BusyError(503, retry_after_s=3), False),
        (BusyError(429), False),
        (GatewayError(502), False),
        (ServerError(500), False),
        (NoResponseError(), False),
    ],
    ids=repr,
)
def test_an_endpoint_serves_another_request_where_it_says_so_and_not_for_how_long(
    error: SweeppeaError, *, is_another: bool
) -> None:
    assert responses.serves_another(error) is is_another


def test_who_is_turned_away_hears_how_many_are_ahead_and_for_how_long() -> None:
    turned_away = TurnedAwayError(ahead=3, wait_s=12.4)
    assert (turned_away.ahead, turned_away.wait_s) == (3, 12.4)
    assert str(turned_away) == "3 requests are ahead, for about 12 s"
    outage = OutageError(lasted_s=40.2)
    assert outage.lasted_s == 40.2
    assert str(outage) == "the API has answered no read for 40 s"


SUCCESS = b'{"Response": true, "Message": "No", "Code": 200}'


@pytest.mark.parametrize(("status", "is_success"), [(199, False), (200, True), (299, True), (300, False)])
def test_a_success_is_one_only_under_a_status_of_success(status: int, *, is_success: bool) -> None:
    if is_success:
        assert responses.decipher(status, None, SUCCESS)["Response"] is True
    else:
        with pytest.raises(GatewayError):
            responses.decipher(status, None, SUCCESS)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (envelope(503), BusyError),
        (b'{"Response": false, "Message": "Too many", "Code": 429}', GatewayError),
        (b'{"Response": false, "Message": "Too many", "Code": "503"}', GatewayError),
        (b'{"Response": false, "Message": null, "Code": 503}', GatewayError),
        (b'{"Response": true, "Message": "Too many", "Code": 503}', GatewayError),
        (b'{"Message": "Too many", "Code": 503}', GatewayError),
        (b"Service Unavailable", GatewayError),
    ],
)
def test_only_the_whole_envelope_is_the_apis_word_and_both_say_how_long_to_wait(
    body: bytes, kind: type[StatusError]
) -> None:
    with pytest.raises(StatusError) as caught:
        responses.decipher(503, "7", body)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.retry_after_s) == (503, 7)


def test_what_the_api_says_is_kept_without_our_secrets() -> None:
    said = b'{"Response": false, "Message": " No such key: k3y-of-ours ", "Code": %d}'
    with pytest.raises(StatusError) as caught:
        responses.decipher(401, None, said % 401, ["k3y-of-ours"])
    with pytest.raises(InvalidResponseError, match=r"^the answer does not say Response: true$") as misfit:
        responses.decipher(200, None, said % 401, ["k3y-of-ours"])
    for message in (caught.value.message, misfit.value.message):
        assert message
        assert message.startswith("No such key:")
        assert "k3y-of-ours" not in message


def test_an_answer_about_another_ticket_is_the_apis_word_and_says_nothing_of_a_change() -> None:
    for data, reason in (({"CaseNumber": "2531581"}, "another ticket"), (None, "no usable ticket")):
        with pytest.raises(InvalidResponseError, match=reason) as caught:
            responses.parse_ticket({"Data": data}, asked_for=NUMBER)
        assert caught.value.effect is Effect.READ_BACK
        assert str(caught.value) in {"no usable ticket in the answer", "the answer is about another ticket"}


def test_json_that_is_nested_too_deeply_is_said_to_be() -> None:
    with pytest.raises(ValueError, match=r"^nested too deeply$"):
        responses.parse_json(b"[" * 100_000)


@pytest.mark.parametrize(
    ("error", "is_answer"),
    [
        (BadRequestError(400), True),
        (TicketNotFoundError(404), True),
        (AuthenticationError(401), True),
        (InvalidResponseError("cut"), True),
        (ServerError(501), True),
        (ServerError(500), False),
        (ServerError(502), False),
        (BusyError(429), False),
        (BusyError(503), False),
        (GatewayError(404), False),
        (NoResponseError(), False),
        (NotSentError(), False),
        (ValueError(), False),
    ],
    ids=repr,
)
def test_what_counts_as_an_answer_of_an_api_that_serves(error: Exception, *, is_answer: bool) -> None:
    assert responses.is_answer(error) is is_answer


def test_an_errors_own_words_name_the_status_and_whose_it_is() -> None:
    assert str(ServerError(500)) == "HTTP 500"
    assert str(GatewayError(502)) == "HTTP 502 from a gateway"
    assert str(InvalidResponseError("cut")) == "cut"


def test_an_answer_that_cannot_be_understood_proves_nothing_unless_it_is_the_apis() -> None:
    assert InvalidResponseError("cut").effect is Effect.UNKNOWN
    assert InvalidResponseError("another ticket", is_api_error=True).effect is Effect.READ_BACK
