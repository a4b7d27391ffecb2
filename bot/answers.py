"""What an answer of the ticket API means, and how long to wait before the next try: decisions, no I/O.

Facts: the API's reference pages, and what the vendor says of every endpoint: success is `{"Response": true, …}`,
failure `{"Response": false, "Message": …, "Code": …}`; 503 while another request to the endpoint is being served,
429 when the rate is exceeded; neither was carried out.
"""

import re
from collections.abc import Mapping

from bot.errors import BusyError, NoAnswerError, NotSentError, ServerError, UnusableAnswerError, from_status
from bot.tickets import CaseNumber, Ticket, parse_json

FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 4.0
_MESSAGE_LENGTH = 300
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")  # a million seconds is no wait but a fault


def decipher(status: int, retry_after: str | None, body: bytes) -> Mapping[str, object]:
    """The answer's object. Raises StatusError or UnusableAnswerError."""
    ok = 200 <= status < 300  # noqa: PLR2004 - the success range of HTTP
    try:
        answer = parse_json(body)
    except ValueError as error:
        if ok:
            raise UnusableAnswerError("the answer is not JSON") from error
        answer = None
    message = _message(answer)
    if not ok:
        by_api = isinstance(answer, Mapping) and answer.get("Response") is False
        raise from_status(status, by_api=by_api, message=message, retry_after_s=parse_retry_after(retry_after))
    if not isinstance(answer, Mapping):
        raise UnusableAnswerError("the answer is not an object")
    if answer.get("Response") is not True:
        raise UnusableAnswerError("the answer does not say Response: true", message=message)
    return answer


def ticket_in(answer: Mapping[str, object], *, asked_for: CaseNumber) -> Ticket:
    """Raises UnusableAnswerError where there is no usable ticket, or another than the one asked for."""
    try:
        ticket = Ticket.from_answer(answer.get("Data"))
    except ValueError:
        # `from None`: the cause would quote the ticket
        raise UnusableAnswerError("no usable ticket in the answer") from None
    if ticket.case_number != asked_for:
        raise UnusableAnswerError("the answer is about another ticket")
    return ticket


def parse_retry_after(value: str | None) -> float | None:
    """Seconds, None for anything else; a date is not expected from this API and is left to our own back-off."""
    return float(value) if value and _SECONDS.fullmatch(value.strip()) else None


def delay_s(attempt: int, retry_after_s: float | None, chance: float) -> float:
    """How long to wait after the given attempt, from 1: what the API asked for, else doubling, half of it by chance.

    `chance` from 0 to 1. Two processes on one key that met would otherwise meet again.
    """
    backoff = min(FIRST_DELAY_S * 2.0 ** min(attempt - 1, 10), LONGEST_DELAY_S) * (0.5 + chance / 2)
    return backoff if retry_after_s is None else retry_after_s + backoff / 4


def is_busy(error: BaseException) -> bool:
    return isinstance(error, BusyError)


def read_may_be_repeated(error: BaseException) -> bool:
    """After what a read is worth another try, given time. A busy endpoint is waited for without leaving the queue."""
    passing = isinstance(error, ServerError) and error.status in {500, 502, 504}
    return passing or isinstance(error, NoAnswerError | NotSentError)


def change_may_be_repeated(error: BaseException) -> bool:
    """A delete or resolve is repeated only after what proves that nothing was carried out."""
    return isinstance(error, BusyError | NotSentError)


def retry_after_of(error: BaseException | None) -> float | None:
    return error.retry_after_s if isinstance(error, BusyError) else None


def _message(answer: object) -> str | None:
    message = answer.get("Message") if isinstance(answer, Mapping) else None
    return message[:_MESSAGE_LENGTH] if isinstance(message, str) and message.strip() else None
