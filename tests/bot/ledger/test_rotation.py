"""Keys change without a gap, beside servers at work."""

import asyncio
import re

import pytest

from bot.ledger.connect import connect
from bot.ledger.database import Database, LedgerError, Statement
from bot.ledger.encryption import Cipher, MissingKeyError, place
from bot.ledger.fingerprint import fingerprint
from bot.ledger.keys import parse_keys
from bot.ledger.rotation import rotate
from bot.runtime import Runtime
from tests.bot.ledger.ciphers import NEW, OLD, OTHER, RANDOM, cipher, loaded, refusal
from tests.bot.ledger.rows import NOW, change


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
    before = await loaded(database, database_url, OLD)
    await fill(database, before, 230)
    sign = await fingerprint(database, before, "an API key")
    for keys in ((OLD, NEW), (NEW, OLD)):
        now = await loaded(database, database_url, *keys)
        assert len(await values(database, now)) == 253
        assert await fingerprint(database, now, "an API key") == sign
    assert "An old key may be taken out only after `python app.py rotate`" in await refusal(database, database_url, NEW)
    assert await rotate(database, cipher(NEW, OLD)) == (253, 0, [])
    after = await loaded(database, database_url, NEW)
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
    await loaded(database, database_url, OTHER, OLD)
    before = await loaded(database, database_url, OLD, OTHER)
    await fill(database, before, 8)
    await fingerprint(database, before, "an API key")
    kept = place("changes", "copy", "kept")
    await database.commit(change("kept", copy=cipher(OTHER).encrypt("kept", kept)))
    assert "rotate --lost" in await refusal(database, database_url, NEW, OTHER)
    lost = await loaded(database, database_url, NEW, OTHER, drop_lost=True)
    with pytest.raises(MissingKeyError):
        await rotate(database, lost)
    assert await rotate(database, lost, drop_lost=True) == (1, 9, [])
    after = await loaded(database, database_url, NEW)
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


@pytest.mark.parametrize("value", ["no base64", "YQ==", "YWJj" * 20])
async def test_a_secret_of_the_fingerprints_that_is_damaged_is_named(database: Database, value: str) -> None:
    await fingerprint(database, cipher(OLD), "an API key")
    await database.commit(Statement("update ledger_meta set value = $1 where key = 'fingerprint_secret'", (value,)))
    with pytest.raises(LedgerError, match="fingerprint_secret"):
        await fingerprint(database, cipher(OLD), "an API key")
