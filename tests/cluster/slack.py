"""Slack, as it sends payloads to several processes: to one each, and now and then the same one to two."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import aiohttp
from aiohttp import web

from bot.sandbox.slack import FakeSlack
from bot.sandbox.slack_messages import Acknowledgement, Json
from tests.crash.bot import Bot

TWICE = 0.15
_LOOK_S = 0.25
_HEALTH_S = 1.0
Send = Callable[[str, Json], Coroutine[Any, Any, Acknowledgement]]


@dataclass
class Taken(Acknowledgement):
    """`by` names the processes that took the payload."""

    by: tuple[str, ...] = ()


@dataclass
class Balancer:
    """Round robin over those whose /healthz says 200. `all` are those that were started, by name."""

    all: dict[str, Bot] = field(default_factory=dict)
    healthy: set[str] = field(default_factory=set)
    _last: str = ""

    async def watch(self) -> None:
        """Until it is cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_HEALTH_S)) as session:
            while True:
                await asyncio.gather(*(self._look(session, bot) for bot in tuple(self.all.values())))
                await asyncio.sleep(_LOOK_S)

    async def _look(self, session: aiohttp.ClientSession, bot: Bot) -> None:
        try:
            async with session.get(f"{bot.url}/healthz") as answer:
                is_healthy = answer.ok
        except (aiohttp.ClientError, TimeoutError, OSError):
            is_healthy = False
        (self.healthy.add if is_healthy and bot.name in self.all else self.healthy.discard)(bot.name)

    def take_out(self, bot: Bot) -> None:
        self.all.pop(bot.name, None)
        self.healthy.discard(bot.name)

    def pick(self, number: int) -> list[Bot]:
        """Fewer where there are no more."""
        names = sorted(self.healthy & self.all.keys())
        after = [name for name in names if name > self._last]
        turns = (after + [name for name in names if name not in after])[:number]
        if turns:
            self._last = turns[0]
        return [self.all[name] for name in turns]


@dataclass
class ClusterSlack(FakeSlack):
    """`bot_at` names the process that a connection comes from, "" where it is not known."""

    random: Random = field(default_factory=Random)
    balancer: Balancer = field(default_factory=Balancer)
    is_socket: bool = False
    bot_at: Callable[[str], str] = lambda _: ""
    counts: Counter[str] = field(default_factory=Counter)
    _owners: dict[web.WebSocketResponse, str] = field(default_factory=dict)

    async def deliver(self, kind: str, body: Json) -> Taken:
        ways = self._ways(2 if self.random.random() < TWICE else 1)
        pauses = (0.0, self.random.choice((0.0, 0.0, 0.02, 0.2)))
        sent = await asyncio.gather(
            *(_after(pause, send(kind, body)) for (_, send), pause in zip(ways, pauses, strict=False))
        )
        by = tuple(
            answer.by[0] if isinstance(answer, Taken) else name
            for (name, _), answer in zip(ways, sent, strict=True)
            if answer.status == 200
        )
        self.counts[("lost", "once", "twice")[len(by)]] += 1
        return Taken(200 if by else 0, "", by)

    def _ways(self, number: int) -> list[tuple[str, Send]]:
        if not self.is_socket:
            return [(bot.name, partial(self._post, bot)) for bot in self.balancer.pick(number)]
        ways: list[tuple[str, Send]] = [
            (self._owner(one, client), partial(self._push, one)) for one, client in self.socket.web_sockets.items()
        ]
        self.random.shuffle(ways)
        return list(dict(ways).items())[:number]

    def _owner(self, web_socket: web.WebSocketResponse, client: str) -> str:
        if not self._owners.get(web_socket):
            self._owners[web_socket] = self.bot_at(client)
        return self._owners[web_socket]

    async def _post(self, bot: Bot, kind: str, body: Json) -> Acknowledgement:
        """To the next one where no connection came about: it got nothing, and ended before the look at its health."""
        for one in (bot, *(other for other in self.balancer.pick(2) if other is not bot)):
            try:
                answer = await self.send_to(f"{one.url}/slack/events", kind, body)
                return Taken(answer.status, answer.body, (one.name,))
            except aiohttp.ClientConnectorError:
                continue
            except (TimeoutError, aiohttp.ClientError, OSError, RuntimeError):  # it has just died
                break
        return Acknowledgement(0, "")

    async def _push(self, web_socket: web.WebSocketResponse, kind: str, body: Json) -> Acknowledgement:
        try:
            return await self.socket.deliver(kind, body, web_socket)
        except (OSError, RuntimeError):
            return Acknowledgement(0, "")


async def _after(pause_s: float, sending: Coroutine[Any, Any, Acknowledgement]) -> Acknowledgement:
    await asyncio.sleep(pause_s)
    return await sending
