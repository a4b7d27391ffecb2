"""The tokens, tried before anything is served: a mistake is told at once, and Slack out of reach is waited for.

Facts: `auth.test` takes the bot token, `apps.connections.open` the app-level one; `ok: false` with an `error` is a
refusal, but for the few errors that pass.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.settings import Settings
from handlers.slack.replies import FAILURES, error_in

PATIENCE_S = 30.0
_PAUSE_S = 1.0
_PASSING = {
    "ratelimited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}

log = logging.getLogger(__name__)


class StartupError(Exception):
    """`exit_code` 2 for what somebody has to mend, 1 for what may pass."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Workspace:
    """What Slack says of the tokens. `socket_url` only where there is an app-level one; it holds a secret."""

    authorization: AuthorizeResult
    team_id: str
    name: str
    socket_url: str | None


async def check_tokens(
    settings: Settings, web: AsyncWebClient, *, patience_s: float = PATIENCE_S, pause_s: float = _PAUSE_S
) -> Workspace:
    """Raises StartupError, after having tried both tokens."""
    app_token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else None
    try:
        async with asyncio.timeout(patience_s):
            auth, opened = await asyncio.gather(
                _try("SLACK_BOT_TOKEN", web.auth_test, pause_s),
                _try("SLACK_APP_TOKEN", lambda: web.apps_connections_open(app_token=app_token or ""), pause_s)
                if app_token
                else _nothing(),
            )
    except TimeoutError:
        raise StartupError(f"Slack could not be reached within {patience_s:.0f} seconds.", 1) from None
    refused = [result for result in (auth, opened) if isinstance(result, str)]
    if refused or isinstance(auth, str) or isinstance(opened, str) or auth is None:
        raise StartupError("\n".join(["Slack refuses what the bot was given:", *(f"  {line}" for line in refused)]), 2)
    return _workspace(auth, opened, settings.slack_bot_token.get_secret_value())


async def _try(
    name: str, call: Callable[[], Awaitable[AsyncSlackResponse]], pause_s: float
) -> AsyncSlackResponse | str:
    """The answer, or a sentence about the refusal; tries again for as long as it is let."""
    while True:
        try:
            return await call()
        except SlackApiError as error:
            reason, status = error_in(error), getattr(error.response, "status_code", None)
            if status == HTTPStatus.OK and reason and reason not in _PASSING:
                return f"{name}: {reason}"
            problem = reason or (f"HTTP {status}" if status != HTTPStatus.OK else "no answer of Slack's")
        except (*FAILURES, OSError) as error:
            problem = type(error).__name__
        log.warning("Slack does not answer yet (%s: %s); trying again", name, problem)
        await asyncio.sleep(pause_s)


async def _nothing() -> None:
    return None


def _workspace(auth: AsyncSlackResponse, opened: AsyncSlackResponse | None, bot_token: str) -> Workspace:
    return Workspace(
        authorization=AuthorizeResult(
            enterprise_id=auth.get("enterprise_id"),
            team_id=auth.get("team_id"),
            bot_user_id=auth.get("user_id"),
            bot_id=auth.get("bot_id"),
            bot_token=bot_token,
        ),
        team_id=str(auth.get("team_id") or ""),
        name=str(auth.get("team") or ""),
        socket_url=str(opened.get("url")) if opened else None,
    )
