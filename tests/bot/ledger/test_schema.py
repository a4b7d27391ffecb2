"""A database gets to the schema of this bot from whichever one a released bot has left, with what is in it."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.ledger import schema
from bot.ledger.connect import connect
from bot.ledger.database import Database, LedgerStartError, Statement
from bot.runtime import Runtime
from handlers import VERSION
from tests.bot.ledger.rows import NOW, audit, change, names
from tests.support.ledgers import as_it_is, upgrade

ROOT = Path(__file__).parent.parent.parent.parent
# What a bot of each schema may have left behind. A new schema adds an entry, written as its bot writes; what stands
# here already is not changed, since the rows in people's databases are not.
LEFT_BEHIND: dict[str, Sequence[Statement]] = {
    "0001": [
        change("open"),
        change("sent", state="sending", busy=1, owner="bot-1", fence=3, lease_until=NOW + 6, copy=b"\0\1", ref="7F3K9"),
        change("ended", state="delivered", ended_at=NOW, outcome="DELETED", receipt="sent"),
        audit(case_number="2531581", event="asked"),
        audit(case_number=None, event="refused"),
    ],
}
LEFT_BEHIND["0002"] = [change("open", delivery="d1"), *LEFT_BEHIND["0001"][1:]]


def opened(url: str, *, version: str = VERSION, lock: bool = True) -> AbstractAsyncContextManager[Database]:
    return connect(url, runtime=Runtime(), version=version, lock=lock, patience_s=30)


async def refusal(url: str, *, version: str = VERSION, lock: bool = True) -> str:
    with pytest.raises(LedgerStartError) as caught:
        async with opened(url, version=version, lock=lock):
            pass
    return str(caught.value)


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    return ScriptDirectory.from_config(config)


def test_the_schema_of_this_bot_is_the_newest_step() -> None:
    assert scripts().get_heads() == [schema.SCHEMA]
    steps = [script.revision for script in scripts().walk_revisions()]
    assert schema.known_schemas() == sorted(steps)
    assert set(LEFT_BEHIND) == set(steps)


@pytest.mark.parametrize("before", schema.known_schemas())
async def test_every_schema_becomes_the_newest_with_what_is_in_it(empty_database_url: str, before: str) -> None:
    await upgrade(empty_database_url, before)
    async with as_it_is(empty_database_url) as database:
        assert await schema.found_schema(database) == before
        await database.commit(*LEFT_BEHIND[before])
    async with opened(empty_database_url) as database:
        assert await schema.found_schema(database) == schema.SCHEMA
        assert await names(database) == ["ended", "open", "sent"]
        [sent] = await database.fetch("select * from changes where busy = 1")
        assert (sent["owner"], sent["fence"], sent["lease_until"]) == ("bot-1", 3, NOW + 6)
        assert sent["copy"] == b"\0\1"
        assert await database.fetch("select case_number, event from audit order by id") == [
            {"case_number": "2531581", "event": "asked"},
            {"case_number": None, "event": "refused"},
        ]
        assert await database.commit(change("new"), audit())


async def test_both_databases_have_the_same_columns(database_url: str) -> None:
    async with opened(database_url) as database:
        steps = "".join(path.read_text() for path in sorted((schema.MIGRATIONS / "versions").glob("0*.py")))
        for table in ("changes", "audit", "ledger_meta"):
            written = steps.partition(f"create table {table} (")[2].partition("\n)")[0]
            added = re.findall(rf"alter table {table} add column (\w+)", steps)
            [row] = await database.fetch(f"select * from (select 1 as one) as o left join {table} on 1 = 0")
            assert ["one", *re.findall(r"(?m)^  (\w+)", written), *added] == list(row)


# What the bot before 0002 writes for a request: it knows no delivery.
INSERT_0001 = """
INSERT INTO changes (id, account, case_number, state, request, asker, team, channel, thread_ts, message_ts, private,
  editable, asked_at, expires_at, due_at)
VALUES ($1, 'x', '2531581', 'open', 'x', 'x', 'x', 'x', '', '', 0, 0, $2, $2, $2) ON CONFLICT (id) DO NOTHING"""


async def test_a_bot_of_the_release_before_goes_on_with_the_tables_of_this_one(database_url: str) -> None:
    async with opened(database_url) as database:
        for name in ("a", "b"):
            await database.commit(Statement(INSERT_0001, (name, NOW)))
        rows = await database.fetch("select id, delivery from changes order by id")
        assert rows == [{"id": "a", "delivery": None}, {"id": "b", "delivery": None}]
        assert await database.fetch("select value from ledger_meta where key = 'oldest_version'") == [
            {"value": "0.1.0"}
        ]


async def test_a_start_with_the_schema_as_it_should_be_imports_no_alembic(database_url: str) -> None:
    async with opened(database_url):
        pass
    script = (
        "import asyncio, sys\n"
        "from bot.ledger.connect import connect\n"
        "from bot.runtime import Runtime\n"
        "async def main():\n"
        "    async with connect(sys.argv[1], runtime=Runtime(), version='0.1.0', lock=True): pass\n"
        "asyncio.run(main())\n"
        "assert not {'alembic', 'sqlalchemy'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", script, database_url]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def test_a_bot_that_is_too_old_is_refused(database_url: str) -> None:
    async with opened(database_url) as database:
        await database.commit(Statement("update ledger_meta set value = '0.10.2' where key = 'oldest_version'"))
    for version in ("0.1.0", "0.9.9", "0.10.1"):
        assert "0.10.2 is the oldest one that may use it" in await refusal(database_url, version=version)
    for version in ("0.10.2", "0.10.3", "1.0.0"):
        async with opened(database_url, version=version):
            pass


async def test_a_newer_schema_that_this_bot_may_use_is_left_as_it_is(database_url: str) -> None:
    async with opened(database_url) as database:
        await database.commit(Statement("update alembic_version set version_num = '9999'"))
    async with opened(database_url) as database:
        assert await schema.found_schema(database) == "9999"
        await database.commit(change("a"))


async def test_a_command_upgrades_nothing(empty_database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        Path(empty_database_url.removeprefix("sqlite:///")).touch()
    assert "no tables yet: start the bot" in await refusal(empty_database_url, lock=False)


async def test_two_that_start_at_once_make_one_schema(empty_database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        path = empty_database_url.removeprefix("sqlite:///")
        Path(path).touch()
        await asyncio.gather(*(upgrade(empty_database_url) for _ in range(3)))
        async with opened(empty_database_url) as database:
            assert await names(database) == []
    else:
        starts = [opened(empty_database_url) for _ in range(3)]
        databases = await asyncio.gather(*(start.__aenter__() for start in starts))
        assert [await names(database) for database in databases] == [[], [], []]
        for start in starts:
            await start.__aexit__(None, None, None)


async def test_an_upgrade_that_fails_leaves_the_database_as_it_was(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    async with opened(empty_database_url) as database:
        await database.commit(change("a"), Statement("delete from alembic_version"))
    assert "can't be brought up to date; they are as they were" in await refusal(empty_database_url)
    async with as_it_is(empty_database_url) as database:
        assert await names(database) == ["a"]
