"""Where the bot's parts are put together."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.api.client import connect
from bot.api.retry import Backoff
from bot.audit import AuditLog
from bot.blockkit.blocks import Message
from bot.ledger.database import LedgerError
from bot.logs import LineWriter
from bot.runtime import Runtime
from bot.settings import Settings
from handlers.open_ledger import OpenLedger, connect_ledger, is_shared, turns_of
from handlers.recover import LOOK_S, Recovery
from handlers.routes import register
from handlers.scrape import metrics_for, metrics_served
from handlers.services import SLOW_S, Services
from handlers.slack import audit_channel
from handlers.slack.audit_channel import AuditChannel
from handlers.slack.menus import MenuChoice
from handlers.slack.replies import PAUSE_S, Replies
from handlers.slack.runner import CANCEL_GRACE_S, Runner
from handlers.slack.signature import SignatureCheck
from handlers.slack.startup import check_tokens
from handlers.slack.transports import CLOSE_S, Healthy, events, http, socket_mode
from handlers.slack.tries import SendResult
from handlers.slack.web import open_web, proxy_for

DRAIN_TIMEOUT_S = 18.0
FINAL_DRAIN_TIMEOUT_S = CANCEL_GRACE_S + 1
STOP_TIMEOUT_S = DRAIN_TIMEOUT_S + CLOSE_S + FINAL_DRAIN_TIMEOUT_S + audit_channel.CLOSE_S
"""From the signal to the end; whoever starts the bot waits longer before it kills."""
DEFAULT_PORT = 3000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunningBot:
    """A bot at work; `port` is None over Socket Mode, `metrics_port` without METRICS_PORT."""

    port: int | None
    services: Services
    recovery: Recovery
    metrics_port: int | None = None


@asynccontextmanager
async def serve(
    settings: Settings,
    *,
    runtime: Runtime | None = None,
    backoff: Backoff | None = None,
    write_audit: Callable[[str], Awaitable[None]] | None = None,
    reply_pause_s: float = PAUSE_S,
    slow_s: float = SLOW_S,
    look_s: float = LOOK_S,
    open_ledger: OpenLedger = connect_ledger,
) -> AsyncIterator[RunningBot]:
    """The whole bot, from settings. Raises StartupError, LedgerStartError.

    `backoff` is the pause between two tries at the ticket API, `write_audit` takes audit lines: see bot.audit.AuditLog.
    `reply_pause_s` is the pause before an answer to Slack is sent again, in seconds; `slow_s` is after
    how many seconds somebody who waits gets a notice; `look_s` is the pause between two looks of recovery.
    `open_ledger` opens the ledger's database.

    The end is the other way round, from the last step to the first: recovery stops; what is under way is finished,
    while Slack can still reach the bot and hears that it is stopping (over Socket Mode, where others take over, after
    the socket is closed); nobody reaches it any more; who came at the last moment is answered; the audit channel gets
    its lines; what is left goes to whoever looks into the ledger next.
    """
    runtime = runtime or Runtime()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        slack = await enter(open_web(settings.slack_api_url))
        web = slack.client(settings.slack_bot_token.get_secret_value())
        workspace = await check_tokens(settings, web)
        log.info("this is %s (%s)", workspace.name, workspace.team_id)

        metrics = metrics_for(settings, runtime)
        replies = Replies(
            slack.session, web, slack.is_slacks, reply_pause_s, settings.bot_contact, slack.place, metrics
        )
        runner = Runner(replies, settings.sweeppea_deadline_s, runtime.random, metrics)
        ledger = await enter(open_ledger(settings, runtime, workspace.team_id))
        stack.push_async_callback(runner.end_background)  # last: what the ledger has not got by now it won't get
        stack.push_async_callback(_quietly, ledger.hand_over)
        client = await enter(
            connect(
                settings.sweeppea_base_url,
                settings.sweeppea_api_key.get_secret_value(),
                concurrency=settings.sweeppea_concurrency,
                proxy=proxy_for(settings.sweeppea_base_url),
                runtime=runtime,
                backoff=backoff,
                turn_at=turns_of(ledger, settings),
                metrics=metrics,
            )
        )
        app = _bolt_app(workspace.authorization, slack.client())
        channel = _audit_channel(settings, replies, runner)
        if channel:
            stack.push_async_callback(channel.close)
        services = Services(
            settings=settings,
            policy=settings.policy(workspace.team_id),
            client=client,
            replies=replies,
            runner=runner,
            ledger=ledger,
            workspace=workspace.name,
            workspace_url=workspace.url,
            runtime=runtime,
            slow_s=slow_s,
            audit_channel=channel,
            audit=AuditLog(write_audit or LineWriter(sys.stdout).write),
        )
        recovery = register(app, services)

        connected: list[Healthy] = [_not_yet] if settings.slack_app_token else []

        async def healthy() -> bool:
            return not runner.draining and all([await is_connected() for is_connected in connected])

        def is_degraded() -> bool:
            return recovery.is_away

        metrics_port = await enter(metrics_served(settings, metrics, services, healthy, is_degraded))
        stack.push_async_callback(runner.drain, FINAL_DRAIN_TIMEOUT_S)  # who came at the last moment
        # Over Socket Mode Slack has other processes to send to, as soon as this one has left.
        leaves_first = settings.slack_app_token is not None and is_shared(ledger)
        if leaves_first:
            stack.push_async_callback(runner.drain, DRAIN_TIMEOUT_S)
        port = None
        if settings.slack_app_token:
            if settings.port is not None:
                await enter(http(settings.host, settings.port, healthy=healthy, is_degraded=is_degraded))
            socket = socket_mode(
                app,
                settings.slack_app_token.get_secret_value(),
                workspace.socket_url or "",  # without one no connection comes about
                slack.client(),
                proxy=slack.proxy,
                runtime=runtime,
                metrics=metrics,
            )
            connected[:] = [await enter(socket)]
        else:
            asked_for = DEFAULT_PORT if settings.port is None else settings.port
            check = SignatureCheck(_signing_secret(settings), runtime)
            endpoint = events(app, check, metrics)
            port = await enter(
                http(settings.host, asked_for, healthy=healthy, is_degraded=is_degraded, events=endpoint)
            )
        if not leaves_first:
            stack.push_async_callback(runner.drain, DRAIN_TIMEOUT_S)
        recovering = asyncio.create_task(recovery.run(look_s))
        stack.callback(recovering.cancel)
        yield RunningBot(port, services, recovery, metrics_port)


def _audit_channel(settings: Settings, replies: Replies, runner: Runner) -> AuditChannel | None:
    if not (channel := settings.audit_channel):
        return None

    async def send(message: Message) -> bool:
        posted = await replies.post(channel, message, setting="AUDIT_CHANNEL")
        return posted.result in {SendResult.TAKEN, SendResult.UNCLEAR}

    return AuditChannel(send, runner)


async def _quietly(last_step: Callable[[], Awaitable[None]]) -> None:
    try:
        await last_step()
    except LedgerError as error:
        log.warning("the ledger could not be written at the end: %s", error)


async def _not_yet() -> bool:
    """Who asks before Slack can reach the bot must not be told that it can."""
    return False


def _signing_secret(settings: Settings) -> str:
    return settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""


def _bolt_app(authorization: AuthorizeResult, client: AsyncWebClient) -> AsyncApp:
    """`authorize` has the answer that start-up got, so that no command waits for another."""

    async def authorize() -> AuthorizeResult:
        return authorization

    app = AsyncApp(
        name="ticket-bot",
        request_verification_enabled=False,  # handlers.slack.signature has done it
        client=client,
        authorize=authorize,
        process_before_response=True,  # every listener returns at once: see handlers.slack.runner
    )
    app.middleware(MenuChoice())

    @app.error
    async def unreadable(error: Exception) -> BoltResponse:
        """A payload that Bolt stumbles over: its own handler would log what the error quotes of that."""
        log.warning("a payload of Slack's can't be read: %s", type(error).__name__)
        return BoltResponse(status=HTTPStatus.BAD_REQUEST)

    return app
