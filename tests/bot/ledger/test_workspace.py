"""A ledger is one workspace's: the bot of another one is refused before it changes anything."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from bot.ledger import schema
from bot.ledger.connect import connect
from bot.ledger.database import Database, LedgerStartError, Row
from bot.ledger.workspace import belongs_to, claim, workspace_of
from bot.runtime import Runtime
from tests.bot.ledger.rows import change
from tests.support.ledgers import as_it_is, upgrade

OURS, THEIRS = "T01OURS", "T02THEIRS"


def started(url: str, team_id: str | None) -> AbstractAsyncContextManager[Database]:
    return connect(url, runtime=Runtime(), version="0.1.0", lock=True, team_id=team_id, patience_s=30)


async def refusal(url: str, team_id: str) -> str:
    with pytest.raises(LedgerStartError) as caught:
        async with started(url, team_id):
            pass
    assert caught.value.exit_code == 2
    return str(caught.value)


async def contents(url: str) -> Mapping[str, list[Row]]:
    async with as_it_is(url) as database:
        return {
            table: await database.fetch(f"select * from {table}")
            for table in ("ledger_meta", "changes", "alembic_version")
        }


async def test_the_bot_of_another_workspace_is_refused_and_has_changed_nothing(empty_database_url: str) -> None:
    url = empty_database_url
    async with started(url, OURS) as database:
        await database.commit(change("a"))
    before = await contents(url)
    words = await refusal(url, THEIRS)
    assert f"belongs to the bot of the workspace {OURS}, and SLACK_BOT_TOKEN is of {THEIRS}" in words
    assert "set DATABASE_URL to a new database" in words
    assert await contents(url) == before
    async with started(url, OURS) as database:
        assert await workspace_of(database) == OURS


async def test_the_bot_of_another_workspace_is_refused_before_it_brings_the_tables_up_to_date(
    empty_database_url: str,
) -> None:
    url, [oldest, *_] = empty_database_url, schema.known_schemas()
    await upgrade(url, oldest)
    async with as_it_is(url) as database:
        await claim(database, OURS)
    assert f"workspace {OURS}" in await refusal(url, THEIRS)
    async with as_it_is(url) as database:
        assert await schema.found_schema(database) == oldest


async def test_a_ledger_from_before_becomes_that_of_the_first_bot_to_start(database_url: str) -> None:
    async with started(database_url, None) as database:
        assert await workspace_of(database) is None
    async with started(database_url, OURS):
        pass
    assert f"workspace {OURS}" in await refusal(database_url, THEIRS)


async def test_of_two_bots_that_start_at_the_same_moment_the_later_one_is_refused(database: Database) -> None:
    assert not await belongs_to(database, THEIRS)
    await claim(database, OURS)
    with pytest.raises(LedgerStartError, match=f"workspace {OURS}, and SLACK_BOT_TOKEN is of {THEIRS}"):
        await claim(database, THEIRS)
    assert await workspace_of(database) == OURS


async def test_two_bots_of_one_workspace_may_start_at_the_same_moment(database: Database) -> None:
    assert not await belongs_to(database, OURS)
    await claim(database, OURS)
    await claim(database, OURS)
    assert await belongs_to(database, OURS)
