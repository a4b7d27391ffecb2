"""The schema that this bot knows, and how a database gets there.

Alembic takes 0.3 s to import, so it is, only where there is something to do.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.ledger.database import Database, LedgerStartError, StatementError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA = "0002"
"""The newest step in migrations/versions."""

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x7469636B6574  # "ticket", among whatever else the server's advisory locks are used for

LOCK_TIMEOUT_MS = 5_000
_NO_LOCK = "55P03"

log = logging.getLogger(__name__)

Upgrade = Callable[[], Awaitable[None]]


class Fit(Enum):
    """How a database's schema suits a bot."""

    NONE = "no tables yet"
    OLDER = "a start brings it up to date"
    CURRENT = "as it should be"
    NEWER = "a newer bot's, and of use to this one"
    TOO_NEW = "a newer bot's, and of no use to this one"


async def fit(database: Database, version: str) -> Fit:
    """For the bot of that version. Changes nothing."""
    found = await found_schema(database)
    if found is None:
        return Fit.NONE
    if _numbers(version) < _numbers(await oldest_version(database)):
        return Fit.TOO_NEW
    if found == SCHEMA:
        return Fit.CURRENT
    return Fit.OLDER if found in known_schemas() else Fit.NEWER


async def ensure(database: Database, version: str, upgrade: Upgrade | None) -> None:
    """Upgrades the database where it is behind, or says so where `upgrade` is None.

    Raises LedgerStartError for that, and where `version`, the bot's, may not use the database.
    """
    found = await found_schema(database)
    if found != SCHEMA and (found is None or found in known_schemas()):
        if upgrade is None:
            older = "no tables yet" if found is None else "an older schema"
            raise LedgerStartError(f"The database has {older}: start the bot, which sees to that.")
        await upgrade()
        log.info("the tables of the database were brought up to date")
    if _numbers(version) < _numbers(oldest := await oldest_version(database)):
        raise LedgerStartError(
            f"The database belongs to a newer bot: {oldest} is the oldest one that may use it, and this is {version}."
        )


async def found_schema(database: Database) -> str | None:
    """None where there is none."""
    try:
        rows = await database.fetch("select version_num from alembic_version")
    except StatementError:  # no such table
        return None
    return str(rows[0]["version_num"]) if rows else None


def known_schemas() -> list[str]:
    """Each step that this bot knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


async def oldest_version(database: Database) -> str:
    """Of the bots, that may use the database."""
    rows = await database.fetch("select value from ledger_meta where key = 'oldest_version'")
    return str(rows[0]["value"]) if rows else "0"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def upgrade_sqlite(connection: Any, to: str = SCHEMA) -> None:  # noqa: ANN401 - sqlite3 is known in sqlite.py
    """`connection` is sqlite3's, in no transaction. Whoever comes second waits, and finds nothing to do."""
    from sqlalchemy import StaticPool, create_engine  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    try:
        with engine.connect() as bound:
            bound.exec_driver_sql("begin immediate")
            _run(bound, to)
            bound.commit()
    except DBAPIError as error:
        raise _failed(error.orig or error) from error


async def upgrade_postgres(connect: Callable[[], Awaitable[Any]], to: str = SCHEMA) -> None:
    """`connect` makes a connection of asyncpg's, which has the time that it takes."""
    from sqlalchemy import NullPool, text  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as bound:
            await bound.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            # While it waits for a table everybody waits behind it: a long backup must not stop the bots at work.
            await bound.execute(text(f"set local lock_timeout = {LOCK_TIMEOUT_MS}"))
            await bound.run_sync(_run, to)
    except (DBAPIError, OSError) as error:
        raise _failed(getattr(error, "orig", error)) from error


def _failed(error: BaseException) -> LedgerStartError:
    words = f"The tables of the database can't be brought up to date; they are as they were: {error}"
    may_pass = isinstance(error, OSError) or getattr(error, "sqlstate", None) == _NO_LOCK
    return LedgerStartError(words, 1 if may_pass else 2)


def _run(connection: "Connection", to: str) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
