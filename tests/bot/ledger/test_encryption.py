"""What is secret in the database is read by who has its key, where it was put, and changes its key without a gap."""

import asyncio
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.connect import connect
from bot.ledger.database import Database, LedgerStartError, Statement
from bot.ledger.encryption import ID_BYTES, Cipher, DamagedValueError, MissingKeyError, key_id, place
from bot.ledger.fingerprint import fingerprint
from bot.ledger.keys import key_file, load_cipher, new_key, parse_keys
from bot.ledger.rotation import rotate
from bot.runtime import Runtime
from tests.bot.ledger.rows import NOW, change

RANDOM = Random(1)
OLD, NEW, OTHER = (new_key(RANDOM) for _ in range(3))
COPY = place("changes", "copy", "a")


def cipher(*keys: str) -> Cipher:
    return Cipher(parse_keys(",".join(keys), "ENCRYPTION_KEYS"), RANDOM)


@given(st.text(), st.text(st.characters(codec="utf-8")))
def test_what_is_encrypted_decrypts_at_its_place(text: str, row: str) -> None:
    text = text.encode(errors="replace").decode()
    at = place("changes", "copy", row)
    value = cipher(OLD).encrypt(text, at)
    assert cipher(OLD).decrypt(value, at) == text
    assert cipher(NEW, OLD).decrypt(value, at) == text
    assert len(value) == ID_BYTES + 12 + 16 + len(text.encode())
    for elsewhere in (place("changes", "copy", f"{row}x"), place("changes", "response_url", row), ""):
        with pytest.raises(DamagedValueError):
            cipher(OLD).decrypt(value, elsewhere)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_byte_that_was_changed_is_found(position: int, change_by: int) -> None:
    value = bytearray(cipher(OLD).encrypt("the copy of a ticket", COPY))
    value[position % len(value)] ^= change_by
    with pytest.raises((DamagedValueError, MissingKeyError)):
        cipher(OLD).decrypt(bytes(value), COPY)


@given(st.binary(max_size=60))
def test_what_was_never_encrypted_is_found(value: bytes) -> None:
    for found in (value, key_id(parse_keys(OLD, "")[0]) + value):
        with pytest.raises((DamagedValueError, MissingKeyError)):
            cipher(OLD).decrypt(found, COPY)


def test_the_same_text_is_never_encrypted_the_same() -> None:
    values = {cipher(OLD).encrypt("text", COPY) for _ in range(100)}
    assert len(values) == 100
    assert all(b"text" not in value for value in values)


def test_the_first_key_encrypts_and_a_key_that_is_missing_is_named() -> None:
    value = cipher(NEW, OLD).encrypt("text", COPY)
    assert cipher(NEW).decrypt(value, COPY) == "text"
    with pytest.raises(MissingKeyError, match="has to be the last in ENCRYPTION_KEYS of every process before it is"):
        cipher(OLD).decrypt(value, COPY)


@pytest.mark.parametrize(
    "text", ["", ",", "secret", f"{OLD},", f"{OLD};{NEW}", OLD[:-1], f"{OLD}=", OLD.replace("=", "A")]
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(LedgerStartError, match="ENCRYPTION_KEYS has something in it that is no key") as caught:
        parse_keys(text, "ENCRYPTION_KEYS")
    assert "secret" not in str(caught.value)
    assert OLD[:8] not in str(caught.value)


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(LedgerStartError, match="the same key twice"):
        parse_keys(f"{OLD}, {OLD}", "ENCRYPTION_KEYS")


async def opened(database: Database, url: str, *keys: str, lost: bool = False, create: bool = True) -> Cipher:
    return await load_cipher(database, url, ",".join(keys) or None, Runtime(), create=create, lost=lost)


async def refusal(database: Database, url: str, *keys: str, create: bool = True) -> str:
    with pytest.raises(LedgerStartError) as caught:
        await opened(database, url, *keys, create=create)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ticket-bot.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ticket-bot.key"


@pytest.fixture
async def beside(file_url: str) -> AsyncIterator[Database]:
    """The database that the key file is of."""
    async with connect(file_url, runtime=Runtime(now=lambda: NOW), version="0.1.0", lock=True) as opened:
        yield opened


async def test_a_key_file_is_made_at_the_first_start_for_its_owner_alone(
    beside: Database, file_url: str, file: Path
) -> None:
    first = await opened(beside, file_url)
    assert key_file(file_url) == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.glob("*.key*")] == [file.name]
    value = first.encrypt("text", COPY)
    assert (await opened(beside, file_url)).decrypt(value, COPY) == "text"


async def test_a_command_makes_no_key(beside: Database, file_url: str, file: Path) -> None:
    assert "the bot makes it at its first start" in await refusal(beside, file_url, create=False)
    assert not file.exists()


@pytest.mark.parametrize("column", ["copy", "response_url"])
async def test_where_something_is_encrypted_a_lost_key_file_is_not_replaced(
    beside: Database, file_url: str, file: Path, column: str
) -> None:
    value = (await opened(beside, file_url)).encrypt("text", place("changes", column, "a"))
    await beside.commit(change("a", **{column: value}))
    content = file.read_text()
    file.unlink()
    assert f"{file} is not there, and the database holds what was encrypted with its key" in await refusal(
        beside, file_url
    )
    assert not file.exists()
    file.write_text(OTHER)
    assert f"{file} has not got it: put it in, at the end." in await refusal(beside, file_url)
    file.write_text(f"{OTHER}, {content}")
    assert await opened(beside, file_url)


async def test_a_key_file_that_cannot_be_read_is_named(beside: Database, file_url: str, file: Path) -> None:
    file.write_text("")
    assert f"{file} has something in it that is no key" in await refusal(beside, file_url)
    file.write_bytes(b"\xff")
    assert f"{file} can't be read" in await refusal(beside, file_url)
    file.unlink()
    file.mkdir()
    assert f"{file} can't be read" in await refusal(beside, file_url)


async def test_on_postgresql_the_keys_are_required() -> None:
    url = "postgresql://127.0.0.1/test"

    class Empty:
        async def fetch(self, *_: object) -> list[dict[str, object]]:
            return []

    assert "ENCRYPTION_KEYS is missing: PostgreSQL needs it" in await refusal(Empty(), url)  # type: ignore[arg-type]


async def values(database: Database, reads: Cipher) -> list[str]:
    rows = await database.fetch("select id, copy, response_url from changes order by id")
    return [
        reads.decrypt(row[column], place("changes", column, row["id"]))
        for row in rows
        for column in ("copy", "response_url")
        if row[column] is not None
    ]


async def fill(database: Database, writes: Cipher, count: int) -> None:
    rows = [f"{number:03}" for number in range(count)]
    for row in rows:
        copy = writes.encrypt(f"copy {row}", place("changes", "copy", row))
        url = writes.encrypt(f"url {row}", place("changes", "response_url", row)) if row.endswith("7") else None
        await database.commit(change(row, copy=copy, response_url=url))


async def test_keys_change_without_a_gap(database: Database, database_url: str) -> None:
    before = await opened(database, database_url, OLD)
    await fill(database, before, 230)
    sign = await fingerprint(database, before, "an API key")
    for keys in ((OLD, NEW), (NEW, OLD)):
        now = await opened(database, database_url, *keys)
        assert len(await values(database, now)) == 253
        assert await fingerprint(database, now, "an API key") == sign
    assert "An old key may be taken out only after `python app.py rotate`" in await refusal(database, database_url, NEW)
    assert await rotate(database, cipher(NEW, OLD)) == (253, 0, [])
    after = await opened(database, database_url, NEW)
    assert len(await values(database, after)) == 253
    assert await fingerprint(database, after, "an API key") == sign
    assert await rotate(database, after) == (0, 0, [])


async def test_a_value_that_changes_during_a_rotation_stays_as_it_became(database: Database) -> None:
    await fill(database, cipher(OLD), 3)

    class Busy(Cipher):
        """Before each value is written anew, a server writes another one."""

        def decrypt(self, value: bytes, at: str) -> str:
            changed.append(at)
            return super().decrypt(value, at)

    changed: list[str] = []
    newer = cipher(NEW, OLD)

    class Between:
        async def fetch(self, sql: str, *given: str | bytes) -> object:
            return await database.fetch(sql, *given)

        async def commit(self, statement: Statement) -> object:
            row = changed[-1].rpartition(":")[2]
            copy = newer.encrypt("newer", place("changes", "copy", row))
            await database.commit(Statement("update changes set copy = $1 where id = $2", (copy, row)))
            return await database.commit(statement)

    keys = [*parse_keys(NEW, ""), *parse_keys(OLD, "")]
    assert await rotate(Between(), Busy(keys, RANDOM)) == (0, 0, [])  # type: ignore[arg-type]
    assert await values(database, newer) == ["newer"] * 3


async def test_a_rotation_names_what_is_damaged_and_goes_on(database: Database) -> None:
    await fill(database, cipher(OLD), 3)
    await database.commit(
        Statement("update changes set copy = (select copy from changes where id = '000') where id = '001'")
    )
    assert await rotate(database, cipher(NEW, OLD)) == (2, 0, ["changes.copy:001"])


async def test_what_was_encrypted_with_a_lost_key_can_be_given_up(database: Database, database_url: str) -> None:
    await opened(database, database_url, OTHER, OLD)
    before = await opened(database, database_url, OLD, OTHER)
    await fill(database, before, 8)
    await fingerprint(database, before, "an API key")
    kept = place("changes", "copy", "kept")
    await database.commit(change("kept", copy=cipher(OTHER).encrypt("kept", kept)))
    assert "rotate --lost" in await refusal(database, database_url, NEW, OTHER)
    lost = await opened(database, database_url, NEW, OTHER, lost=True)
    with pytest.raises(MissingKeyError):
        await rotate(database, lost)
    assert await rotate(database, lost, lost=True) == (1, 9, [])
    after = await opened(database, database_url, NEW)
    assert await values(database, after) == ["kept"]
    await fingerprint(database, after, "an API key")


async def test_a_fingerprint_tells_keys_apart_and_nothing_of_them(database: Database, database_url: str) -> None:
    async with connect(database_url, runtime=Runtime(now=lambda: NOW), version="0.1.0", lock=False) as other:
        asked = [fingerprint(one, cipher(OLD), "an API key") for one in (database, other, database)]
        found = await asyncio.gather(*asked)
    assert len(set(found)) == 1
    assert re.fullmatch(r"[0-9a-f]{16}", found[0])
    assert await fingerprint(database, cipher(OLD), "another API key") != found[0]
    with pytest.raises(MissingKeyError):
        await fingerprint(database, cipher(NEW), "an API key")
