"""What an operator asks of the ledger, and does to it by hand, beside bots at work."""

from collections.abc import AsyncIterator

from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind
from bot.ledger.database import Database, Row, Statement, Value
from bot.ledger.encryption import Cipher, place
from bot.ledger.row import DAY_S, ChangeRow, Receipt, encode_message
from bot.ledger.statements import FREE
from bot.ledger.writing import audit

_PAGE = 500
# A request whose time is over is over, but where its message is still to say so.
_NOT_OVER = f"""state NOT IN ('open', 'delivered') OR state = 'open' AND (editable = 1 OR expires_at > ledger_now())
OR receipt IN ('due', 'maybe', 'kept') AND copy IS NOT NULL
OR outcome IN ('MAY_STILL_HAPPEN', 'UNKNOWN') AND due_at < send_not_after + {DAY_S}"""
# Whatever is not over has a time when it is looked at; only a request that the bot can't edit may have none.
_DUE = "SELECT *, ledger_now() AS now FROM changes WHERE due_at IS NOT NULL"
_ORDER = "ORDER BY asked_at, id"
_END_BY_HAND = f"""
UPDATE changes SET state = $3, outcome = $4, busy = 0, message = COALESCE($5, message), receipt = $6,
  due_at = COALESCE($7, ledger_now()), ended_at = COALESCE(ended_at, ledger_now()), tries = 0, owner = NULL,
  lease_until = NULL, fence = fence + 1
WHERE id = $1 AND fence = $2 AND state IN ('claimed', 'sending', 'ended', 'delivered') AND {FREE}
RETURNING id"""  # noqa: S608


async def audit_rows(
    database: Database, *, case_number: str = "", user: str = "", since: float = 0.0
) -> AsyncIterator[list[Row]]:
    """Page by page, the oldest first; `user` did it, asked for it or confirmed it."""
    conditions = "(at, id) > ($1, $2)"
    values = [value for value in (case_number, user) if value]
    if case_number:
        conditions += " AND case_number = $3"
    if user:
        conditions += f" AND ${2 + len(values)} IN (user_id, asker, confirmer)"
    select = f"SELECT * FROM audit WHERE {conditions} ORDER BY at, id LIMIT {_PAGE}"  # noqa: S608
    last = (since, 0)
    while page := await database.fetch(select, *last, *values):
        yield page
        last = (page[-1]["at"], page[-1]["id"])


async def due_rows(database: Database, *, only_open: bool) -> list[Row]:
    """What the bot will look at again, the oldest first; `only_open`: what is not over."""
    return await database.fetch(f"{_DUE} AND ({_NOT_OVER}) {_ORDER}" if only_open else f"{_DUE} {_ORDER}")


async def settle(
    database: Database,
    cipher: Cipher,
    row: ChangeRow,
    kind: Kind,
    event: AuditEvent,
    *,
    message: Message | None,
    receipt: Receipt = "",
) -> bool:
    """Ends the row as it was read: False where somebody was faster, or is at work on it.

    With a `message` the bot shows that in place of what people see, within a second if it runs. Without one that is
    left as it is, and what is kept of the ticket goes a day after it was sent.
    """
    values: tuple[Value, ...]
    if message:
        text = cipher.encrypt(encode_message(message), place("changes", "message", row.id))
        values = (row.id, row.fence, "ended", kind.name, text, receipt, None)
    else:
        forget_at = (row.send_not_after or row.now) + DAY_S
        values = (row.id, row.fence, "delivered", kind.name, None, receipt, forget_at)
    return await database.commit(Statement(_END_BY_HAND, values, required=True), audit(event)) is not None
