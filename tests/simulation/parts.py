"""The one module that knows how a bot is put together: the real `serve`, with memory in place of each socket.

What is replaced: the session to Slack, the transport to the ticket API, the database, and the two ways in which Slack's
payloads come. All else is the bot itself. What httpx and aiohttp do on the wire is held by tests with a raw server.
"""

import gc
import hashlib
import hmac
import json
from asyncio import CancelledError
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

import bot.api.http
import handlers.serve
import handlers.slack.web
from bot.api.errors import NoResponseError, NotSentError
from bot.api.http import OnStage, RawResponse, Stage
from bot.ledger.encryption import KEY_BYTES, Cipher
from bot.ledger.ledger import Ledger
from bot.runtime import Runtime
from bot.settings import Settings
from handlers.open_ledger import ledger_on
from tests.simulation.database import Database
from tests.simulation.journal import KEYS, Bot, Call
from tests.simulation.process import PROCESS
from tests.simulation.slack import URL
from tests.simulation.slack_client import Session
from tests.simulation.slack_messages import Json
from tests.simulation.ticket_api import TicketApi, kind_of_answer

SIGNING_SECRET = "simulated-secret"
ENCRYPTION_KEY = bytes(range(KEY_BYTES))


@dataclass
class Sockets:
    """What a bot reaches the world by. `began` makes the record of a request, `over` hears of its end."""

    api: TicketApi
    session: Session
    database: Database
    true_time: Callable[[], float]
    write_audit: Callable[[str], Awaitable[None]]
    began: Callable[[str, str], Call]
    over: Callable[[Call], None]


@dataclass(eq=False)
class RunningBot(Bot):
    """`receive` is there for as long as Slack can reach it: takes a payload, and returns the HTTP status."""

    sockets: Sockets = field(default=None, repr=False)  # type: ignore[assignment]
    random: Random = field(default_factory=Random)
    receive: Callable[[Json], Awaitable[int]] | None = None


@dataclass
class Transport:
    """In place of the client's: as it would, it says whether anything was sent."""

    sockets: Sockets

    async def post_idempotent(self, endpoint: str, body: Mapping[str, str], *, reuse: bool) -> RawResponse:
        del reuse
        return await self._exchange(endpoint, body, _nothing)

    async def post_once(self, endpoint: str, body: Mapping[str, str], on_stage: OnStage) -> RawResponse:
        return await self._exchange(endpoint, body, on_stage)

    async def _exchange(self, endpoint: str, body: Mapping[str, str], on_stage: OnStage) -> RawResponse:
        api = self.sockets.api
        call = self.sockets.began(endpoint.rpartition("/")[2], next(iter(body.values())))
        call.answer = "not sent"
        try:
            try:
                fault = await api.connect(call)
            except (ConnectionError, TimeoutError) as error:
                raise NotSentError(type(error).__name__) from error
            await on_stage(Stage.CONNECTED)
            await on_stage(Stage.SENDING)
            answer, call.answer = api.send(call, fault), "none"
            await on_stage(Stage.SENT)
            try:
                response = await answer
            except ConnectionError as error:
                raise NoResponseError(type(error).__name__) from error
            except CancelledError:
                call.is_given_up = True
                raise
            call.answer = kind_of_answer(response)
            return response
        finally:
            self.sockets.over(call)


async def _nothing(_: Stage) -> None:
    """A read's progress is nobody's business."""


@asynccontextmanager
async def _connect(*_: object, **__: object) -> AsyncIterator[Transport]:
    yield Transport(this_bot().sockets)


@asynccontextmanager
async def _socket_mode(app: AsyncApp, *_: object, **__: object) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    async def receive(body: Json) -> int:
        return int((await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))).status)

    async def is_connected() -> bool:
        return True

    with _reachable(receive):
        yield is_connected


@asynccontextmanager
async def _http(*_: object, events: Callable[[Any], Awaitable[Any]], **__: object) -> AsyncIterator[int]:
    """Signed as Slack signs, by the true time, and when it is sent: a frozen process may find it too old."""
    sockets = this_bot().sockets

    def receive(body: Json) -> Awaitable[int]:
        content = (urlencode(body) if "command" in body else f"payload={_quoted(json.dumps(body))}").encode()
        stamp = str(int(sockets.true_time()))
        digest = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:".encode() + content, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
        return answer(_Request(content, headers))

    async def answer(request: _Request) -> int:
        return int((await events(request)).status)

    with _reachable(receive):
        yield 3000


def _quoted(text: str) -> str:
    """As little as a form needs: a tenth of a world's time would go into quotes and braces."""
    return text.replace("%", "%25").replace("&", "%26").replace("+", "%2B")


@dataclass
class _Request:
    """As much of aiohttp's as the bot reads."""

    body: bytes
    headers: Mapping[str, str]

    async def read(self) -> bytes:
        return self.body


@contextmanager
def _reachable(receive: Callable[[Json], Awaitable[int]]) -> Iterator[None]:
    bot = this_bot()
    bot.receive = receive
    try:
        yield
    finally:
        bot.receive = None


def this_bot() -> RunningBot:
    bot = PROCESS.get()
    assert isinstance(bot, RunningBot)
    return bot


@contextmanager
def memory_in_place_of_sockets() -> Iterator[None]:
    """For as long as worlds are being run, whichever bot asks."""
    aiohttp = SimpleNamespace(
        ClientSession=lambda **_: this_bot().sockets.session,
        ClientTimeout=lambda *_: None,
        TraceConfig=lambda: SimpleNamespace(on_request_redirect=[]),
        DummyCookieJar=lambda: None,
    )
    with ExitStack() as stack:
        for module, name, memory in (
            (handlers.slack.web, "aiohttp", aiohttp),
            (handlers.serve, "socket_mode", _socket_mode),
            (handlers.serve, "http", _http),
            (bot.api.http, "connect", _connect),
        ):
            stack.enter_context(patch.object(module, name, memory))
        gc.collect()
        gc.freeze()  # what is there before the first world is not looked through after each
        try:
            yield
        finally:
            gc.unfreeze()


def settings(*, over_http: bool, **more: object) -> Settings:
    values: dict[str, Any] = {
        "slack_bot_token": "xoxb-simulated",
        **({"slack_signing_secret": SIGNING_SECRET} if over_http else {"slack_app_token": "xapp-simulated"}),
        "slack_api_url": URL,
        "sweeppea_api_key": next(iter(KEYS)),
        "sweeppea_base_url": "https://api.test",
    }
    return Settings.model_validate(values | more)


async def run(bot: RunningBot, ready: Callable[[], None], stop: Callable[[], Awaitable[object]], look_s: float) -> None:
    """The whole life of a process that is stopped as SIGTERM stops one; recovery looks every `look_s` seconds."""
    runtime = Runtime(
        now=bot.clock, boottime=lambda: bot.sockets.true_time() - bot.boottime_stopped_s, random=bot.random
    )
    sockets = bot.sockets

    @asynccontextmanager
    async def open_ledger(settings: Settings, runtime: Runtime, _team_id: str) -> AsyncIterator[Ledger]:
        cipher = Cipher([ENCRYPTION_KEY], runtime.random)
        ledger = await ledger_on(sockets.database, cipher, settings, runtime)
        bot.account = ledger.account
        yield ledger

    async with handlers.serve.serve(
        bot.settings, runtime=runtime, write_audit=sockets.write_audit, open_ledger=open_ledger, look_s=look_s
    ):
        ready()
        await stop()
