"""PostgreSQL: a few connections that come back by themselves, and what its errors mean.

A caller that gives up takes its connection down with it: whatever the server still does for it ends without a commit,
unless the commit was already on its way.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from math import inf
from typing import Any

import asyncpg

from bot.ledger.database import (
    TIMEOUT_S,
    ConflictError,
    LedgerError,
    LedgerStartError,
    Row,
    Statement,
    StatementError,
    UnavailableError,
    UnclearCommitError,
    Value,
)
from bot.ledger.pooler import POOLER, refuse_pooler
from bot.ledger.postgres_session import (
    FAILURES,
    FOR_MIGRATIONS,
    SERVER_SETTINGS,
    Session,
    connect_alone,
    watch_peer,
    words_of,
)
from bot.ledger.statements import SKIP_LOCKED
from bot.ledger.turns import SharedTurn, Turns

CONNECTIONS = 4
CONNECTIONS_PER_ENDPOINT = 1
"""For its turn among processes, from its first use on."""
PAUSE_S = 1.0
# Classes of SQLSTATE, and states. What is in neither is a statement that is wrong.
_UNAVAILABLE = (
    "08",  # the connection
    "25",  # a server that only reads, a transaction that took too long
    "28",  # the user or the password
    "3D",  # the database is gone
    "40",  # a deadlock
    "53",  # a full disk, too many connections
    "55",  # a lock
    "57",  # a time-out, a server that stops or starts
    "58",  # the server's disk
    "XX",
    "0A000",  # a statement that was prepared before the schema changed
)
_POOLER = ("08P01", "26000", "42P05")  # refuses settings, or has lost or kept a statement that was prepared
_UP_FOR = "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) AS up_for_s"
_ROLLED_BACK = ("23", "25", "40001", "40P01", "53100")  # of a commit, where the server says so itself


class PostgresDatabase:
    """`bot.ledger.database.Database` over a pool."""

    def __init__(self, pool: Any, url: str, *, came_at: float = -inf) -> None:  # noqa: ANN401 - asyncpg has no types
        """`came_at` is when a server came that was waited for, in the loop's time."""
        self._pool, self.timeout_s, self._came_at = pool, TIMEOUT_S, came_at
        self.turns = Turns(partial(Session.open, url), self)

    def turn_at(self, name: str) -> SharedTurn:
        return self.turns.at(name)

    async def up_for_s(self) -> float:
        """A server that starts may take minutes before it takes connections: who waited for it knows better."""
        [row] = await self.fetch(_UP_FOR)
        return min(float(row["up_for_s"]), asyncio.get_running_loop().time() - self._came_at)

    async def refuse_pooler(self) -> None:
        """Raises LedgerStartError."""
        try:
            async with (
                asyncio.timeout(TIMEOUT_S + self.timeout_s),
                self._pool.acquire() as first,
                self._pool.acquire() as second,
            ):
                await refuse_pooler(first, second, SERVER_SETTINGS["lock_timeout"])
        except FAILURES as error:
            raise _start_error(error) from error

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        return await _Call(self._pool, self.timeout_s).fetch(sql, values)

    async def commit(self, *statements: Statement) -> list[list[Row]] | None:
        try:
            return await _Call(self._pool, self.timeout_s).commit(statements)
        except UnavailableError as error:
            if not isinstance(error.__cause__, asyncpg.InvalidCachedStatementError):
                raise
        # A newer bot has added a column. Nothing was committed, and the driver has forgotten what it had prepared.
        return await _Call(self._pool, self.timeout_s).commit(statements)


class _Call:
    """One use of a connection."""

    def __init__(self, pool: Any, timeout_s: float) -> None:  # noqa: ANN401
        self._pool, self._timeout_s = pool, timeout_s
        self._is_committing = False

    async def fetch(self, sql: str, values: Sequence[Value]) -> list[Row]:
        async with self._connection() as connection:
            return _rows(await connection.fetch(sql, *values))

    async def commit(self, statements: Sequence[Statement]) -> list[list[Row]] | None:
        found: list[list[Row]] = []
        async with self._connection() as connection:
            await connection.execute("begin")
            for statement in statements:
                sql = statement.sql.replace(SKIP_LOCKED, "FOR UPDATE SKIP LOCKED")
                rows = _rows(await connection.fetch(sql, *statement.values))
                if statement.required and not rows:
                    break
                found.append(rows)
            else:
                self._is_committing = True
                await connection.execute("commit")
                return found
            await connection.execute("rollback")
        return None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """Raises what became of the call."""
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await self._pool.acquire()
                try:
                    yield connection
                except BaseException as error:
                    await self._give_back(connection, error)
                    raise
                await self._pool.release(connection)
        except FAILURES as error:
            raise self._meaning(error) from error

    async def _give_back(self, connection: Any, error: BaseException) -> None:  # noqa: ANN401
        """It is used again where there was an answer, and ended otherwise."""
        try:
            if not isinstance(error, asyncpg.PostgresError) and not _is_wrong_value(error):
                connection.terminate()
            elif connection.is_in_transaction():
                await connection.execute("rollback")
        except BaseException:
            connection.terminate()
            raise
        finally:
            await self._pool.release(connection)

    def _meaning(self, error: BaseException) -> LedgerError:
        words = f"PostgreSQL: {words_of(error)}"
        if isinstance(error, asyncpg.PostgresError):
            state = error.sqlstate or ""
            if self._is_committing and not state.startswith(_ROLLED_BACK):
                return UnclearCommitError(words)
            if state == asyncpg.UniqueViolationError.sqlstate:
                return ConflictError(words)
            return (UnavailableError if state.startswith(_UNAVAILABLE) else StatementError)(words)
        if self._is_committing:
            return UnclearCommitError(words)
        return (StatementError if _is_wrong_value(error) else UnavailableError)(words)


def _is_wrong_value(error: BaseException) -> bool:
    """The driver refuses a value that does not fit, and has sent nothing."""
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)


def _rows(records: Sequence[Any]) -> list[Row]:
    return [dict(record) for record in records]


def connections_needed(endpoints: int) -> int:
    """Of one process, at most, where it uses so many endpoints of the ticket API."""
    return CONNECTIONS + CONNECTIONS_PER_ENDPOINT * endpoints


@asynccontextmanager
async def connect(url: str, *, patience_s: float) -> AsyncIterator[PostgresDatabase]:
    """Waits for a server that is not there yet. Raises LedgerStartError."""
    pool, came_at = await _with_patience(url, patience_s)
    database = PostgresDatabase(pool, url, came_at=came_at)
    try:
        yield database
    finally:
        await database.turns.close()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()


async def connect_for_migrations(url: str) -> Any:  # noqa: ANN401
    """A connection that takes its time. Raises LedgerStartError."""
    try:
        return await connect_alone(url, FOR_MIGRATIONS)
    except (*FAILURES, ValueError) as error:
        raise _start_error(error) from error


async def _with_patience(url: str, patience_s: float) -> tuple[Any, float]:
    """A pool, and when the server came if it was waited for."""
    now = asyncio.get_running_loop().time
    end, was_there = now() + patience_s, True
    while True:
        try:
            return await _pool(url), -inf if was_there else now()
        except (*FAILURES, ValueError) as error:
            problem = _start_error(error)
            if problem.exit_code != 1 or now() + PAUSE_S > end:
                raise problem from error
            was_there = False
        await asyncio.sleep(PAUSE_S)


async def _pool(url: str) -> Any:  # noqa: ANN401
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=TIMEOUT_S,
        command_timeout=TIMEOUT_S,
        server_settings=SERVER_SETTINGS,
        init=watch_peer,
        reset=_nothing,
    )


async def _nothing(_: object) -> None:
    """A connection keeps no state of ours: what it would take to reset it is saved at each call."""


def _start_error(error: Exception) -> LedgerStartError:
    """What only time mends has exit code 1."""
    state = getattr(error, "sqlstate", None) or ""
    if state.startswith("28"):
        return LedgerStartError("PostgreSQL refuses the user or the password of DATABASE_URL.")
    if state in _POOLER:
        return LedgerStartError(POOLER)
    if state.startswith("3D"):
        return LedgerStartError("PostgreSQL has no database of the name that DATABASE_URL has: make it with createdb.")
    if isinstance(error, asyncpg.ClientConfigurationError | ssl.SSLError | ValueError):
        is_about_an_option = isinstance(error, asyncpg.ClientConfigurationError | ssl.SSLError)
        why = error if is_about_an_option else "percent-encode what is special in it"  # else it may quote the password
        return LedgerStartError(f"PostgreSQL can't be reached as DATABASE_URL says: {why}.")
    if state == asyncpg.TooManyConnectionsError.sqlstate:
        return LedgerStartError(f"PostgreSQL has no connection left for the bot ({error}): raise max_connections.", 1)
    return LedgerStartError(f"PostgreSQL can't be reached ({words_of(error)}): is it running?", 1)
