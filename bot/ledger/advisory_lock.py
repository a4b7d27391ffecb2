"""An advisory lock of PostgreSQL, on a session of its own: it lasts as long as the session does.

Whoever has it says so again and again (`renew`). Whoever waits ends the session of a holder that has not for LATE_S,
by the server's own clock: `state_change` in pg_stat_activity says when a session last ran something. Each session of
the same user sees that, and nothing has to be written.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.ledger.database import TIMEOUT_S, Database, UnavailableError

LATE_S = 6.0
LOCK_TIMEOUT_S = 5.0
"""The server's own, after which it is asked again: so that a connection without an answer is known to be dead."""
LOOK_S = 1.0
"""Between two looks at the holder, by whoever waits."""

# Both numbers of pg_locks make the key.
END_LATE = f"""
SELECT pg_terminate_backend(held.pid) AS is_ended
FROM pg_locks AS held JOIN pg_stat_activity AS holder ON holder.pid = held.pid
WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (held.classid::bigint << 32) | held.objid::bigint = $1
  AND holder.state = 'idle' AND holder.state_change < clock_timestamp() - interval '{LATE_S} s'"""  # noqa: S608
_RENEW = "SELECT 1"

log = logging.getLogger(__name__)


class Session(Protocol):
    """A connection whose locks last as long as it does."""

    @property
    def is_over(self) -> bool: ...

    async def run(self, sql: str) -> bool:
        """False where the server gave up waiting for a lock. Raises UnavailableError."""

    def end(self) -> None:
        """At once: whatever it still runs raises."""


class AdvisoryLock:
    """`key` has 64 bits with a sign; `database` is another way to the server.

    Every step raises UnavailableError where the server does not answer. Whoever cancels a step ends the session too:
    the server may give the lock in that very moment.
    """

    def __init__(self, session: Session, key: int, database: Database) -> None:
        self._session = session
        self._key = key
        self._database = database
        self._lock = f"SELECT pg_advisory_lock({key})"
        self._unlock = f"SELECT pg_advisory_unlock({key})"

    @property
    def is_over(self) -> bool:
        return self._session.is_over

    async def acquire(self) -> None:
        """Waits; the server gives the lock first come, first served."""
        await self._acquire(self._lock)

    async def reacquire(self) -> None:
        """Gives it back and waits for it behind all who want it, in one trip to the server."""
        await self._acquire(f"{self._unlock}; {self._lock}")

    async def renew(self) -> None:
        await self._run(_RENEW)

    async def release(self) -> None:
        await self._run(self._unlock)

    def end(self) -> None:
        self._session.end()

    async def _acquire(self, sql: str) -> None:
        while not await self._run(sql, LOCK_TIMEOUT_S, self._end_late_holder):
            sql = self._lock

    async def _end_late_holder(self) -> None:
        if await self._database.fetch(END_LATE, self._key):
            log.warning("another process stood still while it had the turn at the ticket API: its hold was ended")

    async def _run(self, sql: str, wait_s: float = 0.0, meanwhile: Callable[[], Awaitable[None]] | None = None) -> bool:
        """What the server says within `wait_s` and TIMEOUT_S; `meanwhile` is called each LOOK_S."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_s + TIMEOUT_S
        running = asyncio.create_task(self._session.run(sql))
        try:
            while not running.done() and (left_s := deadline - loop.time()) > 0:
                await asyncio.wait([running], timeout=min(left_s, LOOK_S))
                if meanwhile and not running.done():
                    await meanwhile()
            if not running.done():
                raise UnavailableError("PostgreSQL: no answer")
            return running.result()
        finally:
            if not running.done():
                self._session.end()
                await asyncio.wait([running])
                running.exception()
