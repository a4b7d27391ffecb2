"""What can go wrong between this bot and the ticket API.

    SweeppeaError
    ├── NotSentError           the request never left: nothing was carried out
    │   └── QueueTimeoutError  … because the deadline passed while others were being served
    ├── NoAnswerError          it was sent and no answer came: it may have been carried out
    ├── UnusableAnswerError    an answer that can't be understood, or not the one asked for
    └── StatusError            an answer that says no
        ├── BadRequestError        400: the request was malformed, our bug
        ├── KeyRefusedError        401 and 403: the operator's problem
        ├── TicketNotFoundError    404: the person's, most often
        ├── BusyError              429 and 503: not carried out, may be repeated
        └── ServerError            any other: the ticket system's problem
            └── UnknownPageError       404, but not in the API's words: a gateway's, which says nothing of the ticket

Each says by its `proves` what a delete or resolve that ended so has done, which is what decides whether it may be
repeated and what a person is told.
"""

from enum import Enum
from typing import ClassVar


class Proves(Enum):
    """What an error proves about a request that would have changed something."""

    NOTHING_DONE = "nothing was carried out"
    ANSWERED = "answered, so over: what it did shows when the ticket is read again"
    NOTHING = "it may have been carried out, or may yet be"


class SweeppeaError(Exception):
    proves: ClassVar[Proves] = Proves.NOTHING


class NotSentError(SweeppeaError):
    proves = Proves.NOTHING_DONE


class QueueTimeoutError(NotSentError):
    """The deadline passed before it was this request's turn."""


class NoAnswerError(SweeppeaError):
    """A time-out, a reset or a close after the request was, or may have been, sent."""


class UnusableAnswerError(SweeppeaError):
    """Not JSON, `Response: false` under a 200, no usable ticket in it, or another ticket than the one asked for.

    `message` is the API's own `Message`, uncleaned; None if there was none.
    """

    proves = Proves.ANSWERED

    def __init__(self, reason: str, *, message: str | None = None) -> None:
        super().__init__(reason)
        self.message = message


class StatusError(SweeppeaError):
    """An HTTP status other than 200. `message` as in UnusableAnswerError; `retry_after_s` where the API sent one."""

    proves = Proves.ANSWERED

    def __init__(self, status: int, *, message: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


class BadRequestError(StatusError):
    pass


class KeyRefusedError(StatusError):
    proves = Proves.NOTHING_DONE


class TicketNotFoundError(StatusError):
    proves = Proves.NOTHING_DONE


class BusyError(StatusError):
    proves = Proves.NOTHING_DONE


class ServerError(StatusError):
    pass


class UnknownPageError(ServerError):
    proves = Proves.NOTHING_DONE


def from_status(
    status: int, *, by_api: bool, message: str | None = None, retry_after_s: float | None = None
) -> StatusError:
    """`by_api`: in the API's own words."""
    kind: type[StatusError] = {
        400: BadRequestError,
        401: KeyRefusedError,
        403: KeyRefusedError,
        404: TicketNotFoundError if by_api else UnknownPageError,
        429: BusyError,
        503: BusyError,
    }.get(status, ServerError)
    return kind(status, message=message, retry_after_s=retry_after_s)
