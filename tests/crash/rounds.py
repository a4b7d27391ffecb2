"""A round: people ask and click, and something becomes of the bot at a step of it."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.ticket_api import Fault
from tests.crash import people
from tests.crash.bot import Bot
from tests.crash.commits import Commit, SlowMotion, strike_before_the_look
from tests.crash.figures import Figures
from tests.crash.listening import DELETE, READ, Trap, now
from tests.crash.plan import Plan
from tests.crash.rules import Conversation, Watch, has_ended, is_true, readable
from tests.crash.stages import stage_of
from tests.crash.steps import COMMITS, WANTED, is_before_commit, is_step
from tests.crash.world import World, last_of, until

_STEP_S = 10.0  # in which a step comes, or does not come any more
_LONG_S = 95.0
_SOON_S = 0.3
_DELAYS_S = {"while committing": (0.02, 0.4), "after the answer": (0.001, 0.03)}
_HELD = {"while reading": READ, "during a slow delete": DELETE}


@dataclass
class Rounds:
    """`held` are answers of the ticket API that wait; `frozen` is the work on bots that are frozen for long."""

    world: World
    figures: Figures
    plans: Iterator[Plan]
    conversations: dict[str, Conversation] = field(default_factory=dict)
    held: list[asyncio.Event] = field(default_factory=list)
    frozen: list["asyncio.Task[None]"] = field(default_factory=list)
    _clicks: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.watch = Watch(self.world, self.conversations)
        self.world.journal.heard = self.watch.hear

    async def play(self, seconds: float) -> None:
        """Until the time is over or a rule is broken, and what was frozen has been thawed."""
        ends_at = now() + seconds
        while now() < ends_at and not self.world.problems:
            await self._round(next(self.plans))
        if not self.world.problems:
            await asyncio.gather(*self.frozen, *self._clicks)

    def quieten(self) -> None:
        self._release()
        self.world.ticket_api.heal()
        self.world.slack.faults.clear()

    async def _round(self, plan: Plan) -> None:
        self.quieten()
        world = self.world
        world.tell(f"── {plan.title} ──")
        asked = []
        for one in plan.asks:
            conversation = await people.ask(world, self.figures, one)
            self.conversations[conversation.case] = conversation
            asked.append(conversation)
        bot, case = world.bot, asked[0].case
        trap = await self._trap(plan, case, bot)
        if plan.step not in WANTED:
            self._add_faults(plan)
        world.journal.traps.append(trap)
        for conversation, one in zip(asked, plan.asks, strict=True):
            self._start(people.click(world, self.figures, conversation, one.pause_s))
        if plan.step == "at the click":
            await asyncio.sleep(plan.part * 0.03)
            trap.spring()
        if not await until(trap.sprung.is_set, _STEP_S):
            self.figures.counts["(a step that did not come)"] += 1
            trap.spring()
        world.journal.traps.remove(trap)
        if plan.step in WANTED:  # whoever goes on meets them
            self._add_faults(plan)
        await self._go_on(plan, bot, asked)

    def _add_faults(self, plan: Plan) -> None:
        if plan.slack_fault:
            where, fault = plan.slack_fault
            self.world.slack.faults[where].append(fault)
        if plan.api_fault:
            self.world.ticket_api.fail(*plan.api_fault)

    # ── what becomes of the bot ───────────────────────────────────────────────────────────────────────────────────

    async def _trap(self, plan: Plan, case: str, bot: Bot) -> Trap:
        """At that step of the ticket's deletion; what holds it up there is `held`."""
        world, step = self.world, plan.step
        if step in _HELD:
            event = asyncio.Event()
            self.held.append(event)
            world.ticket_api.fail(_HELD[step], Fault(until=event))
        if step == "before telling":
            world.ticket_api.fail(DELETE, Fault(delay_s=_SOON_S))
        if step in {"while committing", "before the first byte"}:
            await world.slow_down(case)
        shortest, longest = _DELAYS_S.get(step, (0.0, 0.0))

        watched: list[str] = []

        def is_it(what: str, thing: object) -> bool:
            if is_before_commit(step, case, what, thing) and not watched:
                watched.append(plan.step)
                self._watch(plan, case, bot, trap)
            found = is_step(step, case, what, thing)
            if found and step == "while committing" and not world.is_shared:
                world.keep_writers_waiting(longest)
            return found

        trap = Trap(is_it, lambda: self._do(bot, plan), shortest + plan.part * (longest - shortest))
        return trap

    def _watch(self, plan: Plan, case: str, bot: Bot, trap: Trap) -> None:
        """For the commit. First the signal, then what is to be said about it."""
        loop = asyncio.get_running_loop()

        def strike() -> None:
            if not trap.sprung.is_set():
                _signal(bot, plan.deed)
                loop.call_soon_threadsafe(trap.spring)

        commit = Commit(self.world.database_url, COMMITS[plan.step], case)
        if self.world.is_shared and commit.state == "sending":
            self._later(strike_before_the_look(commit, strike, trap.sprung.is_set))
        if plan.deed != "freeze for long":
            SlowMotion(commit, bot, strike, trap.sprung.is_set).start()

    def _do(self, bot: Bot, plan: Plan) -> None:
        self.world.tell(f"{bot.name}: {plan.deed} {plan.step}")
        self.world.journal.troubles.append(now())
        self.figures.counts[{"stop": "stops", "kill": "kills"}.get(plan.deed, "freezes")] += 1
        _signal(bot, plan.deed)

    async def _go_on(self, plan: Plan, bot: Bot, asked: list[Conversation]) -> None:
        world = self.world
        killed_at = now()
        self.figures.hit(stage := await stage_of(world, asked[0].case), plan.deed)
        world.tell(f"{asked[0].case}: {stage}")
        stale = [one.case for one in asked if any("under way" in claims for claims in readable(world, one.case))]
        asyncio.get_running_loop().call_later(plan.release_s, self._release)
        if plan.deed == "freeze":
            await asyncio.sleep(plan.freeze_s)
            self._thaw(bot)
            self._release()
        elif plan.deed == "stop":
            if await bot.ended():
                world.problems.append(f"{bot.name}, asked to stop, ended badly")
            await world.start_bot()
        else:
            await world.start_bot()
        started_at = now()
        if plan.deed == "overtake":
            await asyncio.sleep(plan.thaw_s)
            self._thaw(bot)
            self._later(self._retire(plan, bot, plan.retire_s))
        elif plan.deed == "freeze for long":
            self._later(self._thaw_at_last(plan, bot, asked[0]))
        if plan.looks or (plan.deed == "kill" and stale):
            await self._see_the_truth(plan, asked)
            if plan.deed == "kill" and not world.problems:
                for case in stale:
                    told_at = self._told_at(case, killed_at)
                    self.figures.took("from a kill to the true sentence, where Deleting… stood", killed_at, told_at)
                    self.figures.took("from a start after a kill to the true sentence", started_at, told_at)

    async def _see_the_truth(self, plan: Plan, asked: list[Conversation]) -> None:
        world = self.world
        for one in asked:
            await until(lambda one=one: is_true(world, one.case) or world.problems)  # type: ignore[misc]
            if not is_true(world, one.case) and not world.problems:
                world.problems.append(f"{one.case}: no true sentence ever came")
        again = asked[plan.again] if plan.again is not None else None
        request = last_of(world, again.case) if again else None
        if again and request and "request" in request.claims:
            self._start(people.click(world, self.figures, again, 0.0))

    def _told_at(self, case: str, since: float) -> float:
        """When what people read about the ticket was no longer that it is being deleted."""
        told = [said for said in self.world.journal.about(case) if said.at > since and "under way" not in said.claims]
        return next((said.at for said in told if not said.is_direct or said.is_out_of_date_note), now())

    def _thaw(self, bot: Bot) -> None:
        self.world.tell(f"{bot.name} is thawed")
        self.world.journal.troubles.append(now())
        bot.thaw()

    async def _thaw_at_last(self, plan: Plan, bot: Bot, conversation: Conversation) -> None:
        """Once another has told how it ended."""
        await until(lambda: has_ended(self.world, conversation.case), _LONG_S)
        await asyncio.sleep(1.0)
        self._thaw(bot)
        await self._retire(plan, bot, 5.0)

    async def _retire(self, plan: Plan, bot: Bot, after_s: float) -> None:
        """Two bots were at work; from here on it is one."""
        await asyncio.sleep(after_s)
        self.world.journal.troubles.append(now())
        if plan.retires_by_kill:
            self.world.tell(f"{bot.name} is killed")
            bot.kill()
            return
        self.world.tell(f"{bot.name} is stopped")
        bot.stop()
        await bot.ended()

    def _start(self, clicking: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(clicking)
        self._clicks.add(task)
        task.add_done_callback(self._clicks.discard)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        self.frozen.append(asyncio.create_task(work))

    def _release(self) -> None:
        for event in self.held:
            event.set()
        self.held.clear()


def _signal(bot: Bot, deed: str) -> None:
    {"stop": bot.stop, "kill": bot.kill}.get(deed, bot.freeze)()
