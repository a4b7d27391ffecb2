"""A connection to PostgreSQL: what it asks of the server, and one that is a session of its own, for locks."""

import socket
from typing import Any, Self

import asyncpg

from bot import logs
from bot.ledger.advisory_lock import LOCK_TIMEOUT_S
from bot.ledger.database import APPLICATION_NAME, TIMEOUT_S, UnavailableError

# Whoever is gone without a word, a lost machine say, is known to be gone within 10 s, on both ends.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVES = 3, 2, 3
DEAD_MS = 1000 * (KEEPALIVE_IDLE_S + KEEPALIVES * KEEPALIVE_INTERVAL_S)
# The server gives up a little earlier than the caller, and so says itself that nothing was done.
SERVER_SETTINGS = {
    "application_name": APPLICATION_NAME,
    "default_transaction_isolation": "read committed",
    "statement_timeout": "1800",
    "lock_timeout": "1800",
    "idle_in_transaction_session_timeout": "5000",
    "tcp_keepalives_idle": str(KEEPALIVE_IDLE_S),
    "tcp_keepalives_interval": str(KEEPALIVE_INTERVAL_S),
    "tcp_keepalives_count": str(KEEPALIVES),
    "tcp_user_timeout": str(DEAD_MS),
}
FOR_MIGRATIONS = SERVER_SETTINGS | {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
FOR_TURNS = SERVER_SETTINGS | {
    "application_name": f"{APPLICATION_NAME} turn",
    "statement_timeout": "0",
    "lock_timeout": str(int(1000 * LOCK_TIMEOUT_S)),
}
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""The server refuses, there is none, or it went. Connecting raises ValueError, too: the address can't be read."""


class Session:
    """`bot.ledger.advisory_lock.Session`."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> Self:
        """Raises UnavailableError."""
        try:
            return cls(await connect_alone(url, FOR_TURNS))
        except (*FAILURES, ValueError) as error:
            raise UnavailableError(f"PostgreSQL: {words_of(error)}") from error

    @property
    def is_over(self) -> bool:
        return bool(self._connection.is_closed())

    async def run(self, sql: str) -> bool:
        try:
            await self._connection.execute(sql)
        except asyncpg.LockNotAvailableError:
            return False
        except FAILURES as error:
            raise UnavailableError(f"PostgreSQL: {words_of(error)}") from error
        return True

    def end(self) -> None:
        self._connection.terminate()


async def connect_alone(url: str, server_settings: dict[str, str]) -> Any:  # noqa: ANN401
    """A connection of no pool. Raises one of FAILURES, or ValueError."""
    connection = await asyncpg.connect(url, timeout=TIMEOUT_S, server_settings=server_settings)
    await watch_peer(connection)
    return connection


def words_of(error: BaseException) -> str:
    """What PostgreSQL or its driver said; a time-out and a lost connection say nothing themselves."""
    return str(error) or logs.cause_of(error)


async def watch_peer(connection: Any) -> None:  # noqa: ANN401
    """On our end; asyncpg has no option for that. Not every system has all of these."""
    end = connection._transport.get_extra_info("socket")  # noqa: SLF001
    if end is None or end.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL_S),
        ("TCP_KEEPCNT", KEEPALIVES),
        ("TCP_USER_TIMEOUT", DEAD_MS),
    ):
        if hasattr(socket, name):
            end.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
