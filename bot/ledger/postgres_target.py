"""An empty PostgreSQL that a ledger is copied to: one transaction, on a connection that has the time that it takes."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from bot.ledger import schema
from bot.ledger.database import LedgerStartError, StatementError, UnavailableError, UnclearCommitError, Value
from bot.ledger.moved import COPIED
from bot.ledger.postgres import connect_for_migrations
from bot.ledger.postgres_session import FAILURES, words_of

MADE_BY_MIGRATIONS = "oldest_version"
"""The one row that new tables have in them, in ledger_meta."""

_WRONG = ("22", "23", "42")  # classes of SQLSTATE: a value, a constraint, the statement itself
_HAS = "select to_regclass($1) is not null"
_COLUMNS = """
select column_name from information_schema.columns where table_schema = current_schema() and table_name = $1"""
_IDENTITY = f"{_COLUMNS} and is_identity = 'YES'"


class PostgresTarget:
    """Everything raises UnavailableError and StatementError, `commit` UnclearCommitError alone."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        self._connection = connection

    async def schema(self) -> str | None:
        with _failing():
            if not await self._connection.fetchval(_HAS, "alembic_version"):
                return None
            found: str | None = await self._connection.fetchval("select version_num from alembic_version")
            return found

    async def rows(self, tables: Sequence[str]) -> Mapping[str, int]:
        """How many each table holds, of those that hold any."""
        with _failing():
            numbers = {}
            for table in tables:
                if await self._connection.fetchval(_HAS, table):
                    but = f" where key <> '{MADE_BY_MIGRATIONS}'" if table == "ledger_meta" else ""
                    numbers[table] = await self._connection.fetchval(f"select count(*) from {table}{but}")  # noqa: S608
            return {table: number for table, number in numbers.items() if number}

    async def copied(self) -> str | None:
        """The token of the copy that it holds."""
        with _failing():
            if not await self._connection.fetchval(_HAS, "ledger_meta"):
                return None
            sql = "select value from ledger_meta where key = $1"
            found: str | None = await self._connection.fetchval(sql, COPIED)
            return found

    async def columns(self, table: str) -> set[str]:
        with _failing():
            return {row[0] for row in await self._connection.fetch(_COLUMNS, table)}

    async def begin(self, tables: Sequence[str]) -> None:
        """Whoever else wants one of the tables waits for the end."""
        with _failing():
            await self._connection.execute("begin")
            await self._connection.execute(f"set local lock_timeout = {schema.LOCK_TIMEOUT_MS}")
            await self._connection.execute(f"lock table {', '.join(tables)} in access exclusive mode")

    async def copy(self, table: str, columns: Sequence[str], rows: AsyncIterable[Sequence[Value]]) -> None:
        with _failing():
            copying = asyncio.ensure_future(
                self._connection.copy_records_to_table(table, records=rows, columns=columns)
            )
            try:
                await asyncio.shield(copying)
            except asyncio.CancelledError:  # the driver would wait for a word of the server, which may never come
                self._connection.terminate()
                await asyncio.gather(copying, return_exceptions=True)
                raise

    async def set_next(self, table: str, after: int) -> None:
        """What the table numbers by itself goes on after that."""
        with _failing():
            for [column] in await self._connection.fetch(_IDENTITY, table):
                await self._connection.fetchval(
                    "select setval(pg_get_serial_sequence($1, $2), $3)", table, column, after
                )

    async def commit(self) -> None:
        try:
            await self._connection.execute("commit")
        except FAILURES as error:
            raise UnclearCommitError(f"PostgreSQL: {words_of(error)}") from error


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[PostgresTarget]:
    """What was not committed is rolled back at the end. Raises LedgerStartError."""
    try:
        connection = await connect_for_migrations(url)
    except LedgerStartError as error:
        raise LedgerStartError(str(error).replace("DATABASE_URL", "--to"), error.exit_code) from error
    try:
        yield PostgresTarget(connection)
    finally:
        connection.terminate()


async def upgrade(url: str) -> None:
    """Makes the tables, or brings them up to date. Raises LedgerStartError."""
    await schema.upgrade_postgres(partial(connect_for_migrations, url))


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        state = getattr(error, "sqlstate", None) or ""
        is_wrong = state.startswith(_WRONG) or (isinstance(error, ValueError) and not isinstance(error, OSError))
        raise (StatementError if is_wrong else UnavailableError)(f"PostgreSQL: {words_of(error)}") from error
