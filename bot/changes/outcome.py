"""What can come of a request, and what each outcome means for the record and for the request. Decisions, no I/O.

`decide` is what a click on *Delete* or *Resolve instead* leads to once the ticket was read; what came of the call is
concluded in bot.changes.conclude. Words are chosen in bot.messages, from the outcome alone.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, NamedTuple

from bot.api.errors import Effect, SweeppeaError, is_own_no
from bot.audit import Event
from bot.changes.request import ChangeRequest
from bot.changes.snapshot import Difference, differences
from bot.tickets import Change, Ticket

State = Literal["working", "deleted", "resolved", "cancelled", "expired", "closed"]
"""Of a request; None where its buttons work as before."""


class Standing(NamedTuple):
    """How a request stands: who brought it there, and when, in seconds since the epoch."""

    state: State
    user_id: str
    at: int


class Rivals(NamedTuple):
    """Who confirmed other requests for the same that may have been carried out; `done_by`: the API says whose was."""

    users: tuple[str, ...] = ()
    done_by: str = ""


NO_RIVALS = Rivals()


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
WITHOUT_EFFECT = {
    Kind.CANCELLED,
    Kind.EXPIRED,
    Kind.NOT_OPEN,
    Kind.NOT_FOUND,
    Kind.CHANGED,
    Kind.NOT_READ,
    Kind.NOT_UPDATABLE,
    Kind.NOT_RECORDED,
    Kind.REJECTED_KEY,
    Kind.REFUSED,
    Kind.BUSY,
    Kind.UNREACHABLE,
    Kind.NOT_SAVED,
    Kind.INTERRUPTED,
    Kind.API_ERROR,
}
"""It is known that the request changed nothing, and can change nothing any more."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A kind with its data. `ticket` is as it was last read; `error` what the last try met.

    `verified`: after the last try a read showed the ticket open. `last_try` is the last sign of life of a try whose
    end is not known, `seen_at` when a read showed what the kind says; both in seconds since the epoch. `renewed` is
    the request that takes this one's place. `rivals` are others whose requests may have changed the ticket instead.
    """

    kind: Kind
    ticket: Ticket | None = None
    error: SweeppeaError | None = None
    verified: bool = False
    last_try: float | None = None
    seen_at: float | None = None
    differences: tuple[Difference, ...] = ()
    renewed: ChangeRequest | None = None
    rivals: Rivals = NO_RIVALS

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
    def api_answer(self) -> Kind | None:
        """The kind again, where the API's own word proves it: what came of the whole request, with all its tries."""
        is_proof = is_own_no(self.error) and self.last_try is None
        return self.kind if self.kind is Kind.DONE or is_proof else None

    @property
    def is_without_effect(self) -> bool:
        """Whether no try was carried out, or can be."""
        return self.kind in WITHOUT_EFFECT and not self._may_be_ours

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
