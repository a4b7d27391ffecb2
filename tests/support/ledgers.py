"""Databases for tests: in memory for whoever runs thousands of worlds, and real ones on both engines."""

import sqlite3
from collections.abc import Callable
from functools import cache

from bot.ledger.schema import upgrade_sqlite
from bot.ledger.sqlite import SqliteConnection


def ledger_in_memory(clock: Callable[[], float]) -> SqliteConnection:
    """Empty, with its tables; any thread may use it, one at a time. It takes 0.1 ms: see `_image`."""
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
