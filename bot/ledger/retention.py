"""What is older than it has to be kept, deleted a few rows at a time: nobody waits for that.

A change that is not over is never deleted, however old it is.
"""

from bot.ledger.database import Database, Statement
from bot.ledger.row import DAY_S
from bot.ledger.statements import FREE

BATCH = 500
"""Rows of each table in one transaction."""

_OLD_AUDIT = f"""
DELETE FROM audit WHERE id IN
  (SELECT id FROM audit WHERE at <= ledger_now() - $1 ORDER BY at LIMIT {BATCH}) RETURNING id"""  # noqa: S608
_OVER = f"ended_at <= ledger_now() - $1 AND state IN ('ended', 'delivered') AND {FREE}"
_OLD_CHANGES = f"""
DELETE FROM changes WHERE id IN
  (SELECT id FROM changes WHERE {_OVER} ORDER BY ended_at LIMIT {BATCH}) AND {_OVER} RETURNING id"""  # noqa: S608

_PERSONS_AUDIT = "$1 IN (user_id, asker, confirmer)"
_PERSONS_CHANGES = "$1 IN (asker, clicker)"
_ERASE = tuple(
    f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {where} LIMIT {BATCH}) RETURNING id"  # noqa: S608
    for table, where in (
        ("audit", f"at <= ledger_now() - {DAY_S} AND {_PERSONS_AUDIT}"),
        ("changes", f"due_at IS NULL AND (ended_at IS NOT NULL OR expires_at <= ledger_now()) AND {_PERSONS_CHANGES}"),
    )
)
_LEFT = f"""
SELECT (SELECT count(*) FROM audit WHERE {_PERSONS_AUDIT}) + (SELECT count(*) FROM changes WHERE {_PERSONS_CHANGES})
  AS number"""  # noqa: S608


async def delete_old(database: Database, days: int) -> int:
    """One batch. How many rows went: of the audit, and of changes that ended so many days ago. Raises LedgerError."""
    values = (days * DAY_S,)
    deleted = await database.commit(Statement(_OLD_AUDIT, values), Statement(_OLD_CHANGES, values)) or []
    return sum(map(len, deleted))


async def erase_person(database: Database, user: str) -> tuple[int, int]:
    """How many rows with that person in them went, and how many have to stay for now. Raises LedgerError.

    The audit keeps a day, and a change stays until nothing is to be done about it any more.
    """
    erased = 0
    for sql in _ERASE:
        while rows := (await database.commit(Statement(sql, (user,))) or [[]])[0]:
            erased += len(rows)
    [left] = await database.fetch(_LEFT, user)
    return erased, int(left["number"])
