"""However many processes die over it: two receipts at most arrive, and the last copy is never lost."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from bot.ledger.database import Row, Statement, UnavailableError, Value
from bot.ledger.ledger import Ledger
from bot.runtime import Runtime
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from bot.settings import Settings
from handlers.open_ledger import ledger_on
from handlers.serve import RunningBot
from tests.handlers.deletions import DELETE, NUMBER, api_asked, asked
from tests.handlers.test_recovery import LEASE_OVER_S
from tests.support.shared_ledger import CIPHER, SharedLedger
from tests.support.world import ALICE, World, words


@dataclass
class Mortal:
    """A process's way to the ledger: its `dies_at`-th commit from `arm` on never returns, nor does anything after it.

    `is_late`: the commit takes place all the same.
    """

    shared: SharedLedger
    dies_at: int = 0
    is_late: bool = False
    is_away: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    def arm(self, dies_at: int, *, is_late: bool) -> None:
        self.dies_at, self.is_late = dies_at, is_late

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        await self._live()
        return await self.shared.fetch(sql, *values)

    async def commit(self, *statements: Statement) -> list[list[Row]] | None:
        if self.dies_at and not self.died.is_set():
            self.dies_at -= 1
            if not self.dies_at:
                self.died.set()
                if self.is_late:
                    rows = await self.shared.commit(*statements)
                    await self.thawed.wait()
                    return rows
        await self._live()
        return await self.shared.commit(*statements)

    async def _live(self) -> None:
        if self.died.is_set():
            await self.thawed.wait()
        if self.is_away:
            raise UnavailableError("away for this process")

    @asynccontextmanager
    async def open(self, settings: Settings, runtime: Runtime, _team_id: str) -> AsyncIterator[Ledger]:
        yield await ledger_on(self, CIPHER, settings, runtime)


@dataclass
class Processes:
    """One after the other, on one ledger. All that died are thawed at the end."""

    world: World
    stack: AsyncExitStack
    monkeypatch: pytest.MonkeyPatch
    mortals: list[Mortal] = field(default_factory=list)
    bots: list[RunningBot] = field(default_factory=list)

    async def start(self) -> Mortal:
        mortal = Mortal(self.world.ledger)
        self.monkeypatch.setattr(self.world.ledger, "open", mortal.open)
        bot = await self.stack.enter_async_context(self.world.bot(sweeppea_deadline_s=120))
        bot.recovery.resume = replace(bot.recovery.resume, pace_s=0.0)
        self.mortals.append(mortal)
        self.bots.append(bot)
        return mortal

    async def recover(self, dies_at: int, *, is_late: bool) -> None:
        """Another process finds the row, and may die over it."""
        mortal = await self.start()
        self.world.now += LEASE_OVER_S
        mortal.arm(dies_at, is_late=is_late)
        looking = asyncio.ensure_future(self.world.recover())
        dying = asyncio.ensure_future(mortal.died.wait())
        await asyncio.wait([looking, dying], return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()

    async def thaw(self) -> None:
        for mortal in self.mortals:
            mortal.thawed.set()
        for bot in self.bots:
            await bot.services.runner.wait_idle()

    def receipts(self) -> list[SlackMessage]:
        return [posted for posted in self.world.slack.messages if "Keep this" in words(posted)]


@pytest.fixture
async def processes(empty_world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:
        made = Processes(empty_world, stack, monkeypatch)
        yield made
        await made.thaw()


async def deleted(processes: Processes, dies_at: int, *, is_late: bool, is_away: bool) -> None:
    """The API has deleted the ticket; then the process dies, or tells from memory what came of it."""
    world, mortal = processes.world, await processes.start()
    request = await asked(world)
    go_on = asyncio.Event()
    world.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(world, "delete", world.slack.click(ALICE, request, DELETE))
    mortal.is_away = is_away
    mortal.arm(0 if is_away else dies_at, is_late=is_late)
    go_on.set()
    if is_away:
        await processes.bots[0].services.runner.wait_idle()
    else:
        await mortal.died.wait()


# A click's commits are the end, and that people know; 0: the database is away.
FIRST_DEATHS = [(1, False), (1, True), (2, False), (2, True), (0, False)]
# Recovery looks twice, since there may be more; then come the end, or the mark, and that people know.
DEATHS = [(3, False), (3, True), (4, False), (4, True)]


@pytest.mark.parametrize(("by", "then"), list(itertools.product(FIRST_DEATHS, DEATHS)))
async def test_two_receipts_at_most_arrive_and_no_last_copy_is_lost(
    processes: Processes, by: tuple[int, bool], then: tuple[int, bool]
) -> None:
    dies_at, is_late = by
    await deleted(processes, dies_at, is_late=is_late, is_away=not dies_at)
    for _ in range(2):
        await processes.recover(then[0], is_late=then[1])
    await processes.recover(0, is_late=False)
    await processes.thaw()
    received = len(processes.receipts())
    [row] = processes.world.ledger.rows()
    assert received <= 2
    assert received or row["copy"] is not None
    assert row["state"] == "delivered"
    assert any(NUMBER in words(posted) for posted in processes.world.slack.messages)


async def test_a_receipt_told_from_memory_is_sent_once_where_the_database_comes_back(processes: Processes) -> None:
    await deleted(processes, 0, is_late=False, is_away=True)
    processes.mortals[0].is_away = False
    processes.world.now += LEASE_OVER_S
    await processes.world.recover()
    [row] = processes.world.ledger.rows()
    assert (row["state"], row["outcome"], row["receipt"], row["copy"]) == ("delivered", "DONE", "sent", None)
    assert len(processes.receipts()) == 1
