"""A pooler in front of PostgreSQL that gives each transaction another session: locks would be lost, or another's.

It shows where a client meets two sessions, or two clients one. Others drop what is asked of the server.
"""

from typing import Any

from bot.ledger.database import LedgerStartError

POOLER = (
    "DATABASE_URL leads to a pooler that shares sessions between clients (PgBouncer's transaction mode, say): the bot "
    "needs PostgreSQL itself, or a pooler in session mode that leaves its settings alone."
)
_PID = "SELECT pg_backend_pid()"
_ROUNDS = 3


async def refuse_pooler(one: Any, other: Any, lock_timeout_ms: str) -> None:  # noqa: ANN401 - asyncpg has no types
    """Two connections, in no transaction, that asked for this `lock_timeout`. Raises LedgerStartError."""
    asked = await one.fetchval("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'")
    if asked != lock_timeout_ms or await _is_shared(one, other):
        raise LedgerStartError(POOLER)


async def _is_shared(one: Any, other: Any) -> bool:  # noqa: ANN401
    sessions = {await one.fetchval(_PID)}
    for _ in range(_ROUNDS):
        await other.execute("BEGIN")  # and so has a session for itself
        try:
            if await other.fetchval(_PID) in sessions:
                return True
            sessions.add(await one.fetchval(_PID))
        finally:
            await other.execute("ROLLBACK")
        for _ in range(2):  # where sessions go round, no even number of transactions in between hides that
            sessions.add(await one.fetchval(_PID))
        if len(sessions) > 1:
            return True
    return False
