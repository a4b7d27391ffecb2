"""Two processes of the real bot, one Slack and one ticket API, and the people's payloads between them."""

import asyncio
import json
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator

from bot import logs
from bot.api.http import HttpTransport
from bot.api.retry import Backoff
from bot.sandbox.slack import Json
from bot.settings import Settings
from handlers.serve import RunningBot, serve
from handlers.slack.interaction import Interaction
from handlers.slack.runner import CANCEL_GRACE_S, Handler
from tests.soak.journal import Delivery, Journal, Line
from tests.soak.recorders import REFERENCE, Api, Slack
from tests.soak.tickets import tickets
from tests.support.world import World

DEADLINE_S = 5.0
HELD_DEADLINE_S = 0.4  # while the API holds requests back, nobody waits for it longer


@dataclass(eq=False)
class Bot:
    """One process, as it were: what it remembers is gone with it."""

    number: int
    settings: Settings
    serving: RunningBot
    task: "asyncio.Task[None]"
    stop: asyncio.Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.serving.port}/slack/events"


@dataclass
class Scene:
    journal: Journal = field(default_factory=Journal)
    bots: list[Bot] = field(default_factory=list)
    started: int = 0

    async def open(self) -> None:
        self._stack = AsyncExitStack()
        made = Api(tickets=tickets(), key=None, journal=self.journal)
        made.gate.set()
        self.api = await self._stack.enter_async_context(made)
        self.slack = await self._stack.enter_async_context(Slack(journal=self.journal))
        self.world = World(self.api, self.slack)
        for number in self.api.tickets:
            self.api.tell(number)
        self._stack.enter_context(_Listening(self))

    async def close(self) -> None:
        self.api.gate.set()
        for bot in self.bots:
            await self.end(bot)
        await self._stack.aclose()

    # ── processes ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, at: int, options: dict[str, Any]) -> None:
        """A process that takes the given place, from 0."""
        self.started += 1
        tokens: dict[str, Any] = {"slack_bot_token": f"xoxb-{self.started}", "sweeppea_api_key": f"key-{self.started}"}
        settings = self.world.settings("http", **(tokens | options))
        ready: asyncio.Future[RunningBot] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()

        async def run() -> None:
            async with serve(settings, now=lambda: self.world.now, backoff=Backoff(0.004, 0.004)) as serving:
                ready.set_result(serving)
                await stop.wait()

        task = asyncio.create_task(run())
        bot = Bot(self.started, settings, await ready, task, stop)
        self._watch(bot)
        self.bots[at : at + 1] = [bot]
        self.journal.tick(f"bot {bot.number} starts with {options}")

    def _watch(self, bot: Bot) -> None:
        """Every request of the process carries the reference of the command or press that it was made for."""
        services = bot.serving.services
        transport = services.sweeppea._transport
        assert isinstance(transport, HttpTransport)
        transport.once.event_hooks = {"request": [_with_reference]}
        for session in (transport.shared, transport.own):
            session._trace_configs.append(_tracing())
        object.__setattr__(services.replies, "pause_s", 0.0)
        if services.audit_channel:
            services.audit_channel.pause_s = 0.0
        services.runner.deadline_s = DEADLINE_S
        for handler in services.replies.web.retry_handlers:
            handler.interval_calculator = FixedValueRetryIntervalCalculator(0)
        post, run = services.replies.web.chat_postMessage, services.runner._run

        async def told(**form: Any) -> object:  # noqa: ANN401 - Slack's
            return await post(**form, metadata={"reference": logs.reference.get()})

        async def work_on(work: Handler, while_stopping: Handler, interaction: Interaction) -> None:
            delivery = self.journal.deliveries[int(interaction.trigger_id)]
            delivery.reference, delivery.draining = interaction.reference, services.runner.draining
            self.journal.by_reference[interaction.reference] = delivery
            self.journal.tick(f"    bot {bot.number} works on it as [{interaction.reference}]")
            try:
                await run(work, while_stopping, interaction)
            finally:
                delivery.ended = self.journal.tick(f"    bot {bot.number} is through with [{interaction.reference}]")

        services.replies.web.chat_postMessage = told  # type: ignore[method-assign, assignment]
        services.runner._run = work_on  # type: ignore[method-assign]

    async def end(self, bot: Bot) -> None:
        bot.stop.set()
        await bot.task

    async def drain_at_once(self, bot: Bot) -> None:
        """A stop with no time left: what is under way is cut off, and people are told so."""
        self.journal.tick(f"bot {bot.number} stops at once")
        for delivery in self.under_way(bot):
            delivery.cut_off = True
        await bot.serving.services.runner.drain(CANCEL_GRACE_S)

    async def kill(self, bot: Bot) -> None:
        """Nothing that it does from now on reaches anybody."""
        self.journal.tick(f"bot {bot.number} is killed")
        self.slack.dead.add(bot.number)
        runner = bot.serving.services.runner
        for task in tuple(runner._tasks):
            task.cancel()
        await runner.wait_idle()
        await self.end(bot)

    def under_way(self, bot: Bot | None = None) -> list[Delivery]:
        return [
            one
            for one in self.journal.deliveries
            if one.ended is None and one.status in {0, 200} and one.bot not in self.slack.dead
            and bot in {None, self.bot(one.bot)}
        ]  # fmt: skip

    def bot(self, number: int) -> Bot | None:
        return next((bot for bot in self.bots if bot.number == number), None)

    # ── payloads ──────────────────────────────────────────────────────────────────────────────────────────────────

    def plan(self, bot: Bot, body: Json, *, calm: bool, fresh: bool) -> tuple[Delivery, Json]:
        """What the bot is going to get: the payload, with marks that tell whose answers are whose."""
        number = len(self.journal.deliveries)
        body = body | {"trigger_id": str(number)}
        body["response_url"] = f"{body['response_url']}?delivery={number}"
        action = body["actions"][0] if "actions" in body else {}
        runner = bot.serving.services.runner
        runner.deadline_s = DEADLINE_S if self.api.gate.is_set() else HELD_DEADLINE_S
        what = action.get("action_id") or body["command"]
        value = str(action.get("value", body.get("text", "")))
        user = body.get("user", {}).get("id") or body["user_id"]
        delivery = Delivery(
            number=number,
            bot=bot.number,
            settings=bot.settings,
            action=what,
            user=user,
            team=body.get("user", {}).get("team_id") or body["team_id"],
            channel=body.get("channel", {}).get("id") or body["channel_id"],
            value=value,
            at=self.world.now,
            deadline_s=runner.deadline_s,
            calm=calm,
            fresh=fresh,
            started=self.journal.tick(f"{number}: {user} {what} {value[:120]} -> bot {bot.number} at {self.world.now}"),
            started_s=asyncio.get_running_loop().time(),
        )
        self.journal.deliveries.append(delivery)
        return delivery, body

    async def hand(self, bot: Bot, delivery: Delivery, body: Json) -> None:
        acknowledgement = await self.slack.hand(bot.url, "interactive" if "actions" in body else "slash_commands", body)
        delivery.status = acknowledgement.status or -1
        self.journal.tick(f"{delivery.number}: acknowledged with {acknowledgement.status}")

    async def quiet(self) -> None:
        """Returns once all is done, but for what the API holds back."""
        if not self.api.gate.is_set():
            await self.journal.until(lambda: set(self.under_way()) <= {sent.delivery for sent in self.api.held})
            return
        await self.journal.until(lambda: not self.under_way() and not self.journal.pending())
        for bot in self.bots:
            await bot.serving.services.runner.wait_idle()


async def _with_reference(request: httpx.Request) -> None:
    request.headers[REFERENCE] = logs.reference.get()


def _tracing() -> aiohttp.TraceConfig:
    """The same, for the other library."""

    async def on_start(_: aiohttp.ClientSession, __: object, params: aiohttp.TraceRequestStartParams) -> None:
        params.headers[REFERENCE] = logs.reference.get()

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(on_start)
    tracing.freeze()
    return tracing


class _Listening(logging.Handler):
    """Takes the audit lines, and the log; a dead process has none."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._journal, self._dead = scene.journal, scene.slack.dead
        self._audit, self._root = logging.getLogger("audit"), logging.getLogger()

    def __enter__(self) -> None:
        self._before = (self._audit.level, self._audit.propagate)
        self._audit.setLevel(logging.INFO)
        self._audit.propagate = False
        self._audit.addHandler(self)
        self._root.addHandler(self)

    def __exit__(self, *error: object) -> None:
        self._audit.removeHandler(self)
        self._root.removeHandler(self)
        self._audit.level, self._audit.propagate = self._before

    def emit(self, record: logging.LogRecord) -> None:
        text, reference = record.getMessage(), logs.reference.get()
        text += f" {record.exc_info[0]}" if record.exc_info else ""
        if record.name == "audit":
            reference = json.loads(text)["reference"]
        delivery = self._journal.by_reference.get(reference)
        if delivery and delivery.bot in self._dead:
            return
        at = self._journal.tick(f"    {record.name} {record.levelname} [{reference}]: {text[:300]}")
        if record.name == "audit":
            now_s, told = asyncio.get_running_loop().time(), json.loads(text)
            self._journal.lines.append(Line(delivery=delivery, at=at, at_s=now_s, raw=text, fields=told))
        else:
            entry = (record.levelname, reference, f"{record.name}: {text}")
            self._journal.logged.append(entry)
            self._journal.logged_new.append(entry)
