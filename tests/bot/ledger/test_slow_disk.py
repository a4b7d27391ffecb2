"""A disk that stands still, is held by another process, or fails at the commit: who waits knows what became of it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from bot.ledger.database import LedgerError, Row, Statement, UnavailableError, UnclearCommitError
from bot.ledger.sqlite import SqliteConnection
from bot.ledger.sqlite_thread import SqliteDatabase
from tests.bot.ledger.files import opened
from tests.bot.ledger.rows import NOW, change, names
from tests.support.ledgers import ledger_in_memory

Result = TypeVar("Result")


class SlowDisk(SqliteConnection):
    """It stands still before the work or at the commit, until it is told to go on."""

    def __init__(self, file: Path, stops: str) -> None:
        super().__init__(sqlite3.connect(file, isolation_level=None, check_same_thread=False), lambda: NOW, file)
        self.stops, self.goes_on = stops, threading.Event()

    def _transaction(self, statements: Sequence[Statement]) -> list[list[Row]] | None:
        return self._slowly("work", partial(super()._transaction, statements))

    def _commit(self) -> None:
        self._slowly("commit", super()._commit)

    def _slowly(self, what: str, work: Callable[[], Result]) -> Result:
        if what == self.stops:
            self.goes_on.wait(30)
        return work()


async def given_up(file: Path, stops: str) -> tuple[LedgerError, list[str]]:
    """What is raised where the disk stands still, and the rows that are there once it goes on."""
    async with opened(file):
        pass
    disk = SlowDisk(file, stops)
    database = SqliteDatabase(disk, file, lambda: NOW, timeout_s=0.01)
    with pytest.raises(LedgerError) as caught:
        await database.commit(change("a"))
    disk.goes_on.set()
    await database.close()
    async with opened(file) as again:
        return caught.value, await names(again)


async def test_who_gives_up_before_the_commit_knows_that_nothing_was_done(file: Path) -> None:
    error, rows = await given_up(file, "work")
    assert (type(error), rows) == (UnavailableError, [])


async def test_who_gives_up_at_the_commit_does_not_know(file: Path) -> None:
    error, rows = await given_up(file, "commit")
    assert (type(error), rows) == (UnclearCommitError, ["a"])


async def test_who_waits_behind_a_disk_that_stands_still_is_told_and_nothing_is_done_for_them(file: Path) -> None:
    async with opened(file):
        pass
    disk = SlowDisk(file, "work")
    database = SqliteDatabase(disk, file, lambda: NOW, timeout_s=0.01)
    answers = await asyncio.gather(
        database.commit(change("a")), database.commit(change("b")), database.fetch("select 1"), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [UnavailableError] * 3
    disk.goes_on.set()
    await database.close()
    async with opened(file) as again:
        assert await names(again) == []


async def test_a_lock_of_another_process_is_not_waited_for_by_the_loop(file: Path) -> None:
    async with opened(file) as database:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("begin immediate")
            waiting = asyncio.create_task(database.commit(change("a")))
            await asyncio.sleep(0)  # the loop goes on
            other.execute("commit")
        assert await waiting


async def test_a_lock_that_is_held_for_too_long_is_an_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(file) as database:
        await database.fetch("pragma busy_timeout = 1")
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("begin immediate")
            with pytest.raises(UnavailableError, match="is held by another process"):
                await database.commit(change("a"))
        assert await database.commit(change("a"))


def test_a_database_that_only_reads_is_named() -> None:
    ledger = ledger_in_memory(lambda: NOW)
    ledger.raw.execute("pragma query_only = on")
    with pytest.raises(UnavailableError, match="is read-only"):
        ledger.run([change("a")])


class Broken(sqlite3.Connection):
    """Its commit fails as `code` says; the transaction stands or not, as with a real disk."""

    code = sqlite3.SQLITE_IOERR_FSYNC

    def execute(self, sql: str, *more: object) -> sqlite3.Cursor:
        if sql != "commit":
            return super().execute(sql, *more)  # type: ignore[arg-type]
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = self.code
        raise error


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, UnclearCommitError),
        (sqlite3.SQLITE_IOERR, UnclearCommitError),
        (sqlite3.SQLITE_FULL, UnavailableError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, UnavailableError),
    ],
)
def test_a_commit_that_fails_is_unclear_but_for_what_never_reached_the_disk(code: int, error: type[Exception]) -> None:
    raw = sqlite3.connect(":memory:", isolation_level=None, factory=Broken)
    whole = ledger_in_memory(lambda: NOW)
    raw.deserialize(whole.raw.serialize())
    raw.code = code
    ledger = SqliteConnection(raw, lambda: NOW)
    with pytest.raises(error):
        ledger.run([change("a")])
    assert not raw.in_transaction
    raw.close()
