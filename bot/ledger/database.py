"""One way to the database, whichever it is: statements with `$1`, `$2`, …, in transactions that take milliseconds.

SQLite and PostgreSQL run the same statements. Times are seconds since the epoch by the database's own clock, which
statements ask with `ledger_now()`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

from bot.api.turn import Turn

TIMEOUT_S = 2.0
"""Nobody waits for a database for longer."""

APPLICATION_NAME = "ticket-bot"
"""What a bot's connections on PostgreSQL are called, or begin with."""

Value = str | int | float | bytes | None
Row = Mapping[str, Any]


class LedgerError(Exception):
    """The database did not do what was asked of it."""


class UnavailableError(LedgerError):
    """Nothing was committed: the database is down, full, read-only, or took longer than TIMEOUT_S."""


class DamagedFileError(UnavailableError):
    """The file can't be read any more: only a backup in its place helps."""


class ConflictError(UnavailableError):
    """Nothing was committed: another row has what a unique index lets only one row have."""


class StatementError(LedgerError):
    """Nothing was committed: the database refuses the statement itself, which is a fault of ours."""


class LedgerStartError(LedgerError):
    """Sentences for the operator, of a database that can't be used.

    `exit_code` is 2 for what has to be mended, 1 for what may pass.
    """

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class UnclearCommitError(LedgerError):
    """The commit was handed over and its answer was lost: it may stand, or may not."""


AWAY = (UnavailableError, UnclearCommitError)
"""What passes by itself; any other LedgerError is somebody's fault."""


class Statement(NamedTuple):
    """`required`: where it returns no row, the whole transaction is rolled back."""

    sql: str
    values: tuple[Value, ...] = ()
    required: bool = False


class Database(Protocol):
    """Both calls raise UnavailableError; `commit` raises UnclearCommitError too."""

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        """The rows of one statement that changes nothing."""

    async def commit(self, *statements: Statement) -> list[list[Row]] | None:
        """The rows of each statement, all in one transaction; None where a `required` one returned none."""


@runtime_checkable
class HasADisk(Protocol):
    """A database that may fill the disk of this machine. What is small still finds room there for a while."""

    def check_room(self) -> None:
        """Raises UnavailableError where the next steps may find none."""


@runtime_checkable
class HasAServer(Protocol):
    """A database on a server, which may have been away right before this process came."""

    async def up_for_s(self) -> float:
        """For how many seconds at least it has been there."""


@runtime_checkable
class SharesTurns(Protocol):
    """A database that several processes share, and that says whose turn it is among them."""

    def turn_at(self, name: str) -> Turn:
        """`name` is the same in each process: the address of the endpoint."""
