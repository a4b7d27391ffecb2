"""What happens to the processes and to PostgreSQL, every second or two."""

import asyncio
import math
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.ticket_api import Call, Fault
from tests.cluster.cluster import APART, Cluster, Trouble
from tests.crash.bot import Bot
from tests.crash.listening import DELETE, Trap, now

EACH = ("kill", "freeze", "stop", "cut", "half-dead")
DEEDS = (*("kill",) * 4, *("freeze",) * 3, *("stop",) * 2, "cut", "half-dead")
HALF_DEAD_S = 12.0
STOP_S = 30.0
RESTARTS = ((0.3, 1.0), (0.65, 8.0))
"""Of PostgreSQL: after which part of the time, and for how many seconds it is away: less than a lease, and more."""
_AT_A_DELETION = 0.6
_WAIT_S = 1.5
_LAST_FREEZE_S = 8.0  # after the time is over


@dataclass
class Makers:
    """`tasks` bring back what was taken away."""

    cluster: Cluster
    seconds: float
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)
    _deck: list[str] = field(default_factory=list)
    _is_dealt: bool = False
    _freezes: list[float] = field(default_factory=list)
    _ends_at: float = 0.0

    async def make(self) -> None:
        """Until the time is over and everything works again."""
        self._ends_at = ends_at = now() + self.seconds
        for part, away_s in RESTARTS:
            self._later(self._restart_postgres(self.seconds * part, away_s))
        self._later(self._slow_down(ends_at))
        while now() < ends_at:
            await asyncio.sleep(self.cluster.random.uniform(0.8, 1.8))
            await self._one()
        while pending := [task for task in self.tasks if not task.done()]:
            await asyncio.wait(pending)
        for task in self.tasks:
            task.result()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def _one(self) -> None:
        """Something happens to one process while another serves; mostly in the moment in which it deletes."""
        if not (deed := self._next()):
            return
        random = self.cluster.random

        def is_it(what: str, thing: object) -> bool:
            if not isinstance(thing, Call) or what != "arrived" or thing.endpoint != DELETE:
                return False
            name = self.cluster.callers.of(thing)
            caught[:] = [bot for bot in self._victims(deed) if bot.name == name]
            return bool(caught)

        def act() -> None:
            bots = [bot for bot in caught if self.cluster.is_well(bot)] or self._victims(deed)
            if bots:
                self._do(deed, random.choice(bots))

        caught: list[Bot] = []
        trap = Trap(is_it, act, random.choice((0.0, random.uniform(0, 0.12))))
        if random.random() < _AT_A_DELETION:
            self.cluster.journal.traps.append(trap)
            try:
                async with asyncio.timeout(_WAIT_S):
                    await trap.sprung.wait()
            except TimeoutError:
                pass
            self.cluster.journal.traps.remove(trap)
        trap.spring()

    def _next(self) -> str:
        """Each once before one comes twice; what nobody can stand just now comes later. Empty where nobody can any."""
        if not self._deck:
            self._deck = list(DEEDS if self._is_dealt else EACH)
            self._is_dealt = True
            self.cluster.random.shuffle(self._deck)
        deed = next((one for one in self._deck if self._victims(one)), "")
        if deed:
            self._deck.remove(deed)
        return deed

    def _victims(self, deed: str) -> list[Bot]:
        """Nobody while they would be the last one."""
        well = self.cluster.well()
        if len(well) < 2:
            return []
        apart = self.cluster.slots[APART]
        return [bot for bot in well if deed != "half-dead" or bot is apart]

    def _do(self, deed: str, bot: Bot) -> None:
        trouble = self.cluster.begin(deed, bot)
        if at_once := {"kill": bot.kill, "freeze": bot.freeze, "stop": bot.stop}.get(deed):
            at_once()
        after = {
            "kill": self._kill,
            "freeze": self._freeze,
            "stop": self._stop,
            "cut": self._cut,
            "half-dead": self._half_dead,
        }[deed]
        self._later(after(bot, trouble))

    async def _kill(self, bot: Bot, trouble: Trouble) -> None:
        trouble.until = now()
        await self._start_again(bot)

    async def _freeze(self, bot: Bot, trouble: Trouble) -> None:
        if not self._freezes:
            self._freezes = [3.0, 7.0, 1.0, 15.0, 10.0]
        frozen_s = self._freezes.pop()
        await asyncio.sleep(min(frozen_s, max(self._ends_at + _LAST_FREEZE_S - now(), 0)))
        self.cluster.tell(f"{bot.name} is thawed")
        bot.thaw()
        trouble.until = now()

    async def _stop(self, bot: Bot, trouble: Trouble) -> None:
        try:
            code = await bot.ended(STOP_S)
        except TimeoutError:
            self.cluster.problems.append(f"{bot.name}: does not end within {STOP_S:g} s of SIGTERM")
            bot.kill()
        else:
            if code:
                self.cluster.problems.append(f"{bot.name}: asked to stop, ended with exit code {code}")
        trouble.until = now()
        self.cluster.tell(f"{bot.name} has ended")
        await self._start_again(bot)

    async def _start_again(self, bot: Bot) -> None:
        slot = next(slot for slot, one in self.cluster.slots.items() if one is bot)
        self.cluster.many.balancer.take_out(bot)
        await asyncio.sleep(self.cluster.random.uniform(0, 1.0))
        await self.cluster.start(slot)

    async def _cut(self, bot: Bot, trouble: Trouble) -> None:
        """PostgreSQL ends all of the process's connections."""
        if ports := ",".join(map(str, self.cluster.database_ports(bot))):
            ending = f"select pg_terminate_backend(pid) from pg_stat_activity where client_port in ({ports})"
            await asyncio.to_thread(self.cluster.postgres.sql, ending)
        trouble.until = now()

    async def _half_dead(self, bot: Bot, trouble: Trouble) -> None:
        self.cluster.network.drop()
        await asyncio.sleep(HALF_DEAD_S)
        self.cluster.network.heal()
        self.cluster.tell(f"{bot.name}: its network works again")
        trouble.until = now()

    async def _restart_postgres(self, after_s: float, away_s: float) -> None:
        await asyncio.sleep(after_s)
        await restart_postgres(self.cluster, away_s)

    async def _slow_down(self, ends_at: float) -> None:
        """Now and then a deletion takes its time, so that something can happen in it."""
        while now() < ends_at:
            await asyncio.sleep(self.cluster.random.uniform(2.0, 5.0))
            self.cluster.ticket_api.fail(DELETE, Fault(delay_s=self.cluster.random.choice((0.3, 1.0, 2.0))))


async def restart_postgres(cluster: Cluster, away_s: float) -> None:
    restart = Trouble("restart", "PostgreSQL", now(), math.inf)
    cluster.restarts.append(restart)
    cluster.tell(f"── PostgreSQL ends, for {away_s:g} s ──")
    await asyncio.to_thread(cluster.postgres.stop)
    await asyncio.sleep(away_s)
    await asyncio.to_thread(cluster.postgres.start)
    restart.until = now()
    cluster.counts["restarts of PostgreSQL"] += 1
    cluster.tell("── PostgreSQL is back ──")
