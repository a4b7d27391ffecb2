"""Whoever runs the bots: starts one or several, stops, kills and freezes them, starts new ones; and their clocks."""

import asyncio
from contextvars import Context
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from bot.ledger.database import LedgerError
from bot.ledger.statements import SETTLE_S
from handlers.recover import LOOK_S
from tests.simulation import parts
from tests.simulation.chance import evenly
from tests.simulation.journal import KEYS
from tests.simulation.loop import NOW
from tests.simulation.parts import RunningBot
from tests.simulation.people import BOB, ERIN
from tests.simulation.process import FREEZES, PROCESS, Process

if TYPE_CHECKING:
    from tests.simulation.world import World

MOST_BOTS = 5
_GRACE_S = 60.0  # for a start; then for a stop
_STRUCK_AT_THE_AIM = {
    "struck by a pause": 0.2,  # after which none of its own clocks shows that it stood still
    **evenly("struck dead", *(f"struck by a {kind}" for kind in FREEZES), of=0.3),
}


@dataclass
class Operator:
    world: "World"
    bots: list[RunningBot] = field(default_factory=list)
    look_s: float = LOOK_S
    """Of the bots that are started from now on."""
    api_key: str = next(iter(KEYS))
    """Of the bots that are started from now on, as it stands in their settings."""
    changes_key: bool = False
    _stops: "dict[RunningBot, asyncio.Event]" = field(default_factory=dict)
    _frozen: list[RunningBot] = field(default_factory=list)
    _started: int = 0

    async def begin(self) -> None:
        self.changes_key = self.world.chance.happens("the operator changes the API key", 0.4)
        several = self.world.chance.choose("more bots at the start", {"2": 0.25, "3": 0.12, "4": 0.07, "5": 0.06})
        for _ in range(int(several or 1)):
            await self.start()

    async def live(self) -> None:
        world = self.world
        while world.loop.now() < world.ends_at:
            await asyncio.sleep(world.chance.pause("the operator's time", 12))
            what = world.chance.choose("the operator", world.weather.operator)
            if what and self.bots:
                await self._do(what, world.chance.pick("the operator, which", self.bots))

    async def _do(self, what: str, bot: RunningBot) -> None:
        loop, chance = self.world.loop, self.world.chance
        self.world.journal.tell(loop.now(), f"OPERATOR: {what}, {bot.name}")
        if what == "another bot":
            await self._start_another()
        elif what in {"stop", "stop at once"}:
            stopping = loop.create_task(self.stop(bot, at_once=what == "stop at once"))
            await self.start()
            await stopping
        elif what == "kill":
            self.kill(bot)
            await self._start_later()
        elif what in FREEZES:
            self._freeze(bot, what)
            if chance.happens("another for the frozen one", 0.5):
                await self._start_another()
        elif what == "clock jumps":
            bot.clock.offset = chance.seconds("clock", -100, 100)  # Slack's signatures allow no more than 300
        elif what == "clock drifts":
            bot.clock.rate = 1 + chance.seconds("clock", -0.02, 0.02)

    def strike(self, moment: str, process: Process | None, cause: str) -> None:
        """Perhaps a process ends or freezes at this very step of its work."""
        world = self.world
        if world.api.calm or not isinstance(process, RunningBot) or process not in self.bots or process.is_stuck:
            return
        is_aimed_at = moment == world.weather.aim
        weights = _STRUCK_AT_THE_AIM if is_aimed_at else world.weather.strikes
        what = world.chance.choose(f"struck {moment} for {cause}", weights)
        if not what:
            return
        world.journal.tell(world.loop.now(), f"OPERATOR: {process.name} is {what}, {moment} for {cause}")
        if what == "struck dead":
            self.kill(process)
            world.loop.create_task(self._start_later(), context=Context())
            return
        self._freeze(process, what.rpartition(" ")[2], longer_s=SETTLE_S if is_aimed_at else 0.0)
        if is_aimed_at:
            world.loop.create_task(self._start_another(), context=Context())

    async def _start_another(self) -> None:
        if len(self.bots) < MOST_BOTS:
            await self.start()

    async def _start_later(self) -> None:
        await asyncio.sleep(self.world.chance.seconds("down", 0.5, 20))
        await self.start()

    def _freeze(self, bot: RunningBot, kind: str, longer_s: float = 0.0) -> None:
        """For seconds, or for minutes; ten at the most. In half of the cases longer by so much."""
        loop, chance = self.world.loop, self.world.chance
        if not bot.is_stuck:
            loop.freeze(bot, kind)
            self._frozen.append(bot)
            more_s = longer_s * chance.happens("frozen for longer", 0.5)
            loop.call_later(min(1 + more_s + chance.pause("frozen", 60), 600), self._thaw, bot, context=Context())

    def _thaw(self, bot: RunningBot) -> None:
        if bot in self._frozen:
            self._frozen.remove(bot)
            self.world.loop.thaw(bot)
            self.world.journal.tell(self.world.loop.now(), f"OPERATOR: {bot.name} is thawed")

    async def mend(self) -> None:
        """At the end of all faults: nobody is frozen, and somebody is there."""
        for bot in list(self._frozen):
            self._thaw(bot)
        if not self.bots:
            await self.start()

    async def start(self) -> None:
        """A bot that finds no database ends, and is started again, as a service manager does."""
        if not await self._try_to_start():
            await asyncio.sleep(self.world.chance.seconds("started again", 1, 10))
            await self.start()

    async def _try_to_start(self) -> bool:
        world = self.world
        self._started += 1
        if self.changes_key and self._started > 1 and world.chance.happens("the API key is changed", 0.5):
            self._change_key()
        bot = RunningBot(
            name=f"bot {self._started}",
            settings=parts.settings(over_http=world.over_http, **self._options()),
            clock=Clock(world.loop.now),
            random=Random(f"{world.seed}/{self._started}"),
        )
        bot.sockets = world.sockets(bot)
        stop, ready = asyncio.Event(), asyncio.Event()
        context = Context()
        context.run(PROCESS.set, bot)
        self._stops[bot] = stop
        life = world.loop.create_task(parts.run(bot, ready.set, stop.wait, self.look_s), context=context)
        life.add_done_callback(lambda _: ready.set(), context=Context())
        async with asyncio.timeout(_GRACE_S):
            await ready.wait()
        if life.done():
            error = life.exception()
            assert isinstance(error, LedgerError), error
            world.journal.tell(world.loop.now(), f"{bot.name} ends at its start: {error}")
            return False
        world.journal.tell(world.loop.now(), f"{bot.name} is up")
        self.bots.append(bot)
        return True

    def _options(self) -> dict[str, str]:
        """The world's; who restarts a bot may have taken somebody off the list."""
        options = dict(self.world.options)
        if self._started > 1 and self.world.chance.happens("Alice may not delete any more", 0.1):
            options["ticket_deleters"] = f"{BOB},{ERIN}"
        return options | {"sweeppea_api_key": self.api_key}

    def _change_key(self) -> None:
        """To a new one of the same account, to that of another account, or back; people there have tickets too."""
        self.api_key = self.world.chance.pick("the new API key", [key for key in KEYS if key != self.api_key])
        self.world.journal.tell(self.world.loop.now(), f"OPERATOR: from now on bots are started with {self.api_key}")
        self.world.open_ticket()
        self.world.open_ticket()

    def kill(self, bot: RunningBot) -> None:
        """Nothing that it would do from now on is done."""
        bot.is_dead = True
        bot.receive = None
        if bot in self.bots:
            self.bots.remove(bot)

    async def stop(self, bot: RunningBot, *, at_once: bool) -> None:
        """As SIGTERM does; `at_once` as where SIGKILL follows before all is done."""
        bot.stops_at = self.world.loop.now()
        self._stops[bot].set()
        if at_once:
            await asyncio.sleep(self.world.chance.seconds("stopped at once", 0, 6))
            self.kill(bot)
            return
        await asyncio.sleep(_GRACE_S)  # Slack reaches it for as long as it still takes something
        if bot.frozen is not None:
            self.kill(bot)
        if bot in self.bots:
            self.bots.remove(bot)

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(bot, at_once=False) for bot in list(self.bots)))

    def reachable(self, cause: str, first: RunningBot | None, how: str) -> RunningBot | None:
        """A bot that takes payloads: any, or of what was delivered before the same, or another one."""
        found = [bot for bot in self.bots if bot.receive is not None]
        if how == "twice":
            found = [bot for bot in found if bot is first]
        elif how == "twice, elsewhere":
            found = [bot for bot in found if bot is not first] or found
        return self.world.chance.pick(f"a bot for {cause}", found) if found else None


@dataclass
class Clock:
    """A machine's time of day, as it is set there; never runs backwards by itself."""

    true: "object"
    offset: float = 0.0
    rate: float = 1.0

    def __call__(self) -> float:
        return NOW + self.true() * self.rate + self.offset  # type: ignore[operator, no-any-return]
