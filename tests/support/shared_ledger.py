"""One ledger in memory for all the bots of a world, as one PostgreSQL would be."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from bot.ledger.database import LedgerError, Row, Statement, Value
from bot.ledger.encryption import KEY_BYTES, Cipher
from bot.ledger.ledger import Ledger
from bot.runtime import Runtime
from bot.settings import Settings
from handlers.open_ledger import ledger_on
from tests.support.ledgers import ledger_in_memory


@dataclass
class SharedLedger:
    """`fault` is what each call meets from then on; `faults` those of the next calls, None for none."""

    clock: Callable[[], float]
    fault: LedgerError | None = None
    commits: int = 0

    def __post_init__(self) -> None:
        self.connection = ledger_in_memory(self.clock)

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        if self.fault:
            raise self.fault
        return self.connection.fetch(sql, values)

    async def commit(self, *statements: Statement) -> list[list[Row]] | None:
        if self.fault:
            raise self.fault
        self.commits += 1
        return self.connection.run(statements)

    def rows(self, sql: str = "SELECT * FROM changes ORDER BY asked_at") -> list[Row]:
        return self.connection.fetch(sql)

    @asynccontextmanager
    async def open(self, settings: Settings, runtime: Runtime, _team_id: str) -> AsyncIterator[Ledger]:
        yield await ledger_on(self, CIPHER, settings, runtime)


CIPHER = Cipher([bytes(range(KEY_BYTES))], Random(0))
