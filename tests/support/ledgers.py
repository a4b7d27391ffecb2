"""Databases for tests: in memory for whoever runs thousands of worlds, and real ones on both engines."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import cache, partial
from weakref import finalize

from bot.ledger import postgres
from bot.ledger.connect import sqlite_path
from bot.ledger.database import Database
from bot.ledger.schema import SCHEMA, upgrade_postgres, upgrade_sqlite
from bot.ledger.sqlite import SqliteConnection, make_private_file, open_connection
from bot.ledger.sqlite_thread import in_a_thread
from tests.support.postgres_server import Databases, postgres_server


def ledger_in_memory(clock: Callable[[], float]) -> SqliteConnection:
    """Empty, with its tables; any thread may use it, one at a time. Some 0.1 ms each: see `_image`."""
    raw = _in_memory()
    raw.deserialize(_image())
    ledger = SqliteConnection(raw, clock)
    finalize(ledger, raw.close)  # worlds are forgotten, not closed
    return ledger


def _in_memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


@cache
def _image() -> bytes:
    """Made once by the migrations themselves."""
    raw = _in_memory()
    try:
        upgrade_sqlite(raw)
        return raw.serialize()
    finally:
        raw.close()


async def upgrade(url: str, to: str = SCHEMA) -> None:
    """A database as a bot that knew no later schema has left it."""
    if path := sqlite_path(url):
        make_private_file(path, create=True)
        with closing(open_connection(path, lambda: 0.0)) as connection:
            await asyncio.to_thread(upgrade_sqlite, connection.raw, to)
    else:
        await upgrade_postgres(partial(postgres.connect_for_migrations, url), to)


@asynccontextmanager
async def as_it_is(url: str) -> AsyncIterator[Database]:
    """Whatever its schema is."""
    if path := sqlite_path(url):
        async with in_a_thread(open_connection(path, lambda: 0.0), path, lambda: 0.0) as file:
            yield file
    else:
        async with postgres.connect(url, patience_s=0) as server:
            yield server


@contextmanager
def postgres_databases() -> Iterator[Databases]:
    """A server; each database that it hands out has its tables."""
    with postgres_server() as server:
        databases = Databases(server)
        template = databases.new()
        asyncio.run(upgrade(template))
        databases.template = template.rpartition("/")[2]
        yield databases
