"""What an answer of the ticket API means, and which error is worth another try: decisions, no I/O.

Facts: the API's reference pages, and what the vendor says of every endpoint: success is `{"Response": true, …}`,
failure `{"Response": false, "Message": …, "Code": …}`; 503 while another request to the endpoint is being served,
429 when the rate is exceeded; neither was carried out.
"""

import json
import re
from collections.abc import Iterable, Mapping

from bot.api.errors import (
    BusyError,
    GatewayError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    OutageError,
    QueueTimeoutError,
    StatusError,
    from_status,
)
from bot.api.redact import redact, redact_message
from bot.tickets import CaseNumber, Ticket

_BUSY = {429, 503}
_PASSING = {500, 502, 504}
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")  # a million seconds is no wait but a fault


def decipher(
    status: int, retry_after: str | None, body: bytes, own_secrets: Iterable[str] = ()
) -> Mapping[str, object]:
    """The answer's object. Raises StatusError or InvalidResponseError, whose message has no `own_secrets` in it.

    A status, any status, is the API's word only in the API's envelope; without it the answer is a gateway's.
    """
    answer = _object(body)
    is_ok = 200 <= status < 300  # noqa: PLR2004 - the success range of HTTP
    if is_ok and answer.get("Response") is True:
        return answer
    message = answer.get("Message")
    said = redact_message(message, own_secrets).strip() or None if isinstance(message, str) else None
    is_failure = answer.get("Response") is False and isinstance(message, str) and type(answer.get("Code")) is int
    if is_ok:
        raise InvalidResponseError("the answer does not say Response: true", message=said, is_api_error=is_failure)
    retry_after_s = parse_retry_after(retry_after)
    if is_failure and answer["Code"] == status:
        raise from_status(status, message=said, retry_after_s=retry_after_s)
    raise GatewayError(status, retry_after_s=retry_after_s)


def parse_json(body: bytes) -> object:
    """JSON of any depth and content. Raises ValueError where it isn't JSON."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _object(body: bytes) -> Mapping[str, object]:
    """Empty where the body is no JSON object."""
    try:
        answer = parse_json(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, Mapping) else {}


def parse_ticket(answer: Mapping[str, object], *, asked_for: CaseNumber) -> Ticket:
    """Raises InvalidResponseError where there is no usable ticket, or another than the one asked for."""
    try:
        ticket = Ticket.from_answer(redact(answer.get("Data")))
    except ValueError:
        # `from None`: the cause would quote the ticket
        raise InvalidResponseError("no usable ticket in the answer", is_api_error=True) from None
    if ticket.case_number != asked_for:
        raise InvalidResponseError("the answer is about another ticket", is_api_error=True)
    return ticket


def parse_retry_after(value: str | None) -> float | None:
    """Seconds, None for anything else; a date is not expected from this API and is left to our own back-off."""
    return float(value) if value and _SECONDS.fullmatch(value.strip()) else None


def is_busy(error: Exception) -> bool:
    """Whether the endpoint serves another request, or too many came. Most likely it is the gateway that says so."""
    return isinstance(error, BusyError | GatewayError) and error.status in _BUSY


def serves_another(error: Exception) -> bool:
    """Whether the endpoint serves another request at this moment, and does not say for how long."""
    is_throttled = isinstance(error, BusyError | GatewayError) and error.status == 503  # noqa: PLR2004 - HTTP's
    return is_throttled and retry_after_of(error) is None


def is_retryable_read(error: Exception) -> bool:
    """After what a read is worth another try, given time. A busy endpoint is waited for without leaving the queue."""
    if isinstance(error, QueueTimeoutError | OutageError):
        return False
    is_passing = isinstance(error, StatusError) and error.status in _PASSING
    return is_passing or isinstance(error, NoResponseError | NotSentError)


def is_answer(error: Exception) -> bool:
    """Whether the API served the request, be it with a no."""
    return isinstance(error, InvalidResponseError) or (isinstance(error, StatusError) and not _is_failure(error))


def _is_failure(error: StatusError) -> bool:
    return error.status in _BUSY | _PASSING or not error.is_api_error


def retry_after_of(error: Exception) -> float | None:
    return error.retry_after_s if isinstance(error, StatusError) and is_busy(error) else None
