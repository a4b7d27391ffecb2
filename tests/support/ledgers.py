"""Databases for tests: in memory for whoever runs thousands of worlds, and real ones on both engines."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial

from bot.ledger import postgres
from bot.ledger.schema import upgrade_postgres, upgrade_sqlite
from bot.ledger.sqlite import SqliteConnection
from tests.support.postgres_server import Databases, postgres_server


def ledger_in_memory(clock: Callable[[], float]) -> SqliteConnection:
    """Empty, with its tables; any thread may use it, one at a time. Some 0.1 ms each: see `_image`."""
    raw = _in_memory()
    raw.deserialize(_image())
    return SqliteConnection(raw, clock)


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


@contextmanager
def postgres_databases() -> Iterator[Databases]:
    """A server; each database that it hands out has its tables."""
    with postgres_server() as server:
        databases = Databases(server)
        template = databases.new()
        asyncio.run(upgrade_postgres(partial(postgres.connect_for_migrations, template)))
        databases.template = template.rpartition("/")[2]
        yield databases
