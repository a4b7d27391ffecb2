"""What is the API's own word, and what is anybody's."""

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
    ServerError,
    StatusError,
    SweeppeaError,
    TicketNotFoundError,
)
from tests.bot.api.calls import JSON, envelope


@pytest.mark.parametrize(
    ("status", "kind", "proves"),
    [
        (400, BadRequestError, Effect.READ_BACK),
        (401, AuthenticationError, Effect.NOT_APPLIED),
        (403, AuthenticationError, Effect.NOT_APPLIED),
        (404, TicketNotFoundError, Effect.NOT_APPLIED),
        (429, BusyError, Effect.NOT_APPLIED),
        (503, BusyError, Effect.NOT_APPLIED),
        *((status, ServerError, Effect.READ_BACK) for status in (199, 301, 304, 308, 402, 405, 409, 418, 422, 451)),
        *((status, ServerError, Effect.READ_BACK) for status in (500, 501, 502, 504, 520, 599)),
    ],
)
def test_every_status_in_the_apis_envelope_has_its_own_error(
    status: int, kind: type[StatusError], proves: Effect
) -> None:
    with pytest.raises(StatusError) as caught:
        responses.decipher(status, "7", envelope(status))
    assert type(caught.value) is kind
    assert (caught.value.effect, caught.value.is_api_error) == (proves, True)
    assert (caught.value.status, caught.value.retry_after_s, caught.value.message) == (status, 7, "Why")


def is_envelope(status: int, answer: object) -> bool:
    """As the API's reference pages have it, in words of the test's own."""
    if not isinstance(answer, dict):
        return False
    if answer.get("Response") is True:
        return 200 <= status < 300
    is_failure = answer.get("Response") is False and isinstance(answer.get("Message"), str)
    code = answer.get("Code")
    return is_failure and isinstance(code, int) and not isinstance(code, bool) and (status < 300 or code == status)


ALMOST = st.fixed_dictionaries(
    {},
    optional={
        "Response": st.sampled_from([True, False, None, "true", "false", 0, 1, []]),
        "Message": st.none() | st.just("Why") | st.text(max_size=3) | JSON,
        "Code": st.sampled_from([401, 403, 404, 429, 503, 500, 200, "404", 404.0, None, True]),
        "message": st.just("Service Unavailable"),
    },
)


@settings(max_examples=500)
@given(
    st.sampled_from([200, 201, 204, 206, 299, 302, 400, 401, 403, 404, 429, 500, 502, 503, 504]),
    ALMOST.map(lambda answer: json.dumps(answer).encode())
    | JSON.map(lambda answer: json.dumps(answer).encode())
    | st.sampled_from([b"", b"<h1>404</h1>", b"[1]", b"null"])
    | st.binary(max_size=20),
)
def test_no_status_is_the_apis_word_outside_of_its_envelope(status: int, body: bytes) -> None:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    error = error_of(status, body)
    if error is None:
        assert answer["Response"] is True
    elif isinstance(error, GatewayError):
        assert (error.status, error.is_api_error, error.effect) == (status, False, Effect.UNKNOWN)
        assert (error.message, error.retry_after_s) == (None, 7)  # what a stranger says is not quoted
    elif isinstance(error, StatusError):
        assert (error.status, error.is_api_error) == (status, True)
    else:
        assert 200 <= status < 300
        assert (error.effect is Effect.READ_BACK) is is_envelope(status, answer)
    is_believed = error is None or (isinstance(error, StatusError) and error.is_api_error)
    assert is_believed is (is_envelope(status, answer) and not isinstance(error, InvalidResponseError))


def error_of(status: int, body: bytes) -> SweeppeaError | None:
    try:
        responses.decipher(status, "7", body)
    except SweeppeaError as error:
        return error
    return None
