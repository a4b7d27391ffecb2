"""The way of a payload from Slack to a bot: to any that takes it, sometimes twice, late, or out of order."""

from collections.abc import Awaitable
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.sandbox.slack import TEAM
from tests.simulation.journal import CLICK, Click
from tests.simulation.parts import RunningBot
from tests.simulation.people import TEAMS
from tests.simulation.process import PROCESS
from tests.simulation.slack_messages import Json

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True)
class Payload:
    """What somebody did, `cause` by name, as Slack sends it."""

    cause: str
    body: Json
    action: str
    user: str
    channel: str
    text: str


@dataclass
class Delivery:
    world: "World"

    def deliver(self, payload: Payload) -> None:
        """To a process that Slack can reach; twice, late, or to another one where the weather is so."""
        how = (
            ""
            if self.world.api.calm
            else self.world.chance.choose(f"delivery of {payload.cause}", self.world.weather.delivery)
        )
        seconds = partial(self.world.chance.seconds, f"delivery's time, {payload.cause}")
        wait = seconds(0.01, 0.4) + (seconds(1, 40) if how == "late" else 0)
        first: list[RunningBot] = []
        self.world.loop.call_later(wait, self._arrive, payload, first, "", context=Context())
        if how.startswith("twice"):
            wait += seconds(0, 4) if how != "twice, much later" else seconds(10, 300)
            self.world.loop.call_later(wait, self._arrive, payload, first, how, context=Context())

    def _arrive(self, payload: Payload, first: list[RunningBot], how: str) -> None:
        now, user, action = self.world.loop.now(), payload.user, payload.action
        bot = self.world.operator.reachable(payload.cause, first[0] if first else None, how)
        if bot is None or bot.receive is None:
            self.world.journal.tell(now, f"{user} {action} {payload.text[:60]}: Slack reaches no bot, and says so")
            self.world.endings["(no bot could be reached)"] += 1
            return
        first.append(bot)
        click = Click(
            number=len(self.world.journal.clicks) + 1,
            cause=payload.cause,
            bot=bot,
            action=action,
            user=user,
            team=TEAMS.get(user, TEAM),
            channel=payload.channel,
            text=payload.text,
            at=now,
            at_clock=bot.clock(),
        )
        self.world.journal.clicks.append(click)
        self.world.journal.by_request.setdefault(click.request, []).append(click)
        again = ", again" if len(first) > 1 else ""
        self.world.journal.tell(now, f"{click.name}: {user} {action} {click.case[:40]} -> {bot.name}{again}")
        context = Context()
        context.run(PROCESS.set, bot)
        context.run(CLICK.set, click)
        self.world.loop.create_task(self._dispatch(bot.receive(payload.body), click), context=context)

    async def _dispatch(self, receive: Awaitable[int], click: Click) -> None:
        click.status = await receive
        click.acked_at = self.world.loop.now()
        if click.status != 200 and not click.bot.frozen_s(click.at, click.acked_at):
            self.world.broken("everybody_is_acknowledged", f"{click.name} was acknowledged with {click.status}")
