"""SQLite in a thread of its own: nobody waits for its disk for longer than they are let."""

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Generic, TypeVar

from bot.ledger.database import TIMEOUT_S, Row, Statement, UnavailableError, UnclearCommitError, Value
from bot.ledger.sqlite import SqliteConnection

FREE_BYTES = 100_000_000  # less is worth a warning
LEAST_BYTES = 256_000  # less is none: a step takes some 20 kB, and the -wal and the file grow by turns
LOOK_EVERY_S = 600.0
CLOSE_TIMEOUT_S = 2.0

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class _Job(Generic[Result]):
    """What the thread does for one caller. Either the caller gives up or the work comes to its commit, not both."""

    def __init__(self, work: "Callable[[_Job[Result]], Result]") -> None:
        self._loop = asyncio.get_running_loop()
        self._work = work
        self._lock = threading.Lock()
        self._is_given_up = False
        self._is_committing = False
        self.done: asyncio.Future[Result] = self._loop.create_future()

    def give_up(self) -> bool:
        """Whether it is certain now that nothing is committed."""
        with self._lock:
            self._is_given_up = True
            return not self._is_committing

    def may_commit(self) -> bool:
        with self._lock:
            self._is_committing = not self._is_given_up
            return self._is_committing

    def run(self) -> None:
        if self._is_given_up:
            return
        try:
            result = self._work(self)
        except Exception as error:  # noqa: BLE001 - the caller's to look at
            self._tell(partial(self.done.set_exception, error))
        else:
            self._tell(partial(self.done.set_result, result))

    def _tell(self, settle: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(lambda: None if self.done.done() else settle())


class SqliteDatabase:
    """`bot.ledger.database.Database` over one connection."""

    def __init__(
        self, connection: SqliteConnection, path: Path, boottime: Callable[[], float], timeout_s: float = TIMEOUT_S
    ) -> None:
        self._connection, self._path = connection, path
        self._boottime, self._timeout_s = boottime, timeout_s
        self._looked_at: float | None = None
        self._jobs: SimpleQueue[_Job[list[Row]] | _Job[list[list[Row]] | None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)
        self._thread.start()

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        job = _Job[list[Row]](lambda _: self._connection.fetch(sql, values))
        self._jobs.put(job)
        return await self._result(job)

    async def commit(self, *statements: Statement) -> list[list[Row]] | None:
        job = _Job[list[list[Row]] | None](lambda job: self._commit(statements, job.may_commit))
        self._jobs.put(job)
        return await self._result(job)

    def check_room(self) -> None:
        """Raises UnavailableError."""
        with suppress(OSError):  # then whoever writes finds out
            if shutil.disk_usage(self._path.parent).free < LEAST_BYTES:
                raise UnavailableError(f"{self._path} can't grow, the disk is full: make room")

    async def close(self) -> None:
        """What was handed over is finished first, if that does not take too long."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, CLOSE_TIMEOUT_S)

    async def _result(self, job: _Job[Result]) -> Result:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await job.done
        except TimeoutError:
            words = f"{self._path} did not answer within {self._timeout_s:g} seconds."
            raise (UnavailableError if job.give_up() else UnclearCommitError)(words) from None
        except asyncio.CancelledError:
            job.give_up()
            raise

    def _serve(self) -> None:
        while job := self._jobs.get():
            job.run()
        self._connection.close()

    def _commit(self, statements: Sequence[Statement], may_commit: Callable[[], bool]) -> list[list[Row]] | None:
        self._look_at_the_disk()
        return self._connection.run(statements, may_commit)

    def _look_at_the_disk(self) -> None:
        now = self._boottime()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        with suppress(OSError):
            free = shutil.disk_usage(self._path.parent).free
            if free < FREE_BYTES:
                log.warning("%d MB are free where %s is: make room", free // 1_000_000, self._path)


@asynccontextmanager
async def in_a_thread(
    connection: SqliteConnection, path: Path, boottime: Callable[[], float]
) -> AsyncIterator[SqliteDatabase]:
    """The connection is the thread's from here on, which closes it at the end."""
    database = SqliteDatabase(connection, path, boottime)
    try:
        yield database
    finally:
        await database.close()
