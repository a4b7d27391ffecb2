"""What is written about a change, as statements: where its answers go, how it ended, its line for the audit."""

from dataclasses import dataclass, field

from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind
from bot.changes.request import ChangeRequest, Click
from bot.ledger import statements
from bot.ledger.database import Statement, Value
from bot.ledger.lease import Lease
from bot.ledger.row import Place, Receipt


@dataclass(frozen=True)
class Sent:
    """Where a click's answers go, to be kept for whoever goes on after a crash. `uses` of at most 5 are counted."""

    response_url: str = field(repr=False)
    uses: int


@dataclass(frozen=True, kw_only=True)
class End:
    """How a request ended: `message` is for people, and `event` for the audit.

    `is_busy`: the ticket stays locked until the request can't be carried out any more. `renewed` takes the place of
    the request, in the same message. `is_by_answer`: the API's own word in the row has been used for it.
    """

    kind: Kind
    event: AuditEvent | None
    message: Message
    receipt: Receipt = ""
    uses: int = 0
    is_busy: bool = False
    renewed: ChangeRequest | None = None
    is_by_answer: bool = False


def holder_values(lease: Lease) -> tuple[str, str, int]:
    """The first three values of a statement that only the holder of the row may run."""
    return lease.row_id, lease.owner, lease.fence


def insert(account: str, request: ChangeRequest, place: Place, ttl_s: int) -> Statement:
    asked_at, expires_at = float(request.requested_at), float(request.expires_at(ttl_s))
    return Statement(
        statements.INSERT,
        (
            request.id,
            account,
            request.case_number,
            request.encode(),
            request.requester,
            place.team,
            place.channel,
            place.thread_ts,
            place.message_ts,
            int(place.private),
            int(place.editable),
            asked_at,
            expires_at,
        ),
    )


def take(
    owner: str, account: str, click: Click, place: Place, *, response_url: bytes, uses: int, locks_ticket: bool
) -> Statement:
    """`response_url` is encrypted."""
    return Statement(
        statements.TAKE,
        (
            click.request.id,
            int(locks_ticket),
            click.change,
            click.user_id,
            float(click.at),
            click.ref,
            owner,
            account,
            place.channel,
            place.thread_ts,
            place.message_ts,
            response_url,
            uses,
            int(place.private),
            int(place.editable),
        ),
        required=True,
    )


def audit(event: AuditEvent) -> Statement:
    return Statement(statements.AUDIT, _values(event))


def audit_once(event: AuditEvent, age_s: float) -> Statement:
    """Of what happened so many seconds ago, where it is not on record yet: in a transaction that locks the row."""
    return Statement(statements.AUDIT_ONCE, (*_values(event), age_s))


def _values(event: AuditEvent) -> tuple[Value, ...]:
    return (
        event.event,
        event.change,
        event.user,
        event.asker,
        event.confirmer,
        event.team,
        event.channel,
        event.case_number,
        event.request,
        event.replaces,
        event.outcome,
        event.ref,
    )
