"""What is written of a request before anybody clicks it: that it is asked for, and what Slack said of that."""

from dataclasses import dataclass

from bot.audit import AuditEvent
from bot.changes.request import ChangeRequest
from bot.ledger import statements, writing
from bot.ledger.database import ConflictError, Statement
from bot.ledger.row import Place
from bot.ledger.steps import Steps
from bot.ledger.writing import audit_once


@dataclass(frozen=True)
class Asking(Steps):
    """What Slack said may be written again, `age_s` seconds later, where the first commit's answer was lost."""

    async def insert(self, request: ChangeRequest, place: Place, delivery: str | None = None) -> bool:
        """`delivery` is what it came by, in a digest; False where another request came by that."""
        once = [Statement(statements.DELIVERED, (request.id, delivery))] if delivery else []
        try:
            await self.database.commit(writing.insert(self.account, request, place, self.ttl_s), *once)
        except ConflictError:
            return False
        return True

    async def is_told(self, delivery: str | None) -> bool | None:
        """Of the request that came by this delivery: whether what became of that is on record. None: there is none."""
        rows = await self.database.fetch(statements.ASKED_BY, delivery) if delivery else []
        return bool(rows[0]["is_told"]) if rows else None

    async def set_posted(
        self, request_id: str, channel: str, message_ts: str, event: AuditEvent, *, age_s: float = 0.0
    ) -> None:
        posted = Statement(statements.POSTED, (request_id, channel, message_ts))
        await self.database.commit(posted, audit_once(event, age_s))

    async def remove(self, request_id: str, event: AuditEvent, *, age_s: float = 0.0) -> None:
        """A request that Slack did not take."""
        await self.database.commit(Statement(statements.NOT_POSTED, (request_id,)), audit_once(event, age_s))

    async def record_once(self, request_id: str, event: AuditEvent, *, age_s: float = 0.0) -> None:
        """Of a request whose message the bot can't edit, or of which nobody knows whether Slack took it."""
        await self.database.commit(Statement(statements.LOCK, (request_id,)), audit_once(event, age_s))
