"""What `app.py check` says of a database in a file, with each thing broken in turn; and that it changes nothing."""

import asyncio
import errno
import os
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from bot.ledger import moved, schema
from bot.ledger.database import Statement
from bot.runtime import Runtime
from bot.sandbox.slack_payloads import TEAM
from commands.check.result import Result
from handlers.open_ledger import connect_ledger
from tests.bot.ledger.files import opened
from tests.bot.ledger.rows import change, names
from tests.commands.check.checking import broken, check, settings_of, start_once
from tests.support.world import World

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil's


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder / "ticket-bot.db"


async def lines_of(world: World, file: Path) -> dict[str, Result]:
    found = await check(settings_of(world, file.parent), world)
    assert broken(found) <= {"DATABASE_URL", "disk", "schema", "ENCRYPTION_KEYS"}
    return found


async def test_a_first_start_has_all_it_needs_and_nothing_is_made_yet(empty_world: World, file: Path) -> None:
    found = await lines_of(empty_world, file)
    assert broken(found) == set()
    assert found["DATABASE_URL"].text == f"{file} is made at the first start"
    assert (found["schema"].ok, found["schema"].text) == (None, "there is no database yet")
    assert found["ENCRYPTION_KEYS"].text.endswith("ticket-bot.key is made at the first start")
    assert list(file.parent.iterdir()) == []


async def test_a_running_server_is_named_and_goes_on(empty_world: World, file: Path) -> None:
    settings = settings_of(empty_world, file.parent)
    async with connect_ledger(settings, Runtime(), TEAM) as ledger:
        found = await lines_of(empty_world, file)
        await ledger.database.commit(change("a"))
        assert await names(ledger.database) == ["a"]
    assert broken(found) == set()
    assert found["DATABASE_URL"].text == f"{file} can be read and written; a server is at work on it"
    assert found["schema"].text == "as it should be"
    assert found["files"].ok
    found = await lines_of(empty_world, file)
    assert found["DATABASE_URL"].text == f"{file} can be read and written; no server has it"


async def test_a_server_can_start_while_the_check_looks(empty_world: World, file: Path) -> None:
    settings = settings_of(empty_world, file.parent)
    await start_once(settings)

    async def start() -> None:
        await start_once(settings)

    found, *_ = await asyncio.gather(lines_of(empty_world, file), start(), start())
    assert broken(found) == set()


async def test_the_check_writes_nothing(empty_world: World, file: Path) -> None:
    async with opened(file) as database:
        found = await lines_of(empty_world, file)
        rows = await database.fetch("select key from ledger_meta")
    assert [row["key"] for row in rows] == ["oldest_version"]
    assert found["ENCRYPTION_KEYS"].text.endswith("ticket-bot.key is made at the first start")
    assert not file.with_name("ticket-bot.key").exists()


async def test_another_programs_file_is_left_as_it_is(empty_world: World, file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("create table theirs (a)")
    found = await lines_of(empty_world, file)
    assert found["schema"].text == "no tables yet: the first start makes them"
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("pragma journal_mode").fetchone() == ("delete",)


async def test_a_folder_that_is_missing_is_named(empty_world: World, tmp_path: Path) -> None:
    found = await lines_of(empty_world, tmp_path / "none" / "ticket-bot.db")
    assert broken(found) == {"DATABASE_URL"}
    assert found["DATABASE_URL"].text == f"the folder {tmp_path / 'none'} is not there"


async def test_a_folder_in_place_of_the_file_is_named_and_stays_as_it_is(empty_world: World, file: Path) -> None:
    file.mkdir(mode=0o755)
    found = await lines_of(empty_world, file)
    assert broken(found) == {"DATABASE_URL"}
    assert found["DATABASE_URL"].text == f"{file} is a folder, not a file: name a file in DATABASE_URL."
    assert found["files"].hint == ""


async def test_a_folder_that_cannot_be_written_to_is_named(
    empty_world: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may do everything
    found = await lines_of(empty_world, file)
    assert broken(found) == {"DATABASE_URL"}
    assert f"can't be written to by the user that runs this (uid {os.geteuid()})" in found["DATABASE_URL"].text


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "may not be opened by the user that runs the bot"), (errno.EROFS, "Read-only file system")],
)
async def test_a_file_that_cannot_be_written_is_named(
    empty_world: World, file: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    async with opened(file):
        pass
    really = os.open

    def refuse(path: object, flags: int, *more: int) -> int:
        if path == file:
            raise OSError(number, os.strerror(number))
        return really(str(path), flags, *more)

    monkeypatch.setattr(os, "open", refuse)  # root may open everything
    found = await lines_of(empty_world, file)
    assert broken(found) == {"DATABASE_URL"}
    assert words in found["DATABASE_URL"].text
    assert found["schema"].text == "not tried"


async def test_a_lock_of_another_user_is_named(empty_world: World, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(file):
        pass
    really = os.open

    def refuse(path: object, flags: int, *more: int) -> int:
        if str(path).endswith(".lock"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really(str(path), flags, *more)

    monkeypatch.setattr(os, "open", refuse)
    found = await lines_of(empty_world, file)
    assert broken(found) == {"DATABASE_URL"}
    assert found["DATABASE_URL"].text == f"{file}.lock: Permission denied"
    assert found["DATABASE_URL"].hint == "run this as the user that runs the bot"


@pytest.mark.parametrize("where", ["everywhere", "in a table"])
async def test_a_damaged_file_is_named(empty_world: World, file: Path, where: str) -> None:
    async with opened(file) as database:
        await database.commit(*(change(f"{number:05}") for number in range(300)))
    content = bytearray(file.read_bytes())
    if where == "everywhere":
        content[:] = b"a letter to a friend\n" * 100
    else:
        content[-4096:] = b"\x55" * 4096  # a page that no start would read
    file.write_bytes(content)
    found = await lines_of(empty_world, file)
    assert broken(found) == {"DATABASE_URL"}
    assert "damaged" in found["DATABASE_URL"].text
    assert "put a backup in its place" in found["DATABASE_URL"].text + found["DATABASE_URL"].hint


async def test_a_file_that_somebody_else_writes_to_is_named(empty_world: World, file: Path) -> None:
    async with opened(file):
        pass
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        found = await lines_of(empty_world, file)
    assert broken(found) == {"DATABASE_URL"}
    assert "is held by another process" in found["DATABASE_URL"].text


async def test_a_file_that_was_copied_to_postgresql_is_refused(empty_world: World, file: Path) -> None:
    async with opened(file) as database:
        await database.commit(Statement(moved.INSERT, (moved.Mark("db.example.com", "token").write(),)))
    found = await lines_of(empty_world, file)
    assert broken(found) == {"DATABASE_URL"}
    assert "was copied to the PostgreSQL db.example.com" in found["DATABASE_URL"].text


async def test_a_database_of_a_newer_bot_is_refused(empty_world: World, file: Path) -> None:
    async with opened(file) as database:
        await database.commit(Statement("update ledger_meta set value = '99.0' where key = 'oldest_version'"))
    found = await lines_of(empty_world, file)
    assert broken(found) == {"schema"}
    assert "99.0 is the oldest that may use it" in found["schema"].text


async def test_a_newer_schema_of_use_to_this_bot_is_fine(empty_world: World, file: Path) -> None:
    async with opened(file) as database:
        await database.commit(Statement("update alembic_version set version_num = '9999'"))
    assert (await lines_of(empty_world, file))["schema"].mark == "✓"


async def test_an_older_schema_is_brought_up_to_date_by_a_start_not_by_the_check(
    empty_world: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(file) as database:
        monkeypatch.setattr(schema, "SCHEMA", "9999")
        found = await lines_of(empty_world, file)
        assert await schema.found_schema(database) == schema.known_schemas()[-1]
    assert (found["schema"].mark, found["schema"].text) == ("!", "an older bot's")
    assert "make a backup" in found["schema"].hint


@pytest.mark.parametrize(("free", "mark"), [(200_000_000, "✓"), (50_000_000, "!"), (1_000_000, "✗")])
@pytest.mark.parametrize("is_new", [True, False])
async def test_a_disk_with_little_room_is_named(
    empty_world: World, file: Path, monkeypatch: pytest.MonkeyPatch, free: int, mark: str, *, is_new: bool
) -> None:
    if not is_new:
        async with opened(file):
            pass
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free, 0, free))
    disk = (await lines_of(empty_world, file))["disk"]
    assert (disk.mark, disk.text) == (mark, f"{free // 1_000_000} MB are free where the database is")


async def test_files_that_everybody_may_open_are_named(empty_world: World, file: Path) -> None:
    settings = settings_of(empty_world, file.parent)
    await start_once(settings)
    key = file.with_name("ticket-bot.key")
    key.chmod(0o644)
    file.chmod(0o666)
    files = (await lines_of(empty_world, file))["files"]
    assert (files.mark, files.hint) == ("!", f"chmod 600 {file} {key}")
