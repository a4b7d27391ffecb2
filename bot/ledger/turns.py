"""The turn at an endpoint of the ticket API, shared by all processes on one PostgreSQL: an advisory lock of a session.

    wait       the lock is asked for on a connection of its own; the server gives it first come, first served
    hold       for a short batch of this process's requests, renewed every RENEW_S; then whoever waits has it
    late       a holder that did not renew for LATE_S stands still: whoever waits ends its session
    away       without the connection nobody waits: two processes meet at the API, which answers one of them 503

A wait is never cancelled, since the server may give the lock in that very moment: it goes on for whoever asks next, or
its connection is ended. When a holder renewed last is what the server itself says of its session (`state_change` in
pg_stat_activity): by the server's clock, seen by each session of the same user, and nothing has to be written.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Protocol

from bot import logs
from bot.ledger.database import TIMEOUT_S, Database, LedgerError, UnavailableError

BATCH_S = 0.1
"""How long one process may go on with one request after another while others wait."""
RENEW_S = 2.0
LATE_S = 6.0
LONGEST_S = 30.0
"""Of a hold, whatever becomes of whoever has it: a try with its pauses is over by then."""
LOCK_TIMEOUT_S = 5.0
"""The server's own, after which it is asked again: so that a connection without an answer is known to be dead."""
LOOK_S = 1.0
"""Between two looks at the holder, by whoever waits."""
PAUSE_S = 1.0
"""Before it is tried again to connect."""

# Both numbers of pg_locks make the key.
END_LATE = f"""
SELECT pg_terminate_backend(held.pid) AS is_ended
FROM pg_locks AS held JOIN pg_stat_activity AS holder ON holder.pid = held.pid
WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (held.classid::bigint << 32) | held.objid::bigint = $1
  AND holder.state = 'idle' AND holder.state_change < clock_timestamp() - interval '{LATE_S} s'"""  # noqa: S608
RENEW = "SELECT 1"

log = logging.getLogger(__name__)


class Session(Protocol):
    """A connection whose locks last as long as it does."""

    @property
    def is_over(self) -> bool: ...

    async def run(self, sql: str) -> bool:
        """False where the server gave up waiting for a lock. Raises UnavailableError."""

    def end(self) -> None:
        """At once: whatever it still runs raises."""


class Turns:
    """All turns of a process. `connect` opens a session; `database` is another way to the server."""

    def __init__(self, connect: Callable[[], Awaitable[Session]], database: Database) -> None:
        self.connect = connect
        self.database = database
        self._turns: list[SharedTurn] = []
        self._away: set[int] = set()

    def at(self, name: str) -> "SharedTurn":
        """`name` is the same in each process: the address of the endpoint."""
        turn = SharedTurn(self, key_of(name))
        self._turns.append(turn)
        return turn

    async def close(self) -> None:
        """Locks are free at once."""
        await asyncio.gather(*(turn.close() for turn in self._turns))

    def is_lost(self, key: int, error: LedgerError) -> None:
        if not self._away:
            log.warning("the turn at the ticket API can't be shared with other processes: %s; trying again", error)
        self._away.add(key)

    def is_back(self, key: int) -> None:
        if self._away:
            self._away.discard(key)
            if not self._away:
                log.warning("the turn at the ticket API is shared with other processes again")


def key_of(name: str) -> int:
    """For an advisory lock: 64 bits with a sign."""
    return int.from_bytes(hashlib.sha256(f"ticket-bot turn {name}".encode()).digest()[:8], signed=True)


class SharedTurn:
    """`bot.api.turn.Turn`, for one caller at a time: the others stand in this process's own queue."""

    def __init__(self, turns: Turns, key: int) -> None:
        self._turns = turns
        self._key = key
        self._lock = f"SELECT pg_advisory_lock({key})"
        self._unlock = f"SELECT pg_advisory_unlock({key})"
        self._caller: asyncio.Future[None] | None = None
        self._is_in_use = False
        self._has_lock = False
        self._is_away = False
        self._batch_ends_at = 0.0
        self._changed = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._context = copy_context()  # of whoever made it: the lock belongs to no command

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        if self._is_away or (self._has_lock and loop.time() < self._batch_ends_at):
            self._is_in_use = True
            return
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep(), context=self._context)
        self._caller = caller = loop.create_future()
        self._changed.set()
        try:
            await caller
        except asyncio.CancelledError:
            if caller.done() and not caller.cancelled():
                self.give_back()
            raise
        finally:
            self._caller = None

    def give_back(self) -> None:
        self._is_in_use = False
        if self._has_lock:  # whoever comes next in this process asks in the next round of the loop
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._note_unused)

    def _note_unused(self) -> None:
        if not self._is_in_use:
            self._changed.set()

    async def close(self) -> None:
        self._is_away = True
        if self._keeping:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])

    # ── the one who keeps the connection ──────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        session: Session | None = None
        try:
            while True:
                await self._asked()
                is_new = session is None or session.is_over
                try:
                    if session is None or session.is_over:
                        session = await self._turns.connect()
                    await self._hold(session)
                except LedgerError as error:
                    if not is_new and session and session.is_over and not self._is_in_use:
                        continue  # it went while nobody used it
                    if session:
                        session.end()
                    self._degrade(error)
                    session = await self._connect_again()
        except Exception as error:  # noqa: BLE001 - whoever waits must not wait for ever
            logs.log_unexpected(log, error)
        finally:
            if session:
                session.end()
            self._let_pass()

    async def _asked(self) -> None:
        while not self._caller:
            self._changed.clear()
            await self._changed.wait()

    def _degrade(self, error: LedgerError) -> None:
        self._is_away = True
        self._turns.is_lost(self._key, error)
        self._let_pass()

    async def _connect_again(self) -> Session:
        while True:
            try:
                session = await self._turns.connect()
            except LedgerError:
                await asyncio.sleep(PAUSE_S)
            else:
                self._is_away = False
                self._turns.is_back(self._key)
                return session

    async def _hold(self, session: Session) -> None:
        """Returns when the lock was given back, or went with its session."""
        await self._wait_for_lock(session, self._lock)
        while await self._use(session) and not session.is_over:
            await self._wait_for_lock(session, f"{self._unlock}; {self._lock}")
        if not session.is_over:
            await self._answer(session, self._unlock)

    async def _use(self, session: Session) -> bool:
        """One batch; whether somebody of this process wants another one."""
        loop = asyncio.get_running_loop()
        self._batch_ends_at = loop.time() + BATCH_S
        longest = loop.time() + LONGEST_S
        renew_at = loop.time() + RENEW_S
        self._has_lock = True
        try:
            self._let_pass()
            while self._is_in_use and loop.time() < longest:
                self._changed.clear()
                try:
                    async with asyncio.timeout_at(renew_at):
                        await self._changed.wait()
                except TimeoutError:
                    renew_at = loop.time() + RENEW_S
                    await self._answer(session, RENEW)
        finally:
            self._has_lock = False
        return self._caller is not None

    def _let_pass(self) -> None:
        """Whoever of this process waits goes on."""
        if self._caller and not self._caller.done():
            self._caller.set_result(None)
            self._is_in_use = True

    async def _wait_for_lock(self, session: Session, sql: str) -> None:
        """Raises UnavailableError where there is no answer."""
        while not await self._answer(session, sql, LOCK_TIMEOUT_S, self._end_late_holder):
            sql = self._lock

    async def _end_late_holder(self) -> None:
        if await self._turns.database.fetch(END_LATE, self._key):
            log.warning("another process stood still while it had the turn at the ticket API: its hold was ended")

    async def _answer(
        self,
        session: Session,
        sql: str,
        longest_s: float = 0.0,
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> bool:
        """What the server says within `longest_s` and TIMEOUT_S; `meanwhile` is called each LOOK_S.

        Whoever is cancelled, or has waited in vain, has ended the session.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + longest_s + TIMEOUT_S
        asked = asyncio.create_task(session.run(sql))
        try:
            while not asked.done() and (left_s := until - loop.time()) > 0:
                await asyncio.wait([asked], timeout=min(left_s, LOOK_S))
                if meanwhile and not asked.done():
                    await meanwhile()
            if not asked.done():
                raise UnavailableError("PostgreSQL: no answer")
            return asked.result()
        finally:
            if not asked.done():
                session.end()
                await asyncio.wait([asked])
                asked.exception()
