"""From a file to PostgreSQL: everything arrives, or nothing does; and never are both in use."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.ledger import schema
from bot.ledger.connect import connect
from bot.ledger.copied_rows import CopiedRows
from bot.ledger.copying import Copied, copy_ledger, undo_copy
from bot.ledger.database import (
    LedgerError,
    LedgerStartError,
    Row,
    Statement,
    StatementError,
    Value,
)
from bot.ledger.encryption import Cipher, place
from bot.ledger.fingerprint import fingerprint
from bot.ledger.keys import key_file, load_cipher
from bot.ledger.rotation import ENCRYPTED
from bot.ledger.workspace import claim
from bot.runtime import Runtime
from tests.bot.ledger.ciphers import NEW, OLD, OTHER, cipher
from tests.bot.ledger.rows import NOW, audit, change, insert
from tests.support.ledgers import upgrade
from tests.support.postgres_server import Databases

ROWS = 2_300
TABLES = ("ledger_meta", "changes", "audit")


@pytest.fixture
def file_url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def target_url(databases: Databases) -> Iterator[str]:
    """An empty database, without tables."""
    url = databases.new(empty=True)
    yield url
    databases.drop(url)


def opened(url: str, *, lock: bool = True) -> Any:  # noqa: ANN401
    return connect(url, runtime=Runtime(), version="0.1.0", lock=lock, patience_s=0)


def contents(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as raw:
        return list(raw.iterdump())


async def held(databases: Databases, url: str) -> dict[str, int]:
    """Rows that are not the migrations'."""
    name = url.rpartition("/")[2]
    sql = "select count(*) from {}".format
    numbers = {table: int(databases.server.sql(sql(table), name)) for table in TABLES}
    numbers["ledger_meta"] -= 1  # oldest_version
    return {table: number for table, number in numbers.items() if number}


async def fill(url: str, rows: int = ROWS) -> None:
    """Encrypted with the file's own key, as where ENCRYPTION_KEYS was never set."""
    async with opened(url) as database:
        own = await load_cipher(database, url, None, Runtime())
        await fingerprint(database, own, "an API key")
        statements = []
        for number in range(rows):
            name = f"{number:05}"
            copy = own.encrypt(f"copy {name}", place("changes", "copy", name)) if number % 100 == 0 else None
            statements += [change(name, copy=copy, owner="o", lease_until=NOW, due_at=NOW), audit(ref=name, at=NOW)]
        await database.commit(*statements)


async def is_all_there(url: str, rows: int = ROWS, keys: str = NEW) -> None:
    async with opened(url) as database:
        reads = await load_cipher(database, url, keys, Runtime())
        found = await database.fetch("select id, copy, owner, lease_until, due_at from changes order by id")
        assert [row["id"] for row in found] == [f"{number:05}" for number in range(rows)]
        texts = [reads.decrypt(row["copy"], place("changes", "copy", row["id"])) for row in found if row["copy"]]
        assert texts == [f"copy {number:05}" for number in range(0, rows, 100)]
        assert {(row["owner"], row["lease_until"], row["due_at"]) for row in found} == {(None, None, NOW)}
        refs = await database.fetch("select id, ref from audit order by id")
        assert [(row["id"], row["ref"]) for row in refs] == [(n + 1, f"{n:05}") for n in range(rows)]


async def copied(file_url: str, target_url: str, keys: str = NEW) -> Copied | None:
    return await copy_ledger(file_url, target_url, keys, Runtime())


async def refusal(file_url: str, target_url: str, keys: str = NEW) -> str:
    with pytest.raises(LedgerStartError) as caught:
        await copied(file_url, target_url, keys)
    assert caught.value.exit_code == 2
    return str(caught.value)


# ── everything arrives ────────────────────────────────────────────────────────────────────────────────────────────────


def whole_row(connection: sqlite3.Connection, table: str, writes: Cipher) -> dict[str, Value]:
    """Something in each column that the schema has, whichever step brought it."""
    of_type: dict[str, Any] = {"TEXT": "text of {}".format, "INTEGER": lambda _: 41, "REAL": lambda _: NOW + 0.25}
    row: dict[str, Value] = {}
    for _, name, type_, *_ in connection.execute(f"pragma table_info({table})"):
        if type_.upper() == "BLOB":
            row[name] = writes.encrypt(f"secret {name}", place(table, name, str(row["id"])))
        else:
            row[name] = of_type[type_.upper()](name)
    return row | ({"state": "ended", "busy": 1} if table == "changes" else {})


@pytest.mark.postgres
async def test_every_column_of_every_table_is_copied(file: Path, file_url: str, target_url: str) -> None:
    written: dict[str, Row] = {}
    async with opened(file_url) as database:
        writes = await load_cipher(database, file_url, OLD, Runtime())
        with closing(sqlite3.connect(file)) as raw:
            names = raw.execute("select name from sqlite_master where type = 'table'").fetchall()
            tables = [name for (name,) in names if name not in {"sqlite_sequence", "alembic_version"}]
            assert {"changes", "audit", "ledger_meta"} <= set(tables)
            for table in tables:
                written[table] = whole_row(raw, table, writes)
                await database.commit(insert(table, dict(written[table])))
    assert await copied(file_url, target_url, f"{NEW},{OLD}")
    async with opened(target_url) as database:
        reads = await load_cipher(database, target_url, NEW, Runtime())
        for table, before in written.items():
            key = next(iter(before))
            [after] = await database.fetch(f"select * from {table} where {key} = $1", before[key])
            assert set(after) == set(before)
            for name, value in before.items():
                if isinstance(value, bytes):
                    assert reads.decrypt(after[name], place(table, name, after["id"])) == f"secret {name}"
                elif (table, name) in {("changes", "owner"), ("changes", "lease_until")}:
                    assert after[name] is None
                else:
                    assert after[name] == value, name


async def test_every_secret_of_the_schema_is_known_to_be_one(file: Path, file_url: str) -> None:
    await upgrade(file_url)
    with closing(sqlite3.connect(file)) as raw:
        columns = raw.execute(
            "select t.name, c.name from sqlite_master as t, pragma_table_info(t.name) as c "
            "where t.type = 'table' and c.type = 'BLOB'"
        ).fetchall()
    assert sorted(columns) == [("changes", name) for name in sorted(ENCRYPTED)]


@pytest.mark.postgres
async def test_rows_arrive_under_the_first_of_the_new_keys_alone(file: Path, file_url: str, target_url: str) -> None:
    await fill(file_url)
    before = contents(file)
    result = await copied(file_url, target_url, f"{NEW},{OTHER}")
    assert result
    assert result.rows == {"ledger_meta": 3, "changes": ROWS, "audit": ROWS}
    assert (result.damaged, result.key_id) == ([], cipher(NEW).first_id)
    await is_all_there(target_url)
    own = key_file(file_url)
    assert own
    async with opened(target_url) as database:
        of_file = await fingerprint(database, cipher(NEW), "an API key")
    assert await undo_copy(file_url, Runtime())
    assert contents(file) == before
    async with opened(file_url) as database:
        reads = await load_cipher(database, file_url, None, Runtime())
        assert await fingerprint(database, reads, "an API key") == of_file


@pytest.mark.postgres
async def test_the_copy_belongs_to_the_workspace_of_the_file(file_url: str, target_url: str) -> None:
    await fill(file_url, 1)
    async with opened(file_url) as database:
        await claim(database, "T01OURS")
    await copied(file_url, target_url)
    async with opened(target_url) as database:
        with pytest.raises(LedgerStartError, match="workspace T01OURS"):
            await claim(database, "T02THEIRS")


@pytest.mark.postgres
async def test_the_audit_is_kept_and_numbered_on(file_url: str, target_url: str) -> None:
    await fill(file_url, 3)
    async with opened(file_url) as database:
        old = NOW - 90_000  # numbers are never given twice, not even of rows that are gone
        [[row], _] = await database.commit(audit(at=old), Statement(f"delete from audit where at = {old}")) or []
        assert row["id"] == 4
    await copied(file_url, target_url)
    async with opened(target_url) as database:
        for statement in ("update audit set ref = ''", "truncate audit"):
            with pytest.raises(StatementError, match="is never changed"):
                await database.commit(Statement(statement))
        [[row]] = await database.commit(audit()) or []
        assert row["id"] == 5


@pytest.mark.postgres
async def test_what_was_damaged_before_is_named_and_copied_as_it_is(file_url: str, target_url: str) -> None:
    await fill(file_url, 201)
    async with opened(file_url) as database:
        await database.commit(
            Statement("update changes set copy = (select copy from changes where id = '00000') where id = '00100'")
        )
    result = await copied(file_url, target_url)
    assert result
    assert result.damaged == ["changes.copy:00100"]
    async with opened(target_url) as database:
        assert await load_cipher(database, target_url, NEW, Runtime())
        assert len(await database.fetch("select id from changes where copy is not null")) == 3


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.postgres
async def test_a_file_that_a_server_uses_is_not_copied(file: Path, file_url: str, target_url: str) -> None:
    async with opened(file_url):
        assert await refusal(file_url, target_url) == (
            f"{file} is in use, by a bot or by another copy-ledger: stop that first."
        )
    assert await copied(file_url, target_url)


@pytest.mark.postgres
async def test_a_target_that_holds_rows_is_refused_with_their_number(file_url: str, target_url: str) -> None:
    await fill(file_url, 1)
    async with opened(target_url) as database:
        await database.commit(change("a"), change("b"), audit())
    assert "holds rows already: 2 in changes, 1 in audit." in await refusal(file_url, target_url)
    async with opened(file_url):
        pass


@pytest.mark.postgres
async def test_a_target_that_a_bot_has_used_is_refused(file_url: str, target_url: str) -> None:
    await fill(file_url, 1)
    async with opened(target_url) as database:
        await load_cipher(database, target_url, NEW, Runtime())
    assert "holds rows already: 1 in ledger_meta." in await refusal(file_url, target_url)


async def test_the_way_back_is_refused(file_url: str) -> None:
    assert "from a file to PostgreSQL alone" in await refusal(
        "postgresql://u@127.0.0.1/a", "postgresql://u@127.0.0.1/b"
    )
    assert "is not there" in await refusal(file_url, "postgresql://u@127.0.0.1/b")


@pytest.mark.postgres
async def test_a_file_of_another_schema_is_refused(file: Path, file_url: str, target_url: str) -> None:
    file.touch()
    assert "has no tables: no bot has used it yet" in await refusal(file_url, target_url)
    await upgrade(file_url)
    for found, words in (("9999", "of a newer bot: copy it with that"), ("0001", "start this bot on it once")):
        with closing(sqlite3.connect(file)) as raw, pytest.MonkeyPatch.context() as patch:
            raw.execute(f"update alembic_version set version_num = '{found}'")
            raw.commit()
            if found == "0001":
                patch.setattr(schema, "SCHEMA", "0009")
            assert words in await refusal(file_url, target_url)


@pytest.mark.postgres
async def test_tables_that_differ_are_refused(file: Path, file_url: str, target_url: str) -> None:
    await fill(file_url, 1)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("alter table changes add column mine text")
    assert "The table changes is not the same in both: mine." in await refusal(file_url, target_url)


# ── the source fails half-way ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.postgres
async def test_a_file_that_is_damaged_half_way_leaves_the_target_empty(
    file: Path, file_url: str, target_url: str, databases: Databases
) -> None:
    await fill(file_url)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("pragma wal_checkpoint(truncate)")
        (size,), (root,) = (
            raw.execute(sql).fetchone()
            for sql in ("pragma page_size", "select rootpage from sqlite_master where name = 'audit'")
        )
    whole = file.read_bytes()
    file.write_bytes(whole[: (root - 1) * size] + b"\xff" * size + whole[root * size :])
    assert "is damaged, or no SQLite database" in await refusal(file_url, target_url)
    assert await held(databases, target_url) == {}
    file.write_bytes(whole)
    assert await copied(file_url, target_url)
    await is_all_there(target_url)


@pytest.mark.postgres
async def test_a_key_that_is_missing_half_way_leaves_the_target_empty(
    file: Path, file_url: str, target_url: str, databases: Databases
) -> None:
    await fill(file_url)
    own = key_file(file_url)
    assert own
    key = own.read_text().strip()
    own.unlink()
    before = contents(file)
    async with opened(file_url, lock=False) as database:
        await database.commit(Statement("delete from ledger_meta where key = 'fingerprint_secret'"))
    words = await refusal(file_url, target_url)
    assert "changes.copy:00000 was encrypted with a key that is neither in ENCRYPTION_KEYS nor beside the file" in words
    assert await held(databases, target_url) == {}
    assert [line for line in before if "fingerprint_secret" not in line] == contents(file)
    assert await copied(file_url, target_url, f"{NEW},{key}")
    await is_all_there(target_url)


# ── the target fails half-way ─────────────────────────────────────────────────────────────────────────────────────────

FAILURES = {
    "a full disk": "raise exception 'could not extend file' using errcode = '53100'",
    "a connection that is cut": "perform pg_terminate_backend(pg_backend_pid())",
    "a row that is refused": "raise exception 'no' using errcode = '23514'",
}


@pytest.mark.postgres
@pytest.mark.parametrize("failure", FAILURES)
async def test_a_target_that_fails_half_way_is_empty_and_the_file_as_it_was(
    file: Path, file_url: str, target_url: str, databases: Databases, failure: str
) -> None:
    await fill(file_url)
    await upgrade(target_url)
    before, name = contents(file), target_url.rpartition("/")[2]
    databases.server.sql(
        f"create function fails() returns trigger language plpgsql as $$ begin {FAILURES[failure]}; return new; end $$;"
        f"create trigger fails before insert on audit for each row when (new.id = {ROWS - 7}) execute function fails()",
        name,
    )
    with pytest.raises(LedgerError, match="PostgreSQL: "):
        await copied(file_url, target_url)
    assert await held(databases, target_url) == {}
    assert contents(file) == before
    databases.server.sql("drop trigger fails on audit", name)
    assert await copied(file_url, target_url)
    await is_all_there(target_url)


async def test_undo_where_nothing_was_copied_changes_nothing(file: Path, file_url: str) -> None:
    async with opened(file_url) as database:
        await database.commit(change("a"))
    before = contents(file)
    assert await undo_copy(file_url, Runtime()) is None
    assert contents(file) == before


@pytest.mark.postgres
async def test_a_database_of_the_same_name_on_another_server_gets_no_second_copy(
    file_url: str, target_url: str, databases: Databases
) -> None:
    """The server stands in the options, as that of a socket has to."""
    await fill(file_url, 1)
    server, _, name = target_url.removeprefix("postgresql://postgres@127.0.0.1").rpartition("/")
    to = f"postgresql://postgres:s3cret@/{name}?port={server.removeprefix(':')}&password=s3cret&host="
    assert await copied(file_url, f"{to}127.0.0.1")
    databases.drop(target_url)  # what is there now is not the copy, as on another server
    databases.server.sql(f"create database {name}")
    refused = await refusal(file_url, f"{to}localhost")
    assert "was copied to " in refused
    assert "host=127.0.0.1" in refused
    assert "s3cret" not in refused
    assert await copied(file_url, f"{to}127.0.0.1")  # the same place: the copy is gone, and made again


@pytest.mark.postgres
async def test_a_file_that_was_copied_is_used_by_nobody_until_that_is_undone(
    file_url: str, target_url: str, databases: Databases
) -> None:
    await fill(file_url, 1)
    await copied(file_url, target_url)
    for lock in (True, False):
        with pytest.raises(LedgerStartError, match="was copied to the PostgreSQL 127") as caught:
            async with opened(file_url, lock=lock):
                pass
        assert caught.value.exit_code == 2
    other = databases.new(empty=True)
    assert "was copied to 127.0.0.1" in await refusal(file_url, other)
    assert await copied(file_url, target_url) is None
    assert await undo_copy(file_url, Runtime())
    async with opened(file_url) as database:
        assert isinstance(database, object)
    assert "holds rows already" in await refusal(file_url, target_url)
    assert await copied(file_url, other)


@pytest.mark.postgres
async def test_no_command_writes_into_the_file_meanwhile(
    file_url: str, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(file_url, 1)
    go_on_numbering = CopiedRows.go_on_numbering

    async def meanwhile(self: CopiedRows) -> None:
        with pytest.raises(LedgerStartError, match="is held by another process"):
            async with opened(file_url, lock=False):
                pass
        await go_on_numbering(self)

    monkeypatch.setattr(CopiedRows, "go_on_numbering", meanwhile)
    assert await copied(file_url, target_url)
    await is_all_there(target_url, 1)
