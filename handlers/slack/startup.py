"""The tokens, tried before anything is served: a mistake is named at once, and Slack out of reach is waited for.

Facts: `auth.test` takes the bot token, `apps.connections.open` the app-level one; `ok: false` with an `error` is a
refusal, but for the few errors that pass. The `team_id` of a token that was installed for a whole organization is the
organization's id, E….
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import logs
from bot.settings import Settings
from handlers.slack.web_errors import FAILURES, error_in, explained, reason_of

PATIENCE_S = 30.0
_PAUSE_S = 1.0
WORKSPACE_ID = re.compile(r"T[A-Z0-9]+")  # an organization's begins with E
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
    url: str
    socket_url: str | None


async def check_tokens(
    settings: Settings, web: AsyncWebClient, *, patience_s: float = PATIENCE_S, pause_s: float = _PAUSE_S
) -> Workspace:
    """Raises StartupError, after having tried both tokens."""
    place = logs.place_of(web.base_url, web.proxy)
    problems: dict[str, str] = {}

    async def attempt(name: str, call: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse | str:
        """The answer, or a sentence about the refusal; tries again for as long as it is let."""
        while True:
            try:
                return await call()
            except SlackApiError as error:
                if is_refusal(error):
                    return f"{name}: {explained(error, name)}"
                problems[name] = reason_of(error)
            except (*FAILURES, OSError) as error:
                problems[name] = reason_of(error)
            log.warning("Slack does not answer yet (%s: %s); trying again", place, problems[name])
            await asyncio.sleep(pause_s)

    app_token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else None
    try:
        async with asyncio.timeout(patience_s):
            auth, opened = await asyncio.gather(
                attempt("SLACK_BOT_TOKEN", web.auth_test),
                attempt("SLACK_APP_TOKEN", lambda: web.apps_connections_open(app_token=app_token or ""))
                if app_token
                else _nothing(),
            )
    except TimeoutError:
        why = "; ".join(sorted(set(problems.values()))) or "no answer"
        raise StartupError(f"Slack could not be reached within {patience_s:.0f} seconds ({place}: {why}).", 1) from None
    refused = [result for result in (auth, opened) if isinstance(result, str)]
    if refused or isinstance(auth, str) or isinstance(opened, str) or auth is None:
        raise _refused("Slack refuses what the bot was given:", *refused)
    return _workspace(auth, opened, settings.slack_bot_token.get_secret_value())


def _refused(title: str, *lines: str) -> StartupError:
    return StartupError("\n".join([title, *(f"  {line}" for line in lines)]), 2)


def is_refusal(error: SlackApiError) -> bool:
    """Slack's own word, and not one of those that pass."""
    reason = error_in(error)
    return getattr(error.response, "status_code", None) == HTTPStatus.OK and bool(reason) and reason not in _PASSING


async def _nothing() -> None:
    return None


def _workspace(auth: AsyncSlackResponse, opened: AsyncSlackResponse | None, bot_token: str) -> Workspace:
    """Raises StartupError where there is no workspace: who may do what depends on the one that a person belongs to."""
    team_id = str(auth.get("team_id") or "")
    if not WORKSPACE_ID.fullmatch(team_id):
        raise _refused("The bot works in one workspace, and can't tell which:", why_no_workspace(team_id))
    return Workspace(
        authorization=AuthorizeResult(
            enterprise_id=auth.get("enterprise_id"),
            team_id=team_id,
            bot_user_id=auth.get("user_id"),
            bot_id=auth.get("bot_id"),
            bot_token=bot_token,
        ),
        team_id=team_id,
        name=str(auth.get("team") or ""),
        url=str(auth.get("url") or ""),
        socket_url=str(opened.get("url")) if opened else None,
    )


def why_no_workspace(team_id: str) -> str:
    """A sentence; the team that `auth.test` names is none."""
    if not team_id.startswith("E"):
        return "SLACK_BOT_TOKEN: Slack names no workspace for this token. Copy it again from Install App."
    return (
        f"SLACK_BOT_TOKEN: this token is for a whole organization ({team_id}). Install the app in one workspace, and "
        "copy the token from Install App there."
    )
