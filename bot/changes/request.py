"""What a button carries: all that a click needs, so that any process can honour it, also after a restart.

Slack authenticates every payload, so a value needs no signature of ours; it is parsed as strictly as any input.
No value holds a ticket's text: what has to be compared later is a digest.
"""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from bot.blockkit.metadata import Metadata
from bot.tickets import Change, ExactCaseNumber, Ticket

LATE_EXECUTION_S = 60
"""How long after sending it a request whose answer was lost may still be carried out, in seconds."""

_UserId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,30}$")]
_KNOWN_PRIORITIES = ("1", "2", "3")
_Priority = Annotated[str, Field(pattern=r"^([123]|[0-9a-f]{12})$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
_PromptId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
_Seconds = Annotated[int, Field(ge=0, lt=2**40)]  # since the epoch
_Count = Annotated[int, Field(ge=0, lt=2**31)]


class Shown(Metadata):
    """The ticket as the prompt showed it, by its fields; never by what a mere read may change, as its views."""

    subject: _Digest
    status: bool | None
    priority: _Priority
    product: _Digest
    description: _Digest
    notes: _Count
    files: _Count

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        return cls(
            subject=_digest(ticket.subject),
            status=ticket.status,
            priority=ticket.priority if ticket.priority in _KNOWN_PRIORITIES else _digest(ticket.priority),
            product=_digest(ticket.resource_affected),
            description=_digest(ticket.description),
            notes=len(ticket.notes),
            files=len(ticket.files),
        )


class ChangeRequest(Metadata):
    """`asked_at` in seconds since the epoch. Each posted prompt has an `id` of its own."""

    id: _PromptId
    case_number: ExactCaseNumber
    requester: _UserId
    asked_at: _Seconds
    shown: Shown

    @classmethod
    def about(cls, ticket: Ticket, *, requester: str, asked_at: int) -> Self:
        return cls(
            id=secrets.token_hex(6),
            case_number=ticket.case_number,
            requester=requester,
            asked_at=asked_at,
            shown=Shown.of(ticket),
        )

    def again(self) -> Self:
        """The same question, to be answered anew, until the same time as before."""
        return self.model_copy(update={"id": secrets.token_hex(6)})

    def expires_at(self, ttl_s: int) -> int:
        return self.asked_at + ttl_s


class Check(Metadata):
    """A change whose end was not seen: who pressed which prompt when, and when at the latest the request was sent."""

    prompt_id: _PromptId
    case_number: ExactCaseNumber
    change: Change
    presser: _UserId
    pressed_at: _Seconds
    sent_at: _Seconds

    def may_still_happen(self, now: float) -> bool:
        return now < self.sent_at + LATE_EXECUTION_S


@dataclass(frozen=True)
class Difference:
    """What changed: `field` as Shown names it, what it `was` where that was kept, by how many where it is counted."""

    field: str
    more: int = 0
    was: str = ""


def differences(before: Shown, now: Shown) -> Iterator[Difference]:
    for field in ("status", "subject", "priority", "product", "description"):
        if getattr(before, field) != getattr(now, field):
            yield Difference(field, was=before.priority if field == "priority" else "")
    for field in ("notes", "files"):
        if more := getattr(now, field) - getattr(before, field):
            yield Difference(field, more)


def _digest(text: str | None) -> str:
    return hashlib.blake2s((text or "").encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
