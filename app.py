"""The bot's command line, and the one place where its parts are put together.

    python app.py           settings from the environment and .env
    python app.py --demo    no Slack and no key: everything on this machine, in this terminal

Exit codes: 0 after SIGTERM or SIGINT, 1 where Slack could not be reached, 2 where a setting or a token is wrong.
"""

import gc

gc.disable()  # what is imported stays; looking through it again and again would take a tenth of the start

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import uvloop
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import logs, sweeppea
from bot.settings import Settings, SettingsError
from handlers import register
from handlers.replies import TIMEOUT_S, Replies
from handlers.runner import FAREWELL_S, Runner
from handlers.services import Services
from handlers.startup import StartupError, check_tokens
from handlers.transports import Healthy, http, socket_mode

gc.freeze()
gc.enable()

GARBAGE = 5_000  # new objects between two searches for garbage, some hundred commands, which leave none
BLOCK = 512 * 1024  # bytes
DRAIN_S = 18.0
LAST_DRAIN_S = FAREWELL_S + 1
DEFAULT_PORT = 3000

log = logging.getLogger("app")


def main() -> int:
    parser = argparse.ArgumentParser(description="Work Sweeppea support tickets from Slack.")
    parser.add_argument("--demo", action="store_true", help="no Slack and no key: everything on this machine")
    if parser.parse_args().demo:
        from bot import demo  # noqa: PLC0415 - what draws in a terminal is not loaded into the bot

        with suppress(KeyboardInterrupt):
            asyncio.run(demo.main(serve))
        return 0
    try:
        settings = Settings.load()
    except SettingsError as error:
        return _say("The bot can't start. Mend this in the environment or in .env:", *error.mistakes)
    _forget_slack_variables()
    logs.configure(settings.log_level, settings.secrets)
    try:
        return uvloop.run(run(settings))
    except StartupError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for whoever starts it
        return error.exit_code


async def run(settings: Settings) -> int:
    """Serves until the process is told to stop, then finishes what is under way."""
    stop = asyncio.Event()
    task = asyncio.current_task()
    serving = False

    def on_signal() -> None:
        stop.set()
        if task and not serving:  # still trying to reach Slack
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    try:
        async with serve(settings):
            serving = True
            _settle_memory()
            await stop.wait()
            log.info("stopping")
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    return 0


def _settle_memory() -> None:
    """For speed: a quarter of what a command takes would go into looking for garbage and asking for memory."""
    gc.freeze()  # what lives as long as the process is never looked through again
    gc.set_threshold(GARBAGE)
    # Freed at once. From then on glibc keeps twice that rather than give it back after each ticket's HTML, and ask for
    # it anew: mallopt(3), "dynamic mmap threshold". Elsewhere it does nothing.
    bytes(BLOCK)


@dataclass(frozen=True)
class Serving:
    """A bot at work; `port` is None over Socket Mode."""

    port: int | None
    services: Services


@asynccontextmanager
async def serve(settings: Settings, now: Callable[[], float] = time.time) -> AsyncIterator["Serving"]:
    """The whole bot, from settings. Raises StartupError. `now` is the time of day in seconds since the epoch.

    At the end it first finishes what is under way, while Slack can still reach it and is told that it is stopping.
    """
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        proxy = _proxy(settings.slack_api_url)
        session = await enter(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=proxy,
            )
        )
        base_url = f"{settings.slack_api_url}/"

        def web_client(token: str | None = None) -> AsyncWebClient:
            client = AsyncWebClient(token, base_url, TIMEOUT_S, session=session)
            client.proxy = proxy  # its own way of finding one knows no NO_PROXY
            return client

        web = web_client(settings.slack_bot_token.get_secret_value())
        workspace = await check_tokens(settings, web)
        log.info("this is %s (%s)", workspace.name, workspace.team_id)

        replies = Replies(session, web)
        runner = Runner(replies, settings.sweeppea_deadline_s)
        key = settings.sweeppea_api_key.get_secret_value()
        client = await enter(
            sweeppea.connect(
                settings.sweeppea_base_url,
                key,
                concurrency=settings.sweeppea_concurrency,
                proxy=_proxy(settings.sweeppea_base_url),
            )
        )
        app = _bolt_app(settings, workspace.authorization, web_client())
        policy = settings.policy(workspace.team_id)
        services = Services(settings=settings, policy=policy, sweeppea=client, replies=replies, runner=runner, now=now)
        register(app, services)

        connected: list[Healthy] = []

        async def healthy() -> bool:
            return not runner.draining and all([await is_connected() for is_connected in connected])

        stack.push_async_callback(
            runner.drain, LAST_DRAIN_S
        )  # after the transport is closed: who came at the last moment
        port = None
        if settings.slack_app_token and workspace.socket_url:
            if settings.port is not None:
                await enter(http(None, settings.host, settings.port, healthy=healthy))
            app_token = settings.slack_app_token.get_secret_value()
            connected += [await enter(socket_mode(app, app_token, workspace.socket_url, web_client(), proxy))]
        else:
            asked_for = DEFAULT_PORT if settings.port is None else settings.port
            port = await enter(http(app, settings.host, asked_for, healthy=healthy))
        stack.push_async_callback(runner.drain, DRAIN_S)
        yield Serving(port, services)


def _proxy(url: str) -> str | None:
    """As HTTPS_PROXY and NO_PROXY say at the start: aiohttp's own way asks anew for each request, .netrc too."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def _bolt_app(settings: Settings, authorization: AuthorizeResult, client: AsyncWebClient) -> AsyncApp:
    """`authorize` has the answer that start-up got, so that no command waits for another."""

    async def authorize() -> AuthorizeResult:
        return authorization

    signing_secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
    return AsyncApp(
        name="ticket-bot",
        signing_secret=signing_secret,
        client=client,
        authorize=authorize,
        process_before_response=True,  # every listener returns at once: see handlers.runner
    )


def _forget_slack_variables() -> None:
    """Bolt reads these by itself: two of them make an OAuth app of it, the others are warned of at each start."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_VERIFICATION_TOKEN"):
        os.environ.pop(name, None)


def _say(title: str, *lines: str) -> int:
    print(title, *(f"  {line}" for line in lines), sep="\n", file=sys.stderr)  # noqa: T201 - for whoever starts it
    return 2


if __name__ == "__main__":
    sys.exit(main())
