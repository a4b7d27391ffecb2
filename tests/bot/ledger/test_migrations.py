"""Each step of the schema only adds, so that a bot of the release before goes on beside the new one, and after it.

What has to go, goes a release later, once no bot that uses it may use the database: see docs/development.md.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from bot.ledger import schema
from bot.ledger.database import Database, Row, Statement
from tests.bot.ledger.shape import not_additive, shape
from tests.bot.ledger.test_schema import LEFT_BEHIND
from tests.support.ledgers import as_it_is, upgrade
from tests.support.postgres_server import Databases

STEPS = list(pairwise(schema.known_schemas()))
TABLES = ("changes", "audit", "ledger_meta")


async def rows(database: Database) -> dict[str, list[Row]]:
    """But for who may use the database, which is a step's to say."""
    found = {table: await database.fetch(f"select * from {table} order by 1") for table in TABLES}
    return found | {"ledger_meta": [row for row in found["ledger_meta"] if row["key"] != "oldest_version"]}


@pytest.mark.parametrize(("before", "after"), STEPS)
async def test_a_bot_of_the_schema_before_reads_and_writes_as_it_did(
    empty_database_url: str, before: str, after: str
) -> None:
    await upgrade(empty_database_url, before)
    async with as_it_is(empty_database_url) as database:
        await database.commit(*LEFT_BEHIND[before])
        old_shape, old_rows = await shape(database), await rows(database)
    await upgrade(empty_database_url, after)
    async with as_it_is(empty_database_url) as database:
        assert list(not_additive(old_shape, await shape(database))) == []
        for table, found in (await rows(database)).items():
            kept = [{name: row[name] for name in old} for row, old in zip(found, old_rows[table], strict=True)]
            assert kept == old_rows[table]
        await database.commit(Statement("delete from changes", ()))
        assert await database.commit(*LEFT_BEHIND[before])


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("drop table audit", "audit.case_number is gone"),
        ("alter table changes drop column thread_ts", "changes.thread_ts is gone"),
        ("alter table changes rename column ref to reference", "changes.ref is gone"),
        ("drop index changes_due", "index changes_due is gone"),
        ("create unique index more on changes (channel)", "index more may refuse what an older bot writes"),
        ("alter table changes add column more text", None),
        ("alter table changes add column more text not null default ''", None),
        ("create index more on changes (channel)", None),
        ("create table more (id text not null)", None),
    ],
)
async def test_a_step_that_is_more_than_an_addition_is_found(
    database_url: str, statement: str, problem: str | None
) -> None:
    await upgrade(database_url)
    async with as_it_is(database_url) as database:
        before = await shape(database)
        await database.commit(Statement(statement, ()))
        found = list(not_additive(before, await shape(database)))
    assert found == [] if problem is None else problem in found


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "alter table audit add column more text not null",
            "audit.more is required, and an older bot does not fill it",
        ),
        ("alter table changes alter column thread_ts drop default", "changes.thread_ts is not as it was"),
        ("alter table changes alter column change set data type varchar(9)", "changes.change is not as it was"),
        (
            "alter table changes add check (case_number <> '')",
            "constraint changes_case_number_check may refuse what an ",
        ),
        ("drop trigger audit_keeps on audit", "trigger audit_keeps is gone"),
        ("alter table changes drop constraint changes_state_check", "constraint changes_state_check is gone"),
    ],
)
async def test_what_sqlite_can_not_do_is_found_on_postgresql(
    databases: Databases, statement: str, problem: str
) -> None:
    async with as_it_is(databases.new()) as database:
        before = await shape(database)
        await database.commit(Statement(statement, ()))
        assert [found[: len(problem)] for found in not_additive(before, await shape(database))] == [problem]


async def test_a_table_of_sqlite_that_is_made_anew_with_one_check_more_is_found(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    await upgrade(url)
    async with as_it_is(url) as database:
        before = await shape(database)
        await database.commit(
            Statement("drop table ledger_meta", ()),
            Statement(
                "create table ledger_meta (key text primary key not null, value text not null check (value<>''))", ()
            ),
        )
        assert list(not_additive(before, await shape(database))) == ["table ledger_meta is not as it was"]
