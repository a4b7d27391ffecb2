"""To strike between a commit and what it announces: the change's first byte, or what people are told."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field

import asyncpg

from tests.crash.bot import Bot
from tests.crash.records import path_of

_STEP_S = 0.0001
_PAUSE_S = 0.01
_LONGEST_S = 10.0
_IS_THERE = "SELECT 1 FROM changes WHERE state = $1 AND case_number = $2"
_Look = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Commit:
    """That the ticket's row has that state."""

    url: str
    state: str
    case: str


@dataclass
class SlowMotion:
    """The bot runs for a tenth of a millisecond at a time, and the database is looked at in between.

    Strikes as soon as the commit is done; not at all where it does not come to that within some seconds.
    """

    commit: Commit
    bot: Bot
    strike: Callable[[], None]
    is_over: Callable[[], bool]
    _is_looking: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Returns once it looks: until then whoever is to be looked at should have no answer."""
        threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True).start()
        self._is_looking.wait(_LONGEST_S)

    async def _run(self) -> None:
        try:
            async with _looking(self.commit) as is_there:
                await self._watch(is_there)
        except (OSError, sqlite3.Error, asyncpg.PostgresError):  # then the step does not come
            self._is_looking.set()

    async def _watch(self, is_there: _Look) -> None:
        bot, ends_at = self.bot, time.monotonic() + _LONGEST_S
        while time.monotonic() < ends_at and not bot.has_ended and not self.is_over():
            bot.pause()
            self._is_looking.set()
            try:
                if await is_there():
                    self.strike()
                    return
            finally:
                if not bot.is_frozen:
                    bot.go_on()
            time.sleep(_STEP_S)  # noqa: ASYNC251 - this loop is the thread's own, and has nothing else to do


@asynccontextmanager
async def _looking(commit: Commit) -> AsyncIterator[_Look]:
    if path := path_of(commit.url):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as file:

            async def look() -> object:
                return file.execute(_IS_THERE, {"1": commit.state, "2": commit.case}).fetchone()

            yield look
    else:
        connection = await asyncpg.connect(commit.url)
        try:
            prepared = await connection.prepare(_IS_THERE)
            yield lambda: prepared.fetchval(commit.state, commit.case)
        finally:
            await connection.close()


async def strike_before_the_look(commit: Commit, strike: Callable[[], None], is_over: Callable[[], bool]) -> None:
    """After *sending*, with PostgreSQL: where the lock is to be had.

    The server gives the table's lock as soon as the commit is done, and the look, a query, waits behind the lock. A
    frozen bot may have a lock of its own for as long as it is frozen; then this does not come.

    For a freeze for longer than is waited before "was not deleted" is said it has to be this: a process that is frozen
    after its last look deletes when it is thawed, as docs/ledger.md says.
    """
    connection = await asyncpg.connect(commit.url, server_settings={"lock_timeout": "300"})
    ends_at = time.monotonic() + _LONGEST_S
    try:
        while time.monotonic() < ends_at and not is_over() and not await _struck(connection, commit, strike):  # noqa: ASYNC110 - a lock sets no event
            await asyncio.sleep(_PAUSE_S)
    finally:
        connection.terminate()


async def _struck(connection: asyncpg.Connection, commit: Commit, strike: Callable[[], None]) -> bool:
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE changes IN ACCESS EXCLUSIVE MODE")
            if await connection.fetchval(_IS_THERE, commit.state, commit.case):
                strike()
                return True
    except asyncpg.LockNotAvailableError:
        pass
    return False
