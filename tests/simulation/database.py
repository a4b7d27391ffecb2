"""The database of all the world's bots: one SQLite in memory behind a network, with a clock of its own.

As with the ticket API, what was handed over goes on when the sender is dead, frozen, or waits no more: a transaction
is one moment, between two waits in which its sender may be killed. A commit of which no answer came may stand or not,
and what the commit does may come about after its sender was told that nobody knows.
"""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TypeVar

from bot.api.turn import SoleProcess, Turn
from bot.ledger import statements
from bot.ledger.database import TIMEOUT_S, LedgerError, Row, Statement, UnavailableError, UnclearCommitError, Value
from bot.ledger.sqlite import SqliteConnection
from tests.simulation.chance import Chance
from tests.simulation.faults import Weather
from tests.simulation.journal import CLICK, Journal
from tests.simulation.loop import NOW, SimulatedLoop
from tests.simulation.process import PROCESS, Process
from tests.simulation.turn import Line, ProcessTurn
from tests.support.ledgers import ledger_in_memory

_WAY = (0.0003, 0.02)
_WAYS = {"database slow": (0.2, 1.9), "database late": (TIMEOUT_S, 40.0)}
"""How many seconds a question takes to the database."""
_NEVER_HANDED_OVER = {"database down"}
_NEVER_CARRIED_OUT = {"database stuck", "database reset before"}
_ANSWER_LOST = {"database reset before", "database reset after"}
_SILENT = {"database stuck", "database silent", "database late"}

_NAMES = {sql: name for name, sql in vars(statements).items() if isinstance(sql, str) and name.isupper()}
_LOOKS = {"TAKE_DUE", "BLANK_URLS"}

Result = TypeVar("Result")


@dataclass
class Database:
    """`bot.ledger.database.Database` for each bot of the world; `clock` is what `ledger_now()` says.

    `open_ledger` makes the connection, with the tables in it. `is_calm` ends all faults. `strike` may kill or freeze
    the process, for the cause, before and after its commit.
    """

    loop: SimulatedLoop
    chance: Chance
    weather: Weather
    journal: Journal
    is_calm: Callable[[], bool]
    open_ledger: Callable[[Callable[[], float]], SqliteConnection] = ledger_in_memory
    strike: Callable[[str, Process | None, str], None] = lambda *_: None
    clock_is_off_s: float = 0.0
    clock_was_off_s: float = 0.0
    """At most."""
    outage: str = ""
    _lines: dict[str, Line] = field(init=False)
    _next_due_at: float | None = None
    """None where it has to be looked up."""

    def __post_init__(self) -> None:
        self._lines = defaultdict(partial(Line, self.loop))

    def clock(self) -> float:
        return NOW + self.loop.now() + self.clock_is_off_s

    def latest_clock(self) -> float:
        return NOW + self.loop.now() + self.clock_was_off_s

    @cached_property
    def connection(self) -> SqliteConnection:
        """For rules too, which look into the tables without asking anybody."""
        return self.open_ledger(self.clock)

    def close(self) -> None:
        if "connection" in self.__dict__:
            self.connection.close()

    def turn_at(self, name: str) -> Turn:
        """As PostgreSQL has one; where that connection of a process is lost, each has its own."""
        process = PROCESS.get()
        return ProcessTurn(self._lines[name], process) if process and self.journal.is_turn_shared else SoleProcess()

    # ── what a bot asks of it ─────────────────────────────────────────────────────────────────────────────────────

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        click = CLICK.get()

        def look() -> list[Row]:
            if click and sql is statements.MAY_SEND:
                click.looked_at = self.loop.now()
            return self.connection.fetch(sql, values)

        return await self._ask(look, "", UnavailableError)

    async def commit(self, *steps: Statement) -> list[list[Row]] | None:
        is_look = len(steps) == 1 and steps[0].sql is statements.TAKE_DUE
        if is_look and not self.outage and not self._is_anything_due():
            return [[]]  # each bot looks once a second: nine of ten steps of a world would be these
        what = _name_of(steps)
        return await self._ask(lambda: self.connection.run(steps), what, UnclearCommitError)

    async def _ask(self, work: Callable[[], Result], commits: str, lost: type[LedgerError]) -> Result:
        """`lost` is what is raised where nobody knows whether the work was done; `commits` is what a commit is."""
        fault, cause = self._fault(commits)
        if commits:
            self.strike(f"before a commit of {commits[:60]}", PROCESS.get(), cause)
        await self._takes(cause, 0.0002, 0.003)  # in the caller's own process, which may end or stand still here
        if fault in _NEVER_HANDED_OVER or (commits and fault == "database full"):
            raise UnavailableError(fault)
        answer: asyncio.Future[Result] = self.loop.create_future()
        least, most = _WAYS.get(fault, _WAY)
        wait = self.chance.seconds(f"the database's way for {cause}", least, most)
        arrive = partial(self._arrive, work, commits, fault, answer)
        after = partial(self.strike, f"after a commit of {commits[:60]}", PROCESS.get(), cause) if commits else None
        self.loop.call_later(wait, arrive, after, context=Context())
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await answer
        except (TimeoutError, ConnectionError) as error:
            raise lost(fault or type(error).__name__) from error

    def _arrive(
        self,
        work: Callable[[], Result],
        commits: str,
        fault: str,
        answer: "asyncio.Future[Result]",
        after: Callable[[], None] | None,
    ) -> None:
        """Nobody's: whoever asked may be dead by now."""
        result: Result | Exception = ConnectionResetError()
        if fault not in _NEVER_CARRIED_OUT:
            self._next_due_at = None
            try:
                result = work()
            except LedgerError as error:
                result = error
            if commits:
                self._tell_of(commits, result)
        if after:
            after()
        if fault in _ANSWER_LOST:
            result = ConnectionResetError()
        if fault not in _SILENT:
            self.loop.call_later(0.001, _answer, answer, result, context=Context())

    def _fault(self, commits: str) -> tuple[str, str]:
        """What the question is going to meet, and who asks, for the chances' names."""
        bot, click = PROCESS.get(), CLICK.get()
        self.journal.about()  # which click this reference is, for whoever goes on with its row
        cause = click.cause if click else bot.name if bot else "nobody"
        if self.is_calm():
            return "", cause
        fault = self.outage or self.chance.choose(f"the database for {cause}", self.weather.database)
        if fault:
            self.journal.database_failed_at = self.loop.now()
            if click:
                click.database_trouble.append((fault, commits))
            self.journal.tell(
                self.loop.now(), f"    database: {commits[:60] or 'a look'} for {cause} is going to meet: {fault}"
            )
        return fault, cause

    def _tell_of(self, commits: str, result: object) -> None:
        if commits in _LOOKS and result in ([[]], None):
            return  # each second, by each bot
        came = type(result).__name__ if isinstance(result, Exception) else "nothing" if result is None else "done"
        self.journal.tell(self.loop.now(), f"    database: {commits[:60]}: {came}")

    async def _takes(self, cause: str, least: float, most: float) -> None:
        await asyncio.sleep(self.chance.seconds(f"the database's time for {cause}", least, most))

    def _is_anything_due(self) -> bool:
        if self._next_due_at is None:
            [row] = self.connection.fetch("SELECT min(due_at) AS at FROM changes")
            self._next_due_at = math.inf if row["at"] is None else row["at"]
        return self._next_due_at <= self.clock()

    # ── what goes wrong with it ───────────────────────────────────────────────────────────────────────────────────

    async def live(self, ends_at: float) -> None:
        """Now and then it is away for everybody, for tens of seconds; or somebody sets its clock."""
        while self.weather.database_outages and self.loop.now() < ends_at:
            await asyncio.sleep(self.chance.pause("the database's time", 60))
            self.meet(self.chance.choose("the database", self.weather.database_outages))

    def meet(self, what: str) -> None:
        if not what or self.is_calm() or self.outage:
            return
        if what == "database clock set":
            self.clock_is_off_s = self.chance.seconds("the database's clock", -60, 60)
            self.journal.clock_sets.append(self.loop.now())
            self.clock_was_off_s = max(self.clock_was_off_s, self.clock_is_off_s)
            self._tell(f"its clock is {self.clock_is_off_s:.0f} s off from now on")
            return
        self.outage = what
        self._tell(f"from now on each question meets: {what}")
        self.loop.call_later(self.chance.pause("the database is away", 30), self._recover, context=Context())

    def _recover(self) -> None:
        self.outage = ""
        self._tell("the outage is over")

    def _tell(self, what: str) -> None:
        self.journal.tell(self.loop.now(), f"DATABASE: {what}")


def _name_of(steps: Sequence[Statement]) -> str:
    """By its condition, where it has one: that is the step, and what else is in the transaction comes of it."""
    step = next((step for step in steps if step.required), steps[0] if steps else Statement("nothing"))
    return _NAMES.get(step.sql, " ".join(step.sql.split()))


def _answer(answer: "asyncio.Future[Result]", result: Result | Exception) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
