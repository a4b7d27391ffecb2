"""The database that DATABASE_URL names, ready for use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from bot.ledger import schema
from bot.ledger.database import Database, LedgerStartError, StatementError, UnavailableError, UnclearCommitError
from bot.ledger.moved import refuse_moved
from bot.ledger.one_server import PATIENCE_S, only_server
from bot.ledger.sqlite import make_private_file, open_connection
from bot.ledger.sqlite_thread import in_a_thread
from bot.ledger.workspace import belongs_to, claim
from bot.runtime import Runtime

SQLITE = "sqlite:///"


@asynccontextmanager
async def connect(
    url: str, *, runtime: Runtime, version: str, lock: bool, team_id: str | None = None, patience_s: float = PATIENCE_S
) -> AsyncIterator[Database]:
    """`lock` is the server's: it makes the database and its tables, and is the only one where that is a file.

    `version` is the bot's, and `team_id` the workspace that it works for, to which the database belongs from then on:
    None for whoever works for none. Whoever else uses the database, or a PostgreSQL that is not there, is waited for
    `patience_s`. Raises LedgerStartError, also for a file whose rows were copied to PostgreSQL, and for a database of
    another workspace.
    """
    async with AsyncExitStack() as stack:
        if path := sqlite_path(url):
            make_private_file(path, create=lock)
            if lock:
                await stack.enter_async_context(only_server(path, patience_s=patience_s))
            connection = open_connection(path, runtime.now)
            database: Database = await stack.enter_async_context(in_a_thread(connection, path, runtime.boottime))
            upgrade: schema.Upgrade = partial(_upgrade_file, path, runtime)
        else:
            from bot.ledger import postgres  # noqa: PLC0415 - 18 ms and 3 MB that SQLite does without

            database = server = await stack.enter_async_context(postgres.connect(url, patience_s=patience_s))
            if lock:
                await server.refuse_pooler()
            upgrade = partial(schema.upgrade_postgres, partial(postgres.connect_for_migrations, url))
        try:
            is_ours = await belongs_to(database, team_id) if team_id else False  # before its tables are touched
            await schema.ensure(database, version, upgrade if lock else None)
            if path:
                await refuse_moved(database, path)
            if team_id and not is_ours:
                await claim(database, team_id)
        except (UnavailableError, UnclearCommitError, StatementError) as error:
            raise LedgerStartError(str(error), 2 if path else 1) from error
        yield database


@asynccontextmanager
async def open_as_it_is(path: Path, runtime: Runtime) -> AsyncIterator[Database]:
    """For a look: nothing is made, nothing is brought up to date, nobody is waited for. Raises LedgerStartError."""
    await asyncio.to_thread(make_private_file, path, create=False)
    connection = await asyncio.to_thread(open_connection, path, runtime.now, as_it_is=True)
    async with in_a_thread(connection, path, runtime.boottime) as database:
        yield database


def sqlite_path(url: str) -> Path | None:
    """None where the database is no file of ours."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


async def _upgrade_file(path: Path, runtime: Runtime) -> None:
    connection = open_connection(path, runtime.now)
    try:
        await asyncio.to_thread(schema.upgrade_sqlite, connection.raw)
    finally:
        connection.close()
