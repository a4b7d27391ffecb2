"""How a step of a change is taken: by whoever holds its row, with its line for the audit, and once.

Each is one transaction, committed before what it announces. Where somebody else took the row over meanwhile, nothing is
changed and the answer is False.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.ledger import reading, statements
from bot.ledger.database import Database, Statement, UnclearCommitError, Value
from bot.ledger.encryption import Cipher, place
from bot.ledger.lease import Lease
from bot.ledger.row import ChangeRow, decode_message
from bot.ledger.writing import audit, holder_values
from bot.runtime import Runtime


@dataclass(frozen=True)
class Steps:
    """`account` names the key that tickets are read with; `owner` is this process. Everything raises LedgerError."""

    database: Database
    cipher: Cipher
    runtime: Runtime
    account: str
    owner: str
    ttl_s: int

    async def row(self, request_id: str) -> ChangeRow | None:
        return await reading.find(self.database, request_id)

    def lease(self, row_id: str, fence: int, renewed_at: float) -> Lease:
        return Lease(row_id, self.owner, fence, renewed_at, self.runtime, self._renew)

    async def _renew(self, lease: Lease) -> bool:
        if await self._holds(lease, statements.RENEW):
            return True
        if not lease.saw_outage or not await self._holds(lease, statements.RENEW_LATE):
            return False
        lease.lapsed_at = self.runtime.boottime()
        return True

    async def _holds(self, lease: Lease, sql: str) -> bool:
        return bool(await self.database.commit(Statement(sql, holder_values(lease), required=True)))

    async def _step(
        self,
        lease: Lease,
        sql: str,
        values: Sequence[Value],
        event: AuditEvent | None,
        is_done: Callable[[ChangeRow], bool],
        *,
        more: Sequence[Statement] = (),
    ) -> bool:
        """Whether the row is still ours, and the step taken. A commit whose answer was lost is looked up."""
        handed_over_at = self.runtime.boottime()
        first = Statement(sql, (*holder_values(lease), *values), required=True)
        try:
            rows = await self.database.commit(first, *more, *([audit(event)] if event else []))
        except UnclearCommitError:
            row = await self.row(lease.row_id)
            if row is None or row.fence != lease.fence:  # whoever has it now knows whether the step was taken
                lease.is_lost = True
                raise
            if not is_done(row):
                raise
            rows = [[{"send_not_after": row.send_not_after}]]
        if rows is None:
            lease.is_lost = True
            return False
        if sql == statements.SEND:
            lease.renewed_at, lease.send_not_after = handed_over_at, rows[0][0]["send_not_after"]
        return True

    # ── what is encrypted ─────────────────────────────────────────────────────────────────────────────────────────

    def _encrypt(self, text: str, column: str, row_id: str) -> bytes:
        return self.cipher.encrypt(text, place("changes", column, row_id))

    def copy_of(self, row: ChangeRow) -> str | None:
        """See bot.ledger.reading."""
        return reading.copy_of(row, self.cipher)

    def message_of(self, row: ChangeRow) -> Message | None:
        """What people were to be shown last; None where its texts are gone."""
        if row.message is None:
            return None
        return decode_message(self.cipher.decrypt(row.message, place("changes", "message", row.id)))

    def last_word(self, row: ChangeRow) -> Message | None:
        """What people were to be shown last, where nothing more is to come: no news, and no click on new buttons."""
        message = self.message_of(row) if row.has_final_end else None
        return None if message is None or message.has_buttons else message

    def response_url_of(self, row: ChangeRow) -> str:
        """Empty where its time is over."""
        is_good = row.response_url_until and row.now < row.response_url_until
        if not is_good or not row.response_url:
            return ""
        return self.cipher.decrypt(row.response_url, place("changes", "response_url", row.id))
