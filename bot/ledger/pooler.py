"""A pooler in front of PostgreSQL that gives each transaction another session: locks would be lost, or another's.

It shows where a client meets two sessions, or two clients first. Others drop what is asked of the server.
"""

from typing import Any

from bot.ledger.database import LedgerStartError

POOLER = (
    "DATABASE_URL leads to a pooler that shares sessions between clients (PgBouncer's transaction mode, say): the bot "
    "needs PostgreSQL itself, or a pooler in session mode that leaves its settings alone."
)
_PID = "SELECT pg_backend_pid()"
_ROUNDS = 3


async def refuse_pooler(first: Any, second: Any, lock_timeout_ms: str) -> None:  # noqa: ANN401 - asyncpg has no types
    """Two connections, in no transaction, that asked for this `lock_timeout`. Raises LedgerStartError."""
    lock_timeout = await first.fetchval("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'")
    if lock_timeout != lock_timeout_ms or await _is_shared(first, second):
        raise LedgerStartError(POOLER)


async def _is_shared(first: Any, second: Any) -> bool:  # noqa: ANN401
    sessions = {await first.fetchval(_PID)}
    for _ in range(_ROUNDS):
        await second.execute("BEGIN")  # and so has a session for itself
        try:
            if await second.fetchval(_PID) in sessions:
                return True
            sessions.add(await first.fetchval(_PID))
        finally:
            await second.execute("ROLLBACK")
        for _ in range(2):  # where sessions go round, no even number of transactions in between hides that
            sessions.add(await first.fetchval(_PID))
        if len(sessions) > 1:
            return True
    return False
