"""What can come of a request, and what each outcome means for the record and for the request. Decisions, no I/O.

`decide` is what a click on *Delete* or *Resolve instead* leads to once the ticket was read; `conclude` what came of the
call, and `conclude_check` of *Check now*. Words are chosen in bot.messages, from the outcome alone.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, NamedTuple

from bot.api.errors import (
    AuthenticationError,
    BusyError,
    Effect,
    QueueTimeoutError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.audit import Event
from bot.changes.request import ChangeRequest, PendingCheck
from bot.changes.snapshot import Difference, differences
from bot.tickets import Change, Ticket

State = Literal["working", "deleted", "resolved", "cancelled", "expired", "closed"]
"""Of a request; None where its buttons work as before."""


class Standing(NamedTuple):
    """How a request stands: who brought it there, and when, in seconds since the epoch."""

    state: State
    user_id: str
    at: int


Found = Literal["open", "closed", "gone", "unknown"]
"""What a read afterwards showed; "unknown" where the ticket could not be read, or the answer did not say."""


class Kind(Enum):
    """Each in one sentence; the numbers say nothing."""

    DONE = auto()
    """The API confirmed it to a try of this request."""
    FOUND_DONE = auto()
    """The API never confirmed it; a read shows it, and most likely it was this request."""
    CANCELLED = auto()
    EXPIRED = auto()
    NOT_OPEN = auto()
    """The ticket was closed, or the API did not say, when it was read."""
    NOT_FOUND = auto()
    """The API's own 404 when it was read, before anything of this request can have been carried out."""
    CHANGED = auto()
    """The ticket is not as the request showed it; a new request takes its place."""
    NOT_READ = auto()
    """The ticket could not be read at the click."""
    NOT_UPDATABLE = auto()
    """The buttons could not be taken away, so nothing was sent."""
    NOT_RECORDED = auto()
    """The audit line could not be written, so nothing was sent."""
    REJECTED_KEY = auto()
    REFUSED = auto()
    """The API's own 404 on the change."""
    BUSY = auto()
    """Every try met the API's own 429 or 503, or its turn did not come in time."""
    UNREACHABLE = auto()
    """No try was sent."""
    NOT_SAVED = auto()
    """The database went away after the buttons went, so nothing was sent."""
    INTERRUPTED = auto()
    """Whoever worked on it stopped after the buttons went, and before anything was sent."""
    API_ERROR = auto()
    """The API answered with an error of its own, and a read shows the ticket open."""
    MAY_STILL_HAPPEN = auto()
    """No word of the API; a read shows the ticket open, but a try may yet be carried out."""
    UNKNOWN = auto()
    """No word of the API, and the ticket could not be read."""
    FOUND_GONE = auto()
    """A read can't find it; whose request it was is not known."""
    FOUND_CLOSED = auto()
    FOUND_OPEN = auto()
    """A read shows it open, after the last moment at which a try could be carried out."""


class Meaning(NamedTuple):
    """For the audit, and for the request: see Event and State."""

    event: Event
    state: State | None
    audit: str


_MEANING = {
    Kind.CANCELLED: Meaning("cancelled", "cancelled", "cancelled"),
    Kind.EXPIRED: Meaning("expired", "expired", "clicked too late"),
    Kind.NOT_OPEN: Meaning("failed", "closed", "the ticket is not open"),
    Kind.NOT_FOUND: Meaning("failed", "closed", "the ticket can't be found any more"),
    Kind.CHANGED: Meaning("failed", "closed", "the ticket changed"),
    Kind.NOT_READ: Meaning("failed", None, "the ticket could not be read"),
    Kind.NOT_UPDATABLE: Meaning("failed", None, "the buttons could not be taken away"),
    Kind.NOT_RECORDED: Meaning("failed", None, "the confirmation could not be recorded"),
    Kind.REJECTED_KEY: Meaning("failed", "closed", "the API key was rejected"),
    Kind.REFUSED: Meaning("failed", "closed", "refused by the API"),
    Kind.BUSY: Meaning("failed", "closed", "the API is busy"),
    Kind.UNREACHABLE: Meaning("failed", "closed", "the API could not be reached"),
    Kind.NOT_SAVED: Meaning("failed", "closed", "the ledger could not be written"),
    Kind.INTERRUPTED: Meaning("failed", "closed", "interrupted before anything was sent"),
    Kind.API_ERROR: Meaning("failed", "closed", "the API answered with an error"),
    Kind.MAY_STILL_HAPPEN: Meaning("unclear", "closed", "no answer; may still happen"),
    Kind.UNKNOWN: Meaning("unclear", "closed", "no answer; not known"),
    Kind.FOUND_GONE: Meaning("unclear", "closed", "no answer; can't be found any more"),
    Kind.FOUND_CLOSED: Meaning("failed", "closed", "found closed"),
    Kind.FOUND_OPEN: Meaning("failed", "closed", "found open"),
}
_DONE: dict[Change, Meaning] = {
    "delete": Meaning("deleted", "deleted", "confirmed by the API"),
    "resolve": Meaning("resolved", "resolved", "confirmed by the API"),
}
_FOUND_DONE: dict[Change, Meaning] = {
    "delete": Meaning("found deleted", "closed", "never confirmed; most likely this request"),
    "resolve": Meaning("found resolved", "closed", "never confirmed; most likely this request"),
}
_GONE = {Kind.DONE, Kind.FOUND_DONE, Kind.FOUND_GONE}
UNCLEAR = {Kind.MAY_STILL_HAPPEN, Kind.UNKNOWN, Kind.FOUND_OPEN}
_WANTED: dict[Change, Found] = {"delete": "gone", "resolve": "closed"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A kind with its data. `ticket` is as it was last read; `error` what the last try met.

    `verified`: after the last try a read showed the ticket open. `last_try` is the last sign of life of a try whose
    end is not known, in seconds since the epoch. `renewed` is the request that takes this one's place. `rivals` are
    others who confirmed a request of which the same can be said.
    """

    kind: Kind
    ticket: Ticket | None = None
    error: SweeppeaError | None = None
    verified: bool = False
    last_try: float | None = None
    differences: tuple[Difference, ...] = ()
    renewed: ChangeRequest | None = None
    rivals: tuple[str, ...] = ()

    def meaning(self, change: Change) -> Meaning:
        if self.kind is Kind.DONE:
            return _DONE[change]
        if self.kind is Kind.FOUND_DONE:
            return _FOUND_DONE[change]
        if self.kind is Kind.FOUND_CLOSED and change == "resolve" and self._may_be_ours:
            return Meaning("unclear", "closed", "found closed; by whom is not known")
        return _MEANING[self.kind]

    @property
    def _may_be_ours(self) -> bool:
        """Whether a try may have been carried out."""
        return self.last_try is not None or (self.error is not None and self.error.effect is Effect.READ_BACK)

    @property
    def leaves_request(self) -> bool:
        """Whether the message with the request stays as it is, so that the person gets a private answer."""
        return self.meaning("delete").state is None

    @property
    def has_buttons_again(self) -> bool:
        """Whether a request takes this one's place: see `renewed`."""
        return self.kind in {Kind.CHANGED, Kind.BUSY, Kind.UNREACHABLE, Kind.API_ERROR, Kind.INTERRUPTED}

    @property
    def is_gone(self) -> bool:
        """Whether the ticket is, or most likely is, deleted, so that nobody but us has its text."""
        return self.kind in _GONE


def decide(request: ChangeRequest, ticket: Ticket) -> Outcome | None:
    """What stands in the way of the change, None for nothing. The request is in time: see ChangeRequest.is_expired."""
    if not ticket.is_open:
        return Outcome(kind=Kind.NOT_OPEN, ticket=ticket)
    if changed := tuple(differences(request.shown, ticket)):
        return Outcome(kind=Kind.CHANGED, ticket=ticket, differences=changed)
    return None


class VerificationError(Exception):
    """The ticket, read once more before the first byte or before a repetition, may not be changed any more."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.kind.name)
        self.outcome = outcome


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
        return ended(_without_effect(api_error, found))
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


def _without_effect(error: SweeppeaError | None, found: Found) -> Kind:
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
