"""Acknowledge, then work in a task of our own: the one wrapper around every listener.

Bolt polls for an acknowledgement every 10 ms and loses one whose listener raises soon after; it forgets its tasks at
shutdown too. Here a listener acknowledges and returns at once (the app is built with process_before_response), and
lets nothing through; what follows runs in a task that is held, whose every error is caught, logged with a reference
and answered to the person, and that is waited for at shutdown.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import logs
from bot.blockkit.blocks import Message
from bot.messages import errors
from bot.metrics import OFF, Metrics
from bot.tickets import parse_case_number
from handlers.slack.interaction import Interaction, new_reference
from handlers.slack.replies import Replies

CANCEL_GRACE_S = 4.0  # of a shutdown's time, for telling people what is not finished

log = logging.getLogger(__name__)
Result = TypeVar("Result")
Handler = Callable[[Interaction], Awaitable[None]]
Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]


@dataclass
class Runner:
    """`deadline_s` is the time that one command or click may take; `under_way` is how many are being worked on."""

    replies: Replies
    deadline_s: float
    random: Random
    metrics: Metrics = OFF
    draining: bool = False
    under_way: int = 0
    _tasks: set["asyncio.Task[object]"] = field(default_factory=set)
    _background: set["asyncio.Task[object]"] = field(default_factory=set)
    _surviving: set["asyncio.Task[object]"] = field(default_factory=set)

    def listener(self, work: Handler, while_stopping: Handler | None = None) -> Listener:
        """For Bolt: acknowledges, and has the work done; `while_stopping` instead of it once the bot is to stop."""

        async def acknowledge(ack: AsyncAck, body: dict[str, Any]) -> None:
            ref = new_reference(self.random)
            try:
                deadline = asyncio.get_running_loop().time() + self.deadline_s
                interaction = Interaction.parse(body, deadline=deadline, reference=ref)
            except ValueError as error:
                _log_unreadable(ref, error)
                await ack(text=errors.unexpected_error(ref, self.replies.bot_contact).text, response_type="ephemeral")
                return
            await ack()
            self.start(self._run(work, while_stopping or self._refuse, interaction))

        return acknowledge

    def start(self, work: Coroutine[Any, Any, Result], *, survives: bool = False) -> "asyncio.Task[Result]":
        """In a task that is held, since asyncio itself holds tasks weakly, and waited for at shutdown.

        `survives`: shutdown doesn't cancel the task, and lets it finish in the time for saying goodbye.
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        if survives:
            self._surviving.add(task)
        task.add_done_callback(self._ended)
        return task

    def start_in_background(self, work: Coroutine[Any, Any, object]) -> None:
        """For what nobody waits for, not even a stop."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def end_background(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def complete(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Finishes the work even if shutdown cancels us: we would answer "nothing was changed", which may be false."""
        task = self.start(work, survives=True)
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                if task.cancelled():
                    raise
        return task.result()

    def _ended(self, task: "asyncio.Task[object]") -> None:
        self._tasks.discard(task)
        self._surviving.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logs.log_unexpected(log, error)

    async def wait_idle(self) -> None:
        """Returns once nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self, timeout_s: float) -> None:
        """Takes no new work, and finishes what is under way; a person whose work is not done in time hears so."""
        self.draining = True
        try:
            async with asyncio.timeout(max(timeout_s - CANCEL_GRACE_S, 0)):
                await self.wait_idle()
        except TimeoutError:
            under_way = tuple(self._tasks)
            log.warning("stopping with %d tasks under way", len(under_way))
            await asyncio.sleep(0)  # a task that is cancelled before it has begun would answer nobody
            self.replies.hurry.set()
            for task in under_way:
                if task not in self._surviving:
                    task.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(CANCEL_GRACE_S):
                    await self.wait_idle()

    async def _run(self, work: Handler, while_stopping: Handler, interaction: Interaction) -> None:
        with logs.summarize(interaction.reference) as summary:
            self.under_way += 1
            try:
                await (while_stopping if self.draining else work)(interaction)
            except asyncio.CancelledError:
                logs.note(outcome="interrupted: the bot is stopping", level=logging.WARNING)
                await self._tell(interaction, errors.interrupted(interaction.reference))
            except Exception as error:  # noqa: BLE001 - the one place where everything ends
                logs.note(outcome="failed: a bug in this bot")
                logs.log_unexpected(log, error)
                await self._tell(interaction, errors.unexpected_error(interaction.reference, self.replies.bot_contact))
            finally:
                self.under_way -= 1
                took_s = asyncio.get_running_loop().time() - (interaction.deadline - self.deadline_s)
                _log_summary(interaction, summary, took_s)
                is_answered = summary.answered is True
                self.metrics.handled(interaction.route, summary.text(), took_s, is_answered=is_answered)

    async def _refuse(self, interaction: Interaction) -> None:
        logs.note(outcome="refused: the bot is stopping")
        await self._tell(interaction, errors.restarting())

    async def _tell(self, interaction: Interaction, message: Message) -> None:
        try:
            await self.replies.send(interaction, message)
        except Exception as error:  # noqa: BLE001 - as above
            logs.log_unexpected(log, error)


def _log_summary(interaction: Interaction, summary: logs.Summary, took_s: float) -> None:
    """One line for one command or click: who, where, what, about which ticket, what came of it, and how long."""
    if not log.isEnabledFor(summary.level):
        return
    actor, outcome = interaction.actor, summary.text()
    # what a person typed is repeated only where it is a case number
    number = summary.case_number or parse_case_number(interaction.command_text or interaction.action_value) or ""
    fields = {
        "route": interaction.route,
        "case_number": number,
        "user": actor.user_id,
        "channel": actor.channel_id,
        "outcome": outcome,
        "seconds": round(took_s, 3),
        "remarks": summary.all_remarks(),
    }
    what = f"{interaction.route} {number}" if number else interaction.route
    where = f" in {actor.channel_id}" if actor.channel_id else ""
    line = "; ".join([f"{what} by {actor.user_id}{where}: {outcome}, {took_s:.2f} s", *summary.all_remarks()])
    # no search for the place in the code: it is always this one
    log.handle(log.makeRecord(log.name, summary.level, "", 0, line, (), None, extra={"fields": fields}))


def _log_unreadable(ref: str, error: ValueError) -> None:
    token = logs.reference.set(ref)
    log.error("%s", error)
    logs.reference.reset(token)
