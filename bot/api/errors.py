"""What can go wrong between this bot and the ticket API.

    SweeppeaError
    ├── NotSentError            the request never left: nothing was carried out
    │   ├── QueueTimeoutError       … because others are served until the deadline
    │   │   └── TurnedAwayError         … which was known at once, so that it never waited
    │   └── OutageError             … because the API answers nobody at present
    ├── NoResponseError         it was sent and no answer came: it may have been carried out, or may yet be
    ├── InvalidResponseError    an answer that can't be understood, or not the one asked for
    └── StatusError             an answer that says no, in the API's own envelope but for the last
        ├── BadRequestError         400: the request was malformed, our bug
        ├── AuthenticationError     401 and 403: the operator's problem
        ├── TicketNotFoundError     404: the person's, most often
        ├── BusyError               429 and 503: not carried out, may be repeated
        ├── ServerError             any other: the ticket system's problem
        └── GatewayError            any status without the envelope: the ticket system could not be reached

The envelope is `{"Response": false, "Message": …, "Code": …}`. What stands between this bot and the API answers with
pages of its own, also while the API goes on working on the request, so that such an answer proves nothing.

Each error says by its `effect` what a change that ended so has done, which decides whether the change may be repeated
and what a person reads.
"""

from enum import Enum
from typing import ClassVar


class Effect(Enum):
    """What an error proves about a request that would have changed something."""

    NOT_APPLIED = "nothing was carried out"
    READ_BACK = "the API answered, so the request is over: what it did shows when the ticket is read again"
    UNKNOWN = "it may have been carried out, or may yet be"


class SweeppeaError(Exception):
    effect: Effect = Effect.UNKNOWN


class NotSentError(SweeppeaError):
    effect = Effect.NOT_APPLIED


class QueueTimeoutError(NotSentError):
    """The turn of this request did not come, or could not come, in time."""


class TurnedAwayError(QueueTimeoutError):
    """`ahead` requests would have been served first; in `wait_s` seconds about they are all answered."""

    def __init__(self, *, ahead: int, wait_s: float) -> None:
        super().__init__(f"{ahead} requests are ahead, for about {wait_s:.0f} s")
        self.ahead = ahead
        self.wait_s = wait_s


class OutageError(NotSentError):
    """No read was answered for `lasted_s` seconds; the client tries again by itself."""

    def __init__(self, *, lasted_s: float) -> None:
        super().__init__(f"the API has answered no read for {lasted_s:.0f} s")
        self.lasted_s = lasted_s


class NoResponseError(SweeppeaError):
    """A time-out, a reset or a close after the request was, or may have been, sent; or a gateway that gave it up."""


class InvalidResponseError(SweeppeaError):
    """No HTTP, no envelope under a 2xx, `Response: false` under a 2xx, no usable ticket, or another ticket.

    `message` is the API's own `Message`, without secrets and contact data, not escaped; None if there was none.
    `is_api_error` as in StatusError.
    """

    def __init__(self, reason: str, *, message: str | None = None, is_api_error: bool = False) -> None:
        super().__init__(reason)
        self.message = message
        self.effect = Effect.READ_BACK if is_api_error else Effect.UNKNOWN


class StatusError(SweeppeaError):
    """An HTTP status other than 2xx.

    `message` as in InvalidResponseError; `retry_after_s` where the answer had one. `is_api_error`: the answer was in
    the API's own envelope.
    """

    effect = Effect.READ_BACK
    is_api_error: ClassVar[bool] = True

    def __init__(self, status: int, *, message: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(f"HTTP {status}" if self.is_api_error else f"HTTP {status} from a gateway")
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


class GatewayError(StatusError):
    effect = Effect.UNKNOWN
    is_api_error = False


_BY_STATUS: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: TicketNotFoundError,
    429: BusyError,
    503: BusyError,
}


def from_status(status: int, *, message: str | None = None, retry_after_s: float | None = None) -> StatusError:
    """For a status in the API's own envelope."""
    return _BY_STATUS.get(status, ServerError)(status, message=message, retry_after_s=retry_after_s)


def is_own_no(error: Exception | None) -> bool:
    """Whether the API itself said that nothing was carried out."""
    return isinstance(error, StatusError) and error.effect is Effect.NOT_APPLIED
