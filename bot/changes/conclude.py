"""What came of a change that was sent, from the API's answer and from what a read shows. Decisions, no I/O.

`conclude` is for the click itself, `conclude_refused` for a no that came once nobody waited, `conclude_later` for
whoever goes on, `conclude_check` for a request that is not on record.
"""

from typing import Literal

from bot.api.errors import (
    AuthenticationError,
    BusyError,
    Effect,
    QueueTimeoutError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.changes.outcome import Kind, Outcome, VerificationError
from bot.changes.request import PendingCheck
from bot.tickets import Change, Ticket

Found = Literal["open", "closed", "gone", "unknown"]
"""What a read afterwards showed; "unknown" where the ticket could not be read, or the answer did not say."""
_WANTED: dict[Change, Found] = {"delete": "gone", "resolve": "closed"}


def needs_read_back(error: BaseException | None) -> bool:
    """Where the API rejects the key a read can't tell more; and what was just read needs no second look."""
    return not isinstance(error, AuthenticationError | VerificationError)


def conclude(  # noqa: PLR0911 - one line a case
    change: Change,
    ticket: Ticket,
    error: Exception | None,
    last_try: float | None,
    found: Found,
    *,
    is_sole_attempt: bool,
) -> Outcome:
    """What came of a change that the API did not confirm. `ticket` is as it was before.

    `last_try` is None where no try can have been carried out without the API's word. `found` is what a read since
    then showed. `is_sole_attempt`: no other request here can have changed the ticket.
    """
    api_error = error if isinstance(error, SweeppeaError) else None

    def ended(kind: Kind) -> Outcome:
        return Outcome(kind=kind, ticket=ticket, error=api_error, verified=found == "open", last_try=last_try)

    answered_with_error = api_error is not None and api_error.effect is Effect.READ_BACK
    may_be_ours = last_try is not None or answered_with_error
    if not may_be_ours:
        if isinstance(error, VerificationError):
            return error.outcome
        return ended(conclude_refused(api_error, found))
    if found == _WANTED[change]:
        return ended(Kind.FOUND_DONE if is_sole_attempt else Kind.FOUND_GONE if found == "gone" else Kind.FOUND_CLOSED)
    if found == "gone":
        return ended(Kind.FOUND_GONE)
    if found == "closed":  # a closed ticket can be deleted as well
        return ended(Kind.FOUND_CLOSED if last_try is None else Kind.MAY_STILL_HAPPEN)
    if found == "unknown":
        # The API knows no such ticket any more, and an earlier try of this request was not answered.
        repeated = isinstance(error, TicketNotFoundError) and is_sole_attempt
        return ended(Kind.FOUND_DONE if repeated else Kind.UNKNOWN)
    return ended(Kind.MAY_STILL_HAPPEN if last_try is not None else Kind.API_ERROR)


def conclude_refused(error: SweeppeaError | None, found: Found) -> Kind:
    """Nothing was changed by this request; another, or another person, may have been faster."""
    if isinstance(error, AuthenticationError):
        return Kind.REJECTED_KEY
    if found == "gone":
        return Kind.NOT_FOUND
    if found == "closed":
        return Kind.FOUND_CLOSED
    if isinstance(error, TicketNotFoundError):
        return Kind.REFUSED
    return Kind.BUSY if isinstance(error, BusyError | QueueTimeoutError) else Kind.UNREACHABLE


def conclude_later(change: Change, found: Found, *, is_settled: bool, is_sole_attempt: bool) -> Kind:
    """What a later read shows of a request that was sent and of which the API said nothing.

    `is_settled`: it can't be carried out any more.
    """
    if found == _WANTED[change] and is_sole_attempt:
        return Kind.FOUND_DONE
    if found == "closed" and change == "delete" and not is_settled:
        return Kind.MAY_STILL_HAPPEN  # a closed ticket can be deleted as well
    if found == "open":
        return Kind.FOUND_OPEN if is_settled else Kind.MAY_STILL_HAPPEN
    return {"gone": Kind.FOUND_GONE, "closed": Kind.FOUND_CLOSED, "unknown": Kind.UNKNOWN}[found]


def conclude_check(check: PendingCheck, found: Found, now: float) -> Kind:
    """What *Check now* found."""
    if found == "open":
        return Kind.MAY_STILL_HAPPEN if check.may_still_happen(now) else Kind.FOUND_OPEN
    return {"gone": Kind.FOUND_GONE, "closed": Kind.FOUND_CLOSED, "unknown": Kind.UNKNOWN}[found]
