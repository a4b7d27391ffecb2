"""What a request's buttons carry: all that a click needs, so that any process can honour it, also after a restart.

Slack authenticates every payload, so a value needs no signature of ours; it is parsed as strictly as any input.
No value holds a ticket's text: what has to be compared later is a digest.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from bot.blockkit.metadata import Metadata
from bot.changes.snapshot import TicketSnapshot
from bot.tickets import Change, ExactCaseNumber, Ticket

LATE_EXECUTION_S = 75
"""How long after its last sign of life a request whose answer was lost may still be carried out, in seconds."""
MAX_CLOCK_SKEW_S = 60
"""How far two machines' clocks may differ, in seconds."""
ID_BYTES = 6

UserId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,30}$")]
ChannelId = Annotated[str, Field(pattern=r"^[CGD][A-Z0-9]{2,30}$")]
RequestId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
Seconds = Annotated[int, Field(ge=0, lt=2**40)]  # since the epoch


class ChangeRequest(Metadata):
    """`requested_at` in seconds since the epoch. `replaces` is the request that stood in the message before.

    `channel` is where it was asked, if TICKET_CHANNELS is set: its buttons may come as a direct message. Left out where
    there is none, as a version that does not know it refuses the value.
    """

    id: RequestId
    case_number: ExactCaseNumber
    requester: UserId
    requested_at: Seconds
    shown: TicketSnapshot
    replaces: RequestId | None = None
    channel: ChannelId | None = Field(default=None, exclude_if=lambda channel: channel is None)

    @classmethod
    def create(
        cls,
        ticket: Ticket,
        *,
        id: str,  # noqa: A002 - the field's name
        requester: str,
        requested_at: int,
        channel: str | None = None,
    ) -> Self:
        return cls(
            id=id,
            case_number=ticket.case_number,
            requester=requester,
            requested_at=requested_at,
            shown=TicketSnapshot.from_ticket(ticket),
            channel=channel,
        )

    def renew(self, ticket: Ticket, *, id: str, requested_at: int) -> Self:  # noqa: A002 - as above
        """The request for a ticket that changed: with the time that the person needs to look at it."""
        update = {"id": id, "requested_at": requested_at, "shown": self.shown.renewed(ticket), "replaces": self.id}
        return self.model_copy(update=update)

    def repeat(self, *, id: str) -> Self:  # noqa: A002 - as above
        """The same request, to be clicked once more, until the same time as before."""
        return self.model_copy(update={"id": id, "replaces": self.id})

    def expires_at(self, ttl_s: int) -> int:
        return self.requested_at + ttl_s

    def is_expired(self, now: float, ttl_s: int) -> bool:
        """Also where the request is dated in the future: a clock was set back, and its age is not known."""
        return now >= self.expires_at(ttl_s) or self.requested_at > now + MAX_CLOCK_SKEW_S


class PendingCheck(Metadata):
    """A change whose end was not seen: who asked for it, who confirmed it when, and its last sign of life."""

    request_id: RequestId
    case_number: ExactCaseNumber
    change: Change
    requester: UserId
    confirmer: UserId
    confirmed_at: Seconds
    sent_at: Seconds

    def may_still_happen(self, now: float) -> bool:
        return now < self.settled_at

    @property
    def settled_at(self) -> int:
        """From then on the request can't be carried out any more, in seconds since the epoch."""
        return self.sent_at + LATE_EXECUTION_S


@dataclass(frozen=True, kw_only=True)
class Click:
    """What somebody clicked on a request, when (seconds since the epoch), and the ref of the log for it."""

    request: ChangeRequest
    change: Change
    user_id: str
    at: int
    ref: str

    def pending_check(self, sent_at: float) -> PendingCheck:
        """`sent_at` is the last sign of life of the call, or the latest moment at which it can be sent."""
        return PendingCheck(
            request_id=self.request.id,
            case_number=self.request.case_number,
            change=self.change,
            requester=self.request.requester,
            confirmer=self.user_id,
            confirmed_at=self.at,
            sent_at=math.ceil(sent_at),
        )
