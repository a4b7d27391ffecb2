"""A PostgreSQL that goes away, comes back, stands still, or loses its last word."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from bot.ledger import postgres, schema, statements
from bot.ledger.connect import connect
from bot.ledger.database import (
    Database,
    HasAServer,
    LedgerStartError,
    Statement,
    StatementError,
    UnavailableError,
    UnclearCommitError,
)
from bot.ledger.postgres import PostgresDatabase
from bot.runtime import Runtime
from tests.bot.ledger.rows import NOW, change, names
from tests.support.ledgers import upgrade
from tests.support.network import Between
from tests.support.ports import free_port
from tests.support.postgres_server import Databases, postgres_server

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(databases: Databases) -> str:
    return databases.new()


@asynccontextmanager
async def opened(url: str, timeout_s: float = 2.0) -> AsyncIterator[PostgresDatabase]:
    async with postgres.connect(url, patience_s=0) as database:
        database.timeout_s = timeout_s
        yield database


async def refusal(url: str) -> LedgerStartError:
    with pytest.raises(LedgerStartError) as caught:
        async with connect(url, runtime=Runtime(), version="0.1.0", lock=True, patience_s=0):
            pass
    return caught.value


async def test_a_server_that_was_killed_is_an_error_until_it_is_back() -> None:
    with postgres_server() as server:
        async with connect(server.url(), runtime=Runtime(), version="0.1.0", lock=True) as database:
            await database.commit(change("a"))
            server.kill()
            for _ in range(3):
                with pytest.raises(UnavailableError):
                    await database.commit(change("b"))
                with pytest.raises(UnavailableError):
                    await database.fetch("select 1")
            server.start()
            assert await works_again(database)
            assert await names(database) == ["a", "c"]


async def works_again(database: Database) -> bool:
    """A connection that ended meanwhile may be noticed by whoever uses it next, once for each."""
    for _ in range(postgres.CONNECTIONS + 1):
        try:
            return await database.commit(change("c")) is not None
        except UnavailableError:
            pass
    return False


async def test_a_restart_of_the_server_is_over_once_it_is_back() -> None:
    with postgres_server() as server:
        async with connect(server.url(), runtime=Runtime(), version="0.1.0", lock=True) as database:
            await asyncio.gather(*(database.commit(change(str(number))) for number in range(8)))
            server.restart()
            assert await works_again(database)


async def test_a_server_that_stands_still_holds_nobody_up() -> None:
    with postgres_server() as server:
        async with connect(server.url(), runtime=Runtime(), version="0.1.0", lock=True):
            pass
        async with opened(server.url(), timeout_s=0.05) as database:
            await database.fetch("select 1")
            server.freeze()
            asked = [database.commit(change(str(number))) for number in range(8)]
            answers = await asyncio.gather(*asked, database.fetch("select 1"), return_exceptions=True)
            assert [type(answer) for answer in answers] == [UnavailableError] * 9
            server.thaw()
            database.timeout_s = 2.0
            assert await works_again(database)
            assert await names(database) == ["c"]


async def test_a_row_that_a_frozen_process_has_locked_holds_up_no_other(url: str) -> None:
    async with opened(url) as database:
        await database.commit(change("a", due_at=NOW), change("b", due_at=NOW))
        frozen = await asyncpg.connect(url)
        await frozen.execute("begin")
        await frozen.execute("update changes set tries = 1 where id = 'a'")
        taken = await database.commit(Statement(statements.TAKE_DUE, ("me", 9, "")))
        assert taken
        assert [row["id"] for row in taken[0]] == ["b"]
        await frozen.execute("rollback")
        taken = await database.commit(Statement(statements.TAKE_DUE, ("me", 9, "")))
        assert taken
        assert [row["id"] for row in taken[0]] == ["a"]
        await frozen.close()


@pytest.mark.parametrize("loses", ["commit", "commit, in silence", "answer", "answer, in silence"])
async def test_a_commit_whose_answer_is_lost_is_unclear(databases: Databases, url: str, loses: str) -> None:
    losing = Between(databases.server.port, b"commit\0", passes="answer" in loses, cuts="silence" not in loses)
    between = await asyncio.start_server(losing, "127.0.0.1", 0)
    port = between.sockets[0].getsockname()[1]
    async with between, opened(url.replace(str(databases.server.port), str(port)), timeout_s=0.2) as database:
        with pytest.raises(UnclearCommitError):
            await database.commit(change("a"))
    async with opened(url) as database:
        assert await names(database) == (["a"] if "answer" in loses else [])


async def test_a_server_that_ends_the_connection_before_the_commit_has_done_nothing(url: str) -> None:
    async with opened(url) as database:
        suicide = Statement("select pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(UnavailableError):
            await database.commit(change("a"), suicide, change("b"))
        assert await names(database) == []


async def test_who_waits_for_a_lock_for_too_long_is_told_and_nothing_was_done(url: str) -> None:
    async with opened(url) as database, opened(url) as other:
        await database.commit(change("a"))
        touch = Statement("update changes set fence = fence + 1 where id = 'a'")
        hold = asyncio.create_task(other.commit(touch, Statement("select pg_sleep(1)")))
        while not await database.fetch("select 1 from pg_stat_activity where wait_event = 'PgSleep'"):
            pass
        database.timeout_s = 0.05
        with pytest.raises(UnavailableError):
            await database.commit(touch)
        hold.cancel()
        await asyncio.gather(hold, return_exceptions=True)
        database.timeout_s = 2.0
        assert await database.commit(touch)


async def test_a_bot_at_work_does_not_notice_that_a_newer_one_adds_a_column(url: str) -> None:
    take_over = Statement(statements.TAKE_OVER, ("a", "bot"), required=True)
    async with opened(url) as database, opened(url) as newer:
        await database.commit(change("a", state="claimed"))
        assert await database.commit(take_over)  # its statement is prepared
        await newer.commit(
            Statement("alter table changes add column more text"), Statement("update changes set lease_until = 0")
        )
        taken = await database.commit(take_over)
        assert taken is not None
        assert "more" in taken[0][0]
        assert await database.fetch(statements.ROW, "a")


async def test_more_callers_than_connections_are_all_served(url: str) -> None:
    async with opened(url) as database:
        await asyncio.gather(*(database.commit(change(f"{number:02}")) for number in range(40)))
        assert len(await names(database)) == 40
        rows = await database.fetch("select count(*) as n from pg_stat_activity where application_name = 'ticket-bot'")
    assert rows[0]["n"] <= postgres.CONNECTIONS


async def test_a_server_that_is_not_there_is_named_and_may_come(url: str) -> None:
    error = await refusal(f"postgresql://bot:s3cret@127.0.0.1:{free_port()}/test")
    assert "PostgreSQL can't be reached" in str(error)
    assert error.exit_code == 1
    assert "s3cret" not in str(error)


@pytest.mark.parametrize(
    ("change_url", "sentence"),
    [
        (lambda url: url.replace("postgres@", "stranger:s3cret@"), "refuses the user or the password of DATABASE_URL"),
        (lambda url: f"{url}none", "has no database of the name"),
        (lambda url: f"{url}?sslmode=require", "PostgreSQL can't be reached"),
    ],
)
async def test_a_url_that_is_wrong_is_named(url: str, change_url: Callable[[str], str], sentence: str) -> None:
    error = await refusal(change_url(url))
    assert sentence in str(error)
    assert "s3cret" not in str(error)


async def test_a_server_that_comes_late_is_waited_for() -> None:
    with postgres_server() as server:
        server.stop()
        opening = connect(server.url(), runtime=Runtime(), version="0.1.0", lock=True, patience_s=30)
        waiting = asyncio.create_task(opening.__aenter__())
        await asyncio.sleep(0)
        await asyncio.to_thread(server.start)
        assert await names(await waiting) == []
        await opening.__aexit__(None, None, None)


async def test_a_server_is_as_old_as_its_last_start() -> None:
    with postgres_server() as server:
        async with opened(server.url()) as database:
            assert isinstance(database, HasAServer)
            old = await database.up_for_s()
            assert await database.up_for_s() > old > 0
            before = time.time()
            server.restart()
            while True:
                with suppress(UnavailableError):  # its connections of before
                    young = await database.up_for_s()
                    break
            assert 0 < young < time.time() - before


async def test_a_server_that_was_waited_for_is_there_since_it_was_reached(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been starting for minutes."""
    monkeypatch.setattr(postgres, "PAUSE_S", 0.0)
    pools, pool = [asyncpg.CannotConnectNowError("the database system is starting up")], postgres._pool

    async def starts(url: str) -> object:
        if pools:
            raise pools.pop()
        return await pool(url)

    monkeypatch.setattr(postgres, "_pool", starts)
    loop = asyncio.get_running_loop()
    before = loop.time()
    async with postgres.connect(url, patience_s=30) as database:
        assert 0 <= await database.up_for_s() <= loop.time() - before
    assert pools == []


async def test_an_upgrade_does_not_hold_up_everybody_behind_a_lock(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 50)
    async with opened(url) as database:
        lock = (Statement("lock table alembic_version"), Statement("select pg_sleep(1.5)"))
        holding = asyncio.create_task(database.commit(*lock))
        while not await database.fetch("select 1 from pg_stat_activity where wait_event = 'PgSleep'"):
            pass
        with pytest.raises(LedgerStartError, match=r"they are as they were: .*lock timeout") as caught:
            await upgrade(url)
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
    assert caught.value.exit_code == 1


async def test_the_audit_cannot_be_emptied(url: str) -> None:
    async with opened(url) as database:
        with pytest.raises(StatementError, match="kept for a day"):
            await database.commit(Statement("truncate audit"))


STATEMENTS = {name: sql for name, sql in vars(statements).items() if name.isupper() and isinstance(sql, str)}


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name != "FREE" and not name.startswith("_")])
async def test_postgresql_understands_each_statement(url: str, name: str) -> None:
    """It deduces the type of each value from everything that a statement does with it."""
    connection = await asyncpg.connect(url)
    try:
        await connection.prepare(STATEMENTS[name])
    finally:
        await connection.close()
