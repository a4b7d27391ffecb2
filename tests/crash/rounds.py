"""What people do, and what becomes of the bot at a step of it."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack_messages import Acknowledgement
from bot.sandbox.ticket_api import Fault
from tests.crash.bot import Bot
from tests.crash.listening import DELETE, READ, Trap, now
from tests.crash.rules import TRUE_WITHIN_S, Conversation, Watch, has_ended, is_true, readable
from tests.crash.steps import API_FAULTS, SLACK_FAULTS, STEPS, is_step
from tests.crash.world import ALICE, BOB, MEMBER, STRANGER, World, last_of, until

DEEDS = ("kill", "kill", "freeze", "stop")
_ANSWER_S = 40.0  # in which a bot at work answers, whatever the machine is busy with
_STOP_S = 30.0
_TRIES = 20
_LONG_S = 95.0


@dataclass
class Rounds:
    """`times` are from a kill to the true sentence, where "Deleting…" stood there meanwhile."""

    world: World
    conversations: dict[str, Conversation] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    held: list[asyncio.Event] = field(default_factory=list)
    frozen: list["asyncio.Task[None]"] = field(default_factory=list)
    _deck: list[tuple[str, str]] = field(default_factory=list)
    _clicks: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.watch = Watch(self.world, self.conversations)
        self.world.journal.heard = self.watch.hear

    async def play(self, seconds: float) -> None:
        """Until the time is over or a rule is broken, and what was frozen has been thawed."""
        ends_at = now() + seconds
        if self.world.is_shared:  # they go on for more than a minute, beside everything else
            await self._round("while committing", "freeze for long")
            await self._round("before the first byte", "freeze for long")
        while now() < ends_at and not self.world.problems:
            await self._round(*self._draw())
        await asyncio.gather(*self.frozen, *self._clicks)

    def quieten(self) -> None:
        self._release()
        self.world.ticket_api.heal()
        self.world.slack.faults.clear()

    def _draw(self) -> tuple[str, str]:
        if not self._deck:
            deeds = (*DEEDS, "overtake") if self.world.is_shared else DEEDS
            self._deck = [(step, deed) for step in STEPS for deed in deeds]
            self.world.random.shuffle(self._deck)
        return self._deck.pop()

    async def _round(self, step: str, deed: str) -> None:
        self.quieten()
        random = self.world.random
        self.world.tell(f"── {deed} {step} ──")
        asked = [await self._ask() for _ in range(random.choice((1, 1, 2, 3)))]
        first, *others = asked
        trap = self._trap(step, first.case)
        if random.random() < 0.3:
            where = random.choice(("chat.update", "response_url", "chat.postMessage"))
            self.world.slack.faults[where].append(random.choice(SLACK_FAULTS))
        if random.random() < 0.2:
            endpoint, fault = random.choice(API_FAULTS)
            self.world.ticket_api.fail(endpoint, fault)
        bot = self.world.bot
        trap.act = lambda: self._do(bot, deed, step)
        self.world.journal.traps.append(trap)
        for conversation in asked:
            self._start_click(conversation)
        if step == "at the click":
            await asyncio.sleep(random.uniform(0, 0.03))
            trap.spring()
        if not await until(trap.sprung.is_set, 10.0):
            self.counts["(a step that did not come)"] += 1
            trap.spring()
        self.world.journal.traps.remove(trap)
        await self._go_on(bot, deed, [first, *others])

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask(self) -> Conversation:
        world = self.world
        person, channel = world.random.choice((ALICE, BOB)), world.random.choice((MEMBER, MEMBER, STRANGER))
        conversation = Conversation(world.open_ticket(), person, channel)
        self.conversations[conversation.case] = conversation
        self.counts["conversations"] += 1
        world.tell(f"{conversation.case}: {person} asks")
        for _ in range(_TRIES):  # "did not respond", says Slack, and the person tries again
            if await _acknowledged(world.slack.command(person, "/ticket-delete", conversation.case, channel)):
                break
            self.counts["(a command that no bot took)"] += 1
            await asyncio.sleep(1.0)
        if not await until(lambda: last_of(world, conversation.case), _ANSWER_S):
            world.problems.append(f"{conversation.case}: {person} asked, and no request was posted")
        return conversation

    def _start_click(self, conversation: Conversation) -> None:
        clicking = asyncio.create_task(self._click(conversation))
        self._clicks.add(clicking)
        clicking.add_done_callback(self._clicks.discard)

    async def _click(self, conversation: Conversation) -> None:
        request = last_of(self.world, conversation.case)
        if request is None or not any(label.startswith("Delete") for label in request.buttons):
            return
        await asyncio.sleep(self.world.random.choice((0.0, 0.0, 0.2)))
        conversation.clicked_at.append(now())
        self.counts["clicks"] += 1
        self.world.tell(f"{conversation.case}: {conversation.person} clicks Delete")
        with suppress(LookupError):
            taken = await _acknowledged(self.world.slack.click(conversation.person, request.posted, "Delete"))
            conversation.was_taken = conversation.was_taken or taken

    # ── what becomes of the bot ───────────────────────────────────────────────────────────────────────────────────

    def _trap(self, step: str, case: str) -> Trap:
        """At that step of the ticket's deletion; what holds it up there is `held`."""
        random = self.world.random
        delay_s = 0.0
        if step in {"while reading", "during a slow delete"}:
            event = asyncio.Event()
            self.held.append(event)
            self.world.ticket_api.fail(READ if step == "while reading" else DELETE, Fault(until=event))
        if step == "while committing":
            self.world.slow_down(case)
            delay_s = random.uniform(0.02, 0.3)
        if step == "before the first byte":
            delay_s = random.uniform(0.001, 0.02)
        if step == "after the answer":
            delay_s = random.uniform(0.001, 0.03)

        def is_it(what: str, thing: object) -> bool:
            found = is_step(step, case, what, thing)
            if found and step == "while committing" and not self.world.is_shared:
                self.world.keep_writers_waiting(0.5)
            return found

        return Trap(is_it, lambda: None, delay_s)

    def _do(self, bot: Bot, deed: str, step: str) -> None:
        self.world.tell(f"{bot.name}: {deed} {step}")
        self.world.journal.troubles.append(now())
        self.world.disturbed()
        self.counts[{"stop": "stops", "kill": "kills"}.get(deed, "freezes")] += 1
        self.counts[f"  {deed} {step}"] += 1
        {"stop": bot.stop, "kill": bot.kill}.get(deed, bot.freeze)()

    async def _go_on(self, bot: Bot, deed: str, asked: list[Conversation]) -> None:
        world, random = self.world, self.world.random
        began = now()
        stale = [one.case for one in asked if "under way" in readable(world, one.case)]
        asyncio.get_running_loop().call_later(random.choice((0.0, 1.0, 4.0)), self._release)
        if deed == "freeze":
            await asyncio.sleep(random.choice((0.3, 2.5, 4.0, 7.0, 12.0)))
            self._thaw(bot)
            self._release()
        elif deed == "stop":
            if await bot.ended(_STOP_S):
                world.problems.append(f"{bot.name}, asked to stop, ended badly")
            await world.start_bot()
        else:
            await world.start_bot()
        if deed == "overtake":
            await asyncio.sleep(random.choice((0.0, 3.0, 9.0)))
            self._thaw(bot)
            self._later(self._retire(bot, random.choice((1.0, 4.0))))
        elif deed == "freeze for long":
            self._later(self._thaw_at_last(bot, asked[0]))
        if random.random() < 0.7:
            await self._see_the_truth(asked)
            if deed == "kill" and not world.problems:
                self.times += [self._told_at(case, began) - began for case in stale]

    async def _see_the_truth(self, asked: list[Conversation]) -> None:
        world = self.world
        for one in asked:
            if not await until(lambda one=one: is_true(world, one.case), TRUE_WITHIN_S):  # type: ignore[misc]
                world.problems.append(f"{one.case}: no true sentence within {TRUE_WITHIN_S:g} s")
        again = world.random.choice(asked)
        request = last_of(world, again.case)
        if world.random.random() < 0.5 and request and "request" in request.claims:
            self._start_click(again)

    def _told_at(self, case: str, began: float) -> float:
        told = [said.at for said in self.world.journal.about(case) if said.at > began and not said.is_direct]
        return told[0] if told else now()

    def _thaw(self, bot: Bot) -> None:
        self.world.tell(f"{bot.name} is thawed")
        self.world.disturbed()
        bot.thaw()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        self.frozen.append(asyncio.create_task(work))

    async def _thaw_at_last(self, bot: Bot, conversation: Conversation) -> None:
        """Once another has told how it ended."""
        await until(lambda: has_ended(self.world, conversation.case), _LONG_S)
        await asyncio.sleep(1.0)
        self._thaw(bot)
        await self._retire(bot, 5.0)

    async def _retire(self, bot: Bot, after_s: float) -> None:
        """Two bots were at work; from here on it is one."""
        await asyncio.sleep(after_s)
        if self.world.random.random() < 0.5:
            self.world.tell(f"{bot.name} is killed")
            bot.kill()
            return
        self.world.tell(f"{bot.name} is stopped")
        bot.stop()
        await bot.ended(_STOP_S)

    def _release(self) -> None:
        for event in self.held:
            event.set()
        self.held.clear()


async def _acknowledged(sending: Coroutine[Any, Any, Acknowledgement]) -> bool:
    """Whether a bot took it; to one that has just died it can't even be sent."""
    try:
        return (await sending).status == 200
    except (OSError, RuntimeError):
        return False
