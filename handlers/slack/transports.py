"""How Slack's payloads come in: as signed HTTP, or over a web socket that the bot opens."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import OFF, Metrics
from bot.runtime import Runtime
from handlers.slack.signature import SignatureCheck, is_certificate_probe
from handlers.slack.startup import StartupError

if TYPE_CHECKING:
    from slack_sdk.socket_mode.aiohttp import SocketModeClient
    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

PATH = "/slack/events"
HEALTH = "/healthz"
MAX_BODY_BYTES = 2**20  # Slack's own are below 300 kB: a modal has at most 250 kB
CONNECT_S = 30.0
PING_INTERVAL_S = 10.0
WATCH_INTERVAL_S = 1.0
CLOSE_S = 1.0  # for whoever is in the middle of sending something

log = logging.getLogger(__name__)
_aiohttp_log = logging.getLogger(f"{__name__}.aiohttp")

Healthy = Callable[[], Awaitable[bool]]
Endpoint = Callable[[web.Request], Awaitable[web.Response]]


def _is_ours(record: logging.LogRecord) -> bool:
    """Whatever is no HTTP, which anybody can send, aiohttp answers with 400 and logs with a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, (HttpProcessingError, ConnectionError))


_aiohttp_log.addFilter(_is_ours)


@asynccontextmanager
async def http(
    host: str, port: int, *, healthy: Healthy, is_degraded: Callable[[], bool], events: Endpoint | None = None
) -> AsyncIterator[int]:
    """Serves until the block ends; yields the port, of use where 0 was asked for. No `events`: /healthz alone.

    `is_degraded`: not everything works, and a restart would not help.
    """

    async def health(_: web.Request) -> web.Response:
        if not await healthy():
            return web.Response(status=503, text="not ready\n")
        return web.Response(text="degraded\n" if is_degraded() else "ok\n")

    routes = [web.get(HEALTH, health), *([web.post(PATH, events)] if events else [])]
    async with listening(host, port, routes, settings="HOST and PORT") as bound:
        log.info("listening on %s:%d", host, bound)
        yield bound


@asynccontextmanager
async def listening(
    host: str, port: int, routes: Iterable[web.RouteDef], *, settings: str, close_s: float = CLOSE_S
) -> AsyncIterator[int]:
    """Serves until the block ends; yields the port. `settings` names those that the address comes from.

    Raises StartupError. Who is being served at the end has `close_s` left.
    """
    site = web.Application(client_max_size=MAX_BODY_BYTES)
    site.add_routes(routes)
    # what was signed is what came, so nothing is unpacked
    runner = web.AppRunner(site, shutdown_timeout=close_s, access_log=None, logger=_aiohttp_log, auto_decompress=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StartupError(f"{settings}: can't listen on {host}:{port}: {error.strerror or error}", 2) from None
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def events(app: AsyncApp, check: SignatureCheck, metrics: Metrics = OFF) -> Endpoint:
    """Slack's payloads, for Bolt; 401 for what Slack did not send, 400 for what can't be read."""

    async def receive(request: web.Request) -> web.Response:
        came_at = asyncio.get_running_loop().time()
        try:
            body = await request.read()
        except HttpProcessingError:
            return web.Response(status=400)
        if is_certificate_probe(body):
            return web.Response()
        if not check.passes(body, request.headers):
            return web.Response(status=401)
        try:
            payload = AsyncBoltRequest(body=_for_bolt(body.decode()))  # no headers: they are not signed
            answer = await app.async_dispatch(payload)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # Bolt reads, and stumbles
            return web.Response(status=400)
        if answer.status == HTTPStatus.OK:
            metrics.acknowledged(asyncio.get_running_loop().time() - came_at)
        return await to_aiohttp_response(answer) if answer.body else web.Response(status=answer.status)

    return receive


def _for_bolt(body: str) -> str:
    """Bolt takes a form with the word "payload" anywhere in it, typed by a person say, for a field of that name."""
    if "payload" not in body or body.startswith("{"):
        return body
    fields = dict(parse_qsl(body, keep_blank_values=True))
    return body if "payload" in fields else json.dumps(fields)


@asynccontextmanager
async def socket_mode(
    app: AsyncApp,
    app_token: str,
    socket_url: str,
    web: AsyncWebClient,
    *,
    proxy: str | None,
    runtime: Runtime,
    metrics: Metrics = OFF,
) -> AsyncIterator[Healthy]:
    """Connected until the block ends; yields whether it still is. Raises StartupError if no connection comes about."""
    # not loaded where Slack sends its payloads by itself
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler  # noqa: PLC0415
    from slack_bolt.adapter.socket_mode.async_internals import (  # noqa: PLC0415
        run_async_bolt_app,
        send_async_response,
    )

    class Handler(AsyncSocketModeHandler):
        """As Bolt's own, with the time that it takes counted."""

        async def handle(self, client: "AsyncBaseSocketModeClient", req: "SocketModeRequest") -> None:
            came_at = asyncio.get_running_loop().time()
            answer = await run_async_bolt_app(self.app, req)
            await send_async_response(client, req, answer, came_at)
            if answer.status == HTTPStatus.OK:
                metrics.acknowledged(asyncio.get_running_loop().time() - came_at)

    handler = Handler(app, app_token, web_client=web, ping_interval=PING_INTERVAL_S)
    handler.client.proxy = proxy  # its own way of finding one knows no NO_PROXY
    handler.client.wss_uri = socket_url  # start-up asked for it already, and Slack gives out one a minute
    try:
        try:
            async with asyncio.timeout(CONNECT_S):
                await handler.client.connect()
        except TimeoutError:
            raise StartupError(f"No Socket Mode connection came about within {CONNECT_S:.0f} seconds.", 1) from None
        log.info("connected over Socket Mode")
        watch = asyncio.create_task(_watch(handler.client, runtime))
        try:
            yield handler.client.is_connected
        finally:
            watch.cancel()
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await handler.client.close()


async def _watch(client: "SocketModeClient", runtime: Runtime) -> None:
    """The SDK connects again by itself; here the log gets to know of that."""
    session, lost_at = client.current_session, 0.0
    while True:
        await asyncio.sleep(WATCH_INTERVAL_S)
        if not await client.is_connected():
            if not lost_at:
                lost_at = runtime.boottime()
                log.warning("the connection over Socket Mode is lost: nothing reaches the bot; connecting again")
        elif lost_at:
            log.warning("connected over Socket Mode again, after %.0f s", runtime.boottime() - lost_at)
            session, lost_at = client.current_session, 0.0
        elif client.current_session is not session:
            log.info("connected over Socket Mode again: Slack had ended the connection")
            session = client.current_session
