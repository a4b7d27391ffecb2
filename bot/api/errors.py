"""What can go wrong between this bot and the ticket API.

    SweeppeaError
    ├── NotSentError           the request never left: nothing was carried out
    │   └── QueueTimeoutError  … because the deadline passed while others were being served
    ├── NoResponseError          it was sent and no answer came: it may have been carried out
    ├── InvalidResponseError    an answer that can't be understood, or not the one asked for
    └── StatusError            an answer that says no
        ├── BadRequestError        400: the request was malformed, our bug
        ├── AuthenticationError        401 and 403: the operator's problem
        ├── TicketNotFoundError    404: the person's, most often
        ├── BusyError              429 and 503: not carried out, may be repeated
        └── ServerError            any other: the ticket system's problem
            └── GatewayNotFoundError    404, not in the API's words: a gateway's, says nothing of the ticket

Each says by its `effect` what a delete or resolve that ended so has done, which is what decides whether it may be
repeated and what a person is told.
"""

from enum import Enum
from typing import ClassVar


class Effect(Enum):
    """What an error proves about a request that would have changed something."""

    NOT_APPLIED = "nothing was carried out"
    READ_BACK = "answered, so over: what it did shows when the ticket is read again"
    UNKNOWN = "it may have been carried out, or may yet be"


class SweeppeaError(Exception):
    effect: ClassVar[Effect] = Effect.UNKNOWN


class NotSentError(SweeppeaError):
    effect = Effect.NOT_APPLIED


class QueueTimeoutError(NotSentError):
    """The deadline passed before it was this request's turn."""


class NoResponseError(SweeppeaError):
    """A time-out, a reset or a close after the request was, or may have been, sent."""


class InvalidResponseError(SweeppeaError):
    """Not JSON, `Response: false` under a 200, no usable ticket in it, or another ticket than the one asked for.

    `message` is the API's own `Message`, without secrets and contact data, not escaped; None if there was none.
    """

    effect = Effect.READ_BACK

    def __init__(self, reason: str, *, message: str | None = None) -> None:
        super().__init__(reason)
        self.message = message


class StatusError(SweeppeaError):
    """An HTTP status other than 200. `message` as in InvalidResponseError; `retry_after_s` where the API sent one."""

    effect = Effect.READ_BACK

    def __init__(self, status: int, *, message: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


class BadRequestError(StatusError):
    pass


class AuthenticationError(StatusError):
    effect = Effect.NOT_APPLIED


class TicketNotFoundError(StatusError):
    effect = Effect.NOT_APPLIED


class BusyError(StatusError):
    effect = Effect.NOT_APPLIED


class ServerError(StatusError):
    pass


class GatewayNotFoundError(ServerError):
    effect = Effect.NOT_APPLIED


def from_status(
    status: int, *, is_api_error: bool, message: str | None = None, retry_after_s: float | None = None
) -> StatusError:
    """`is_api_error`: in the API's own words."""
    kind: type[StatusError] = {
        400: BadRequestError,
        401: AuthenticationError,
        403: AuthenticationError,
        404: TicketNotFoundError if is_api_error else GatewayNotFoundError,
        429: BusyError,
        503: BusyError,
    }.get(status, ServerError)
    return kind(status, message=message, retry_after_s=retry_after_s)
