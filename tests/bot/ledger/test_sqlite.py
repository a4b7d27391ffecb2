"""The file of SQLite: who may read it, who uses it, and what is said where it can't be used."""

import ast
import asyncio
import os
import re
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from bot.ledger import sqlite_thread
from bot.ledger.connect import connect
from bot.ledger.database import (
    Database,
    LedgerError,
    LedgerStartError,
    Row,
    Statement,
    StatementError,
    UnavailableError,
    UnclearCommitError,
)
from bot.ledger.sqlite import SqliteConnection
from bot.ledger.sqlite_thread import SqliteDatabase
from bot.runtime import Runtime
from tests.bot.ledger.rows import NOW, audit, change, names
from tests.support.ledgers import ledger_in_memory

ROOT = Path(__file__).parent.parent.parent.parent
Result = TypeVar("Result")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ticket-bot.db"


@pytest.fixture
def careless() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def opened(file: Path, *, lock: bool = True, patience_s: float = 0.0) -> AbstractAsyncContextManager[Database]:
    return connect(
        f"sqlite:///{file}", runtime=Runtime(now=lambda: NOW), version="0.1.0", lock=lock, patience_s=patience_s
    )


async def refusal(file: Path, *, lock: bool = True) -> str:
    with pytest.raises(LedgerStartError) as caught:
        async with opened(file, lock=lock):
            pass
    assert caught.value.exit_code == 2
    return str(caught.value)


async def test_all_files_are_for_their_owner_alone(file: Path, careless: None) -> None:
    async with opened(file) as database:
        await database.commit(change("a"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == dict.fromkeys(
        ["ticket-bot.db", "ticket-bot.db-wal", "ticket-bot.db-shm", "ticket-bot.db.lock"], 0o600
    )


async def test_a_commit_waits_for_the_disk(file: Path) -> None:
    async with opened(file) as database:
        assert await database.fetch("pragma synchronous") == [{"synchronous": 2}]
        assert await database.fetch("pragma journal_mode") == [{"journal_mode": "wal"}]


async def test_what_was_committed_is_there_at_the_next_start(file: Path) -> None:
    async with opened(file) as database:
        await database.commit(change("a"))
    async with opened(file) as database:
        assert await names(database) == ["a"]


async def test_a_file_serves_one_server(file: Path) -> None:
    async with opened(file):
        assert "PostgreSQL: DATABASE_URL=postgresql://" in await refusal(file)


async def test_a_server_waits_for_the_one_before_it(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with opened(file) as first:
        await first.commit(change("a"))
        second = opened(file, patience_s=30)
        waiting = asyncio.create_task(second.__aenter__())
        while "waiting for it to end" not in caplog.text:  # noqa: ASYNC110 - a line of the log sets no event
            await asyncio.sleep(0)
    assert await names(await waiting) == ["a"]
    await second.__aexit__(None, None, None)


async def test_other_commands_work_beside_the_server(file: Path) -> None:
    async with opened(file) as server, opened(file, lock=False) as command:
        await server.commit(change("a"))
        assert await names(command) == ["a"]
        await command.commit(change("b"))
        assert await names(server) == ["a", "b"]


async def test_a_command_makes_no_database(file: Path) -> None:
    assert "is not there: the bot makes it at its first start" in await refusal(file, lock=False)
    assert not file.exists()
    file.touch()
    assert "no tables yet: start the bot" in await refusal(file, lock=False)


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "the folder" in await refusal(tmp_path / "none" / "ticket-bot.db")


async def test_a_folder_in_place_of_the_file_is_named(file: Path) -> None:
    file.mkdir()
    assert "is a folder, not a file: name a file in DATABASE_URL" in await refusal(file)


async def test_a_file_of_another_kind_is_named(file: Path) -> None:
    file.write_text("a letter to a friend\n" * 100)
    assert "is damaged, or no SQLite database: stop the bot and put a backup in its place" in await refusal(file)


async def test_a_damaged_file_is_named(file: Path) -> None:
    async with opened(file) as database:
        await database.commit(*(change(str(number)) for number in range(200)))
    content = bytearray(file.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    file.write_bytes(content)
    assert "is damaged" in await refusal(file)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "Permission denied"), "may not be opened by the user that runs the bot"),
        (OSError(30, "Read-only file system"), "can't be opened: Read-only file system"),
    ],
)
async def test_a_file_that_cannot_be_written_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, sentence: str
) -> None:
    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr(os, "open", refuse)  # root may open everything
    assert sentence in await refusal(file)


def test_a_full_disk_takes_nothing_back_and_nothing_in() -> None:
    ledger = ledger_in_memory(lambda: NOW)
    ledger.run([change("a")])
    ledger.raw.execute("pragma max_page_count = 1")  # it is set to what is there
    with pytest.raises(UnavailableError, match="the disk is full: make room"):
        ledger.run([change("b", copy=bytes(100_000))])
    assert ledger.fetch("select id from changes") == [{"id": "a"}]


async def test_a_disk_that_is_nearly_full_is_warned_of(
    file: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_thread, "FREE_BYTES", 10**18)
    async with opened(file) as database:
        await database.commit(change("a"))
        await database.commit(change("b"))
    assert len(re.findall(r"MB are free where .* is: make room", caplog.text)) == 1


async def test_a_file_that_everybody_may_read_is_warned_of(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(file):
        assert "chmod" not in caplog.text
    file.chmod(0o644)
    async with opened(file):
        assert f"every user of this machine may open it: chmod 600 {file}" in caplog.text


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


async def test_the_audit_is_guarded_from_the_command_line_too(file: Path) -> None:
    async with opened(file) as database:
        await database.commit(audit(at=1.0))
    with closing(sqlite3.connect(file, isolation_level=None)) as command_line:  # which knows no ledger_now
        for sql in ("update audit set ref = ''", "delete from audit"):
            with pytest.raises(sqlite3.Error):
                command_line.execute(sql)
        columns = ", ".join(row[1] for row in command_line.execute("pragma table_info(audit)") if row[1] != "id")
        command_line.execute(f"insert into audit ({columns}) select {columns} from audit")
        assert command_line.execute("select count(*) from audit").fetchall() == [(2,)]


def test_a_row_of_the_audit_is_not_replaced_either() -> None:
    ledger = ledger_in_memory(lambda: NOW)
    ledger.run([audit(id=1)])
    sql, values, _ = audit(id=1, ref="other")
    with pytest.raises(StatementError, match="a day at least"):
        ledger.run([Statement(sql.replace("insert", "insert or replace"), values)])


def test_nobody_binds_a_sequence() -> None:
    """See `test_a_value_is_bound_by_its_number_not_by_where_it_stands`; and past bot/ledger/sqlite.py nobody can."""
    source = (ROOT / "bot/ledger/sqlite.py").read_text()
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    statements = [call for call in calls if ast.unparse(call.func).startswith("self.raw.exec")]
    bound = [values for call in statements for values in call.args[1:]]
    assert [type(values) for values in bound] == [ast.DictComp]
    raw = [path.name for path in (ROOT / "bot").rglob("*.py") if re.search(r"\.raw\b", path.read_text())]
    assert sorted(raw) == ["connect.py", "sqlite.py"]  # the first hands it to the migrations
