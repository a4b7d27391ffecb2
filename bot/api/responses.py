"""What an answer of the ticket API means, and how long to wait before the next try: decisions, no I/O.

Facts: the API's reference pages, and what the vendor says of every endpoint: success is `{"Response": true, …}`,
failure `{"Response": false, "Message": …, "Code": …}`; 503 while another request to the endpoint is being served,
429 when the rate is exceeded; neither was carried out.
"""

import json
import re
from collections.abc import Iterable, Mapping

from bot.api.errors import BusyError, InvalidResponseError, NoResponseError, NotSentError, ServerError, from_status
from bot.api.redact import redact, redact_message
from bot.tickets import CaseNumber, Ticket

FIRST_DELAY_S = 0.25
MAX_DELAY_S = 4.0
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")  # a million seconds is no wait but a fault


def decipher(
    status: int, retry_after: str | None, body: bytes, own_secrets: Iterable[str] = ()
) -> Mapping[str, object]:
    """The answer's object. Raises StatusError or InvalidResponseError, whose message has no `own_secrets` in it."""
    ok = 200 <= status < 300  # noqa: PLR2004 - the success range of HTTP
    try:
        answer = parse_json(body)
    except ValueError as error:
        if ok:
            raise InvalidResponseError("the answer is not JSON") from error
        answer = None
    message = _message(answer, own_secrets)
    if not ok:
        is_api_error = isinstance(answer, Mapping) and answer.get("Response") is False
        raise from_status(
            status, is_api_error=is_api_error, message=message, retry_after_s=parse_retry_after(retry_after)
        )
    if not isinstance(answer, Mapping):
        raise InvalidResponseError("the answer is not an object")
    if answer.get("Response") is not True:
        raise InvalidResponseError("the answer does not say Response: true", message=message)
    return answer


def parse_json(body: bytes) -> object:
    """JSON of any depth and content. Raises ValueError where it isn't JSON."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def parse_ticket(answer: Mapping[str, object], *, asked_for: CaseNumber) -> Ticket:
    """Raises InvalidResponseError where there is no usable ticket, or another than the one asked for."""
    try:
        ticket = Ticket.from_answer(redact(answer.get("Data")))
    except ValueError:
        # `from None`: the cause would quote the ticket
        raise InvalidResponseError("no usable ticket in the answer") from None
    if ticket.case_number != asked_for:
        raise InvalidResponseError("the answer is about another ticket")
    return ticket


def parse_retry_after(value: str | None) -> float | None:
    """Seconds, None for anything else; a date is not expected from this API and is left to our own back-off."""
    return float(value) if value and _SECONDS.fullmatch(value.strip()) else None


def delay_s(attempt: int, retry_after_s: float | None, chance: float) -> float:
    """How long to wait after the given attempt, from 1: what the API asked for, else doubling, half of it by chance.

    `chance` from 0 to 1. Two processes on one key that met would otherwise meet again.
    """
    backoff = min(FIRST_DELAY_S * 2.0 ** min(attempt - 1, 10), MAX_DELAY_S) * (0.5 + chance / 2)
    return backoff if retry_after_s is None else retry_after_s + backoff / 4


def is_busy(error: BaseException) -> bool:
    return isinstance(error, BusyError)


def is_retryable_read(error: BaseException) -> bool:
    """After what a read is worth another try, given time. A busy endpoint is waited for without leaving the queue."""
    passing = isinstance(error, ServerError) and error.status in {500, 502, 504}
    return passing or isinstance(error, NoResponseError | NotSentError)


def is_retryable_change(error: BaseException) -> bool:
    """A delete or resolve is repeated only after what proves that nothing was carried out."""
    return isinstance(error, BusyError | NotSentError)


def retry_after_of(error: BaseException | None) -> float | None:
    return error.retry_after_s if isinstance(error, BusyError) else None


def _message(answer: object, own_secrets: Iterable[str]) -> str | None:
    message = answer.get("Message") if isinstance(answer, Mapping) else None
    return (redact_message(message, own_secrets).strip() or None) if isinstance(message, str) else None
