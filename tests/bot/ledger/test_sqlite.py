"""The file of SQLite: who may read it, who uses it, and what is said where it can't be used."""

import ast
import asyncio
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.ledger import sqlite_thread
from bot.ledger.database import (
    LedgerStartError,
    Statement,
    StatementError,
    UnavailableError,
)
from bot.ledger.ledger import Ledger
from bot.runtime import Runtime
from tests.bot.ledger.files import opened
from tests.bot.ledger.rows import NOW, audit, change, names
from tests.support.ledgers import ledger_in_memory
from tests.support.shared_ledger import CIPHER

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def careless() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


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
    assert "nor is /" in await refusal(file.parent / "none" / file.name, lock=False)
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


async def test_a_disk_is_full_though_a_small_change_still_finds_room(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written over what the -wal had before, and the next deletion is not."""
    async with opened(file) as database:
        ledger = Ledger(database=database, cipher=CIPHER, runtime=Runtime(), account="a", owner="o", ttl_s=300)
        await ledger.check_writable()
        monkeypatch.setattr(sqlite_thread, "LEAST_BYTES", 10**18)
        with pytest.raises(UnavailableError, match="the disk is full: make room"):
            await ledger.check_writable()
        assert await database.commit(change("a"))


async def test_a_file_that_everybody_may_read_is_warned_of(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(file):
        assert "chmod" not in caplog.text
    file.chmod(0o644)
    async with opened(file):
        assert f"every user of this machine may open it: chmod 600 {file}" in caplog.text


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
