"""How Slack's payloads come in: as signed HTTP, or over a web socket that the bot opens."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.startup import StartupError

PATH = "/slack/events"
HEALTH = "/healthz"
CONNECT_S = 30.0
CLOSE_S = 1.0  # for whoever is in the middle of sending something

log = logging.getLogger(__name__)


Healthy = Callable[[], Awaitable[bool]]


@asynccontextmanager
async def http(app: AsyncApp | None, host: str, port: int, *, healthy: Healthy) -> AsyncIterator[int]:
    """Serves until the block ends; yields the port, of use where 0 was asked for. No `app`: /healthz alone."""

    async def health(_: web.Request) -> web.Response:
        return web.Response(text="ok\n") if await healthy() else web.Response(status=503, text="not ready\n")

    site = web.Application()
    site.add_routes([web.get(HEALTH, health), *([web.post(PATH, partial(_events, app))] if app else [])])
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=CLOSE_S)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StartupError(f"HOST and PORT: can't listen on {host}:{port}: {error.strerror}", 2) from None
        bound = int(runner.addresses[0][1])
        log.info("listening on %s:%d", host, bound)
        yield bound
    finally:
        await runner.cleanup()


async def _events(app: AsyncApp, request: web.Request) -> web.Response:
    if not re.fullmatch("[0-9]{1,12}", request.headers.get("X-Slack-Request-Timestamp", "")):
        return web.Response(status=401)  # Bolt would answer 500 with a traceback
    try:
        payload = await to_bolt_request(request)
    except (LookupError, UnicodeDecodeError):
        return web.Response(status=400)
    answer = await app.async_dispatch(payload)
    return await to_aiohttp_response(answer) if answer.body else web.Response(status=answer.status)


@asynccontextmanager
async def socket_mode(
    app: AsyncApp, app_token: str, socket_url: str, web_client: AsyncWebClient, proxy: str | None
) -> AsyncIterator[Healthy]:
    """Connected until the block ends; yields whether it still is. Raises StartupError if no connection comes about."""
    # not loaded where Slack sends its payloads by itself
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler  # noqa: PLC0415

    handler = AsyncSocketModeHandler(app, app_token, web_client=web_client)
    handler.client.proxy = proxy  # its own way of finding one knows no NO_PROXY
    handler.client.wss_uri = socket_url  # start-up asked for it already, and Slack gives out one a minute
    try:
        try:
            async with asyncio.timeout(CONNECT_S):
                await handler.client.connect()
        except TimeoutError:
            raise StartupError(f"No Socket Mode connection came about within {CONNECT_S:.0f} seconds.", 1) from None
        log.info("connected over Socket Mode")
        yield handler.client.is_connected
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await handler.client.close()
