"""The turn at an endpoint of the ticket API, shared by all processes on one PostgreSQL: see advisory_lock.

    wait       the lock is asked for on a connection of its own; the server gives it first come, first served
    hold       for a short batch of this process's requests, renewed every RENEW_S; then whoever waits has it
    late       a holder that did not renew stands still: whoever waits ends its session
    away       without the connection nobody waits: two processes meet at the API, which answers one of them 503

A wait is never cancelled, since the server may give the lock in that very moment: it goes on for whoever asks next, or
its connection is ended.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context

from bot import logs
from bot.ledger.advisory_lock import AdvisoryLock, Session
from bot.ledger.database import Database, LedgerError

BATCH_S = 0.1
"""How long one process may go on with one request after another while others wait."""
RENEW_S = 2.0
MAX_HOLD_S = 30.0
"""Whatever becomes of whoever has the turn: a try with its pauses is over by then."""
PAUSE_S = 1.0
"""Before it is tried again to connect."""

log = logging.getLogger(__name__)


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

    def note_lost(self, key: int, error: LedgerError) -> None:
        if not self._away:
            log.warning("the turn at the ticket API can't be shared with other processes: %s; trying again", error)
        self._away.add(key)

    def note_back(self, key: int) -> None:
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

    # ── the task that keeps the connection ────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        lock: AdvisoryLock | None = None
        try:
            while True:
                await self._wait_for_caller()
                is_new = lock is None or lock.is_over
                try:
                    if lock is None or lock.is_over:
                        lock = await self._connect()
                    await self._hold(lock)
                except LedgerError as error:
                    if not is_new and lock and lock.is_over and not self._is_in_use:
                        continue  # the connection went while nobody used it
                    if lock:
                        lock.end()
                    self._degrade(error)
                    lock = await self._connect_again()
        except Exception as error:  # noqa: BLE001 - whoever waits must not wait for ever
            logs.log_unexpected(log, error)
        finally:
            if lock:
                lock.end()
            self._let_pass()

    async def _wait_for_caller(self) -> None:
        while not self._caller:
            self._changed.clear()
            await self._changed.wait()

    def _degrade(self, error: LedgerError) -> None:
        self._is_away = True
        self._turns.note_lost(self._key, error)
        self._let_pass()

    async def _connect(self) -> AdvisoryLock:
        return AdvisoryLock(await self._turns.connect(), self._key, self._turns.database)

    async def _connect_again(self) -> AdvisoryLock:
        while True:
            try:
                lock = await self._connect()
            except LedgerError:
                await asyncio.sleep(PAUSE_S)
            else:
                self._is_away = False
                self._turns.note_back(self._key)
                return lock

    async def _hold(self, lock: AdvisoryLock) -> None:
        """Returns when the lock was given back, or went with its session."""
        await lock.acquire()
        while await self._use(lock) and not lock.is_over:
            await lock.reacquire()
        if not lock.is_over:
            await lock.release()

    async def _use(self, lock: AdvisoryLock) -> bool:
        """One batch; whether somebody of this process wants another one."""
        loop = asyncio.get_running_loop()
        self._batch_ends_at = loop.time() + BATCH_S
        hold_ends_at = loop.time() + MAX_HOLD_S
        renew_at = loop.time() + RENEW_S
        self._has_lock = True
        try:
            self._let_pass()
            while self._is_in_use and loop.time() < hold_ends_at:
                self._changed.clear()
                try:
                    async with asyncio.timeout_at(renew_at):
                        await self._changed.wait()
                except TimeoutError:
                    renew_at = loop.time() + RENEW_S
                    await lock.renew()
        finally:
            self._has_lock = False
        return self._caller is not None

    def _let_pass(self) -> None:
        """Whoever of this process waits goes on."""
        if self._caller and not self._caller.done():
            self._caller.set_result(None)
            self._is_in_use = True
