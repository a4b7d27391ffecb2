"""SQLite, without a thread and without a loop: a connection, its transactions, and what its errors mean.

A value is bound by its number as a name: from a sequence sqlite3 would bind `$2 … $1` in the order in which they are
written, and swap them in silence.
"""

import logging
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.ledger.database import (
    ConflictError,
    DamagedFileError,
    LedgerError,
    LedgerStartError,
    Row,
    Statement,
    StatementError,
    UnavailableError,
    UnclearCommitError,
    Value,
)

OLDEST_SQLITE = (3, 37, 0)  # tables that keep to their types
BUSY_TIMEOUT_MS = 1_500  # less than a caller waits
WAL_LIMIT_BYTES = 8_000_000  # what the file is cut to after a checkpoint
_PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "synchronous = full",
    f"journal_size_limit = {WAL_LIMIT_BYTES}",
    "recursive_triggers = on",  # else REPLACE deletes a row past its trigger
    "trusted_schema = on",  # a trigger asks ledger_now()
)

_IS_DAMAGED = "is damaged, or no SQLite database: stop the bot and put a backup in its place"
_IS_HELD = "is held by another process: wait for its end, or end it"
_PROBLEMS = {
    sqlite3.SQLITE_FULL: "can't grow, the disk is full: make room",
    sqlite3.SQLITE_READONLY: "can't be written: the file, its folder or its disk is read-only",
    sqlite3.SQLITE_PERM: "may not be opened: give the file and its folder to the user that runs the bot",
    sqlite3.SQLITE_CANTOPEN: "can't be opened: the file or its folder is gone, or belongs to another user",
    sqlite3.SQLITE_IOERR: "can't be read or written: look at the disk, and how full it is",
    sqlite3.SQLITE_CORRUPT: _IS_DAMAGED,
    sqlite3.SQLITE_NOTADB: _IS_DAMAGED,
    sqlite3.SQLITE_BUSY: _IS_HELD,
    sqlite3.SQLITE_LOCKED: _IS_HELD,
    sqlite3.SQLITE_NOMEM: "can't be used, there is no memory left",
    sqlite3.SQLITE_PROTOCOL: _IS_HELD,
    sqlite3.SQLITE_INTERRUPT: "was interrupted",
}
_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}
_WRONG = (sqlite3.Error, ValueError, OverflowError)  # the last two: text that is no UTF-8, a number that is too large
# With these the transaction's last page never came to stand on the disk, or is still in our hands.
_NOT_COMMITTED = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CONSTRAINT,
}

log = logging.getLogger(__name__)


class SqliteConnection:
    """One transaction after the other. `path` is None for a database in memory; `raw` is for migrations and tests."""

    def __init__(self, raw: sqlite3.Connection, clock: Callable[[], float], path: Path | None = None) -> None:
        self.raw = raw
        self._path = path
        raw.create_function("ledger_now", 0, clock)
        for pragma in _PRAGMAS:
            raw.execute(f"pragma {pragma}")

    def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Raises UnavailableError or StatementError."""
        try:
            return self._rows(sql, values)
        except _WRONG as error:
            raise _meaning(self._name, error) from error

    def run(
        self, statements: Sequence[Statement], may_commit: Callable[[], bool] = lambda: True
    ) -> list[list[Row]] | None:
        """The rows of each statement, all in one transaction; None where a `required` one returned none.

        `may_commit` is asked right before the commit. Raises UnavailableError, StatementError, UnclearCommitError.
        """
        try:
            self.raw.execute("begin immediate")
            rows = self._transaction(statements)
            if rows is not None and not may_commit():
                raise UnavailableError(f"{self._name} took too long")  # noqa: TRY301 - the same way back
        except _WRONG as error:
            self._roll_back()
            raise _meaning(self._name, error) from error
        except BaseException:
            self._roll_back()
            raise
        if rows is None:
            self._roll_back()
            return None
        self._commit()
        return rows

    def pages(self, sql: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of one statement, `size` at a time. Raises UnavailableError or StatementError."""
        try:
            cursor = self.raw.execute(sql)
            while page := cursor.fetchmany(size):
                yield page
        except _WRONG as error:
            raise _meaning(self._name, error) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Until the block ends nobody else writes; then what was written in it is committed, or rolled back."""
        self.fetch("begin immediate")
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self._commit()

    def close(self) -> None:
        self.raw.close()

    @property
    def _name(self) -> str:
        return str(self._path or "The database")

    def _transaction(self, statements: Sequence[Statement]) -> list[list[Row]] | None:
        found = []
        for statement in statements:
            rows = self._rows(statement.sql, statement.values)
            if statement.required and not rows:
                return None
            found.append(rows)
        return found

    def _rows(self, sql: str, values: Sequence[Value]) -> list[Row]:
        cursor = self.raw.execute(sql, {str(number): value for number, value in enumerate(values, 1)})
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _commit(self) -> None:
        try:
            self.raw.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            if _code(error) & 0xFF in _NOT_COMMITTED:
                raise _meaning(self._name, error) from error
            raise UnclearCommitError(f"{self._name}: {error}") from error

    def _roll_back(self) -> None:
        """What can't be rolled back either was rolled back by SQLite, or is so when the connection ends."""
        if self.raw.in_transaction:
            try:
                self.raw.execute("rollback")
            except sqlite3.Error:
                self.raw.interrupt()


def _meaning(name: str, error: Exception) -> LedgerError:
    code = _code(error)
    if code in _UNIQUE:
        return ConflictError(str(error))
    if problem := _PROBLEMS.get(code & 0xFF):
        meaning = DamagedFileError if problem == _IS_DAMAGED else UnavailableError
        return meaning(f"{name} {problem} ({error}).")
    return StatementError(str(error))


def _code(error: Exception) -> int:
    """SQLite's extended code, the plain one in its last byte; 0 for what the driver finds by itself."""
    return getattr(error, "sqlite_errorcode", 0)


def open_connection(path: Path, clock: Callable[[], float], *, as_it_is: bool = False) -> SqliteConnection:
    """To a file that is there. Any thread may use it, one at a time. Raises LedgerStartError.

    `as_it_is`: it gets no write-ahead log where it has none.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        has, needed = sqlite3.sqlite_version, ".".join(map(str, OLDEST_SQLITE))
        raise LedgerStartError(f"This Python has SQLite {has}, and needs {needed}: take another one, or PostgreSQL.")
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        log.warning("%s holds people's data, and every user of this machine may open it: chmod 600 %s", path, path)
    raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        connection = SqliteConnection(raw, clock, path)
        [row] = connection.fetch("pragma journal_mode" if as_it_is else "pragma journal_mode = wal")
        if row["journal_mode"] != "wal" and not as_it_is:
            raise LedgerStartError(f"{path} can't have a write-ahead log there: take a folder on a local disk.")
        connection.run([])  # a file that can't be written shows itself here
    except (LedgerError, sqlite3.Error) as error:
        raw.close()
        meaning = error if isinstance(error, LedgerError) else _meaning(str(path), error)
        raise LedgerStartError(str(meaning)) from error
    return connection


def make_private_file(path: Path, *, create: bool) -> None:
    """A file that can be opened, made where `create` says so and there is none. Raises LedgerStartError.

    A new one is for its owner alone; SQLite gives -wal and -shm the mode of their file.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600))
    except FileNotFoundError:
        problem = "is not there: the bot makes it at its first start"
        if not (folder := path.absolute().parent).is_dir():
            problem = f"can't be made: the folder {folder} is not there" if create else f"is not there, nor is {folder}"
        raise LedgerStartError(f"{path} {problem}.") from None
    except IsADirectoryError:
        raise LedgerStartError(f"{path} is a folder, not a file: name a file in DATABASE_URL.") from None
    except PermissionError:
        user = f"the user that runs the bot (uid {os.geteuid()})"
        raise LedgerStartError(f"{path} may not be opened by {user}: give that user the file and its folder.") from None
    except OSError as error:
        raise LedgerStartError(f"{path} can't be opened: {error.strerror}.") from None
