"""Calls that try Slack and leave nothing behind.

Facts: each answer names the scopes of its token (`x-oauth-scopes`: slack-go #1076, slack-ruby-client #378), and has
Slack's time as every HTTP answer has. `apps.connections.open` makes an address, and no connection before somebody uses
it. chat.scheduleMessage and chat.deleteScheduledMessage need chat:write alone, and the first refuses a channel as
chat.postMessage does (docs.slack.dev, the methods' pages): at most 120 days ahead. A message that is due within minutes
may be posted though it was taken back (bolt-js #1857), so this one is due in AHEAD_S.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.slack.hints import advice
from handlers.slack.startup import is_refusal
from handlers.slack.web_errors import FAILURES, error_in, reason_of

AHEAD_S = 100 * 86_400
_LIMITED = {"ratelimited", "rate_limited"}
_TRIES = 2
_TEXT = "This is a trial of `app.py check` that should have been taken back. Nothing has happened: ignore it."


@dataclass(frozen=True)
class Trial:
    """What came of one call. `refusal` is Slack's code, or why there was no answer; empty where it worked.

    `is_answer`: Slack itself said so. `is_limited`: only that there were too many calls. `scopes` is None where Slack
    names none. `ahead_s` is by how much this machine's clock is ahead of Slack's, within a second.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    hint: str = ""
    is_answer: bool = True
    is_limited: bool = False
    scopes: frozenset[str] | None = None
    ahead_s: float | None = None


@dataclass(frozen=True)
class Trials:
    """`limit_s` is what one call may take, `now` the machine's time of day in seconds since the epoch."""

    web: AsyncWebClient
    limit_s: float
    now: Callable[[], float]

    async def bot_token(self) -> Trial:
        return await self._call("SLACK_BOT_TOKEN", self.web.auth_test)

    async def app_token(self, token: str) -> Trial:
        return await self._call("SLACK_APP_TOKEN", lambda: self.web.apps_connections_open(app_token=token))

    async def schedule(self, channel: str) -> Trial:
        """A message for AUDIT_CHANNEL; `data` has its `post_at`, and its `scheduled_message_id` where it was taken."""
        post_at = int(self.now()) + AHEAD_S
        trial = await self._call(
            "AUDIT_CHANNEL",
            lambda: self.web.chat_scheduleMessage(channel=channel, post_at=post_at, text=_TEXT),
        )
        return replace(trial, data={"post_at": post_at, **trial.data})

    async def take_back(self, channel: str, message_id: str) -> Trial:
        """Tried twice: what stays there would be posted."""
        for _ in range(_TRIES):
            trial = await self._call(
                "AUDIT_CHANNEL",
                lambda: self.web.chat_deleteScheduledMessage(channel=channel, scheduled_message_id=message_id),
            )
            if trial.is_answer:
                break
        return trial

    async def _call(self, setting: str, call: Callable[[], Awaitable[AsyncSlackResponse]]) -> Trial:
        began_at = self.now()
        try:
            async with asyncio.timeout(self.limit_s):
                answer = await call()
        except SlackApiError as error:
            return self._refused(error, setting, began_at)
        except (*FAILURES, OSError) as error:
            return Trial(refusal=reason_of(error), is_answer=False)
        named = answer.headers.get("X-OAuth-Scopes")
        scopes = frozenset(scope.strip() for scope in named.split(",") if scope.strip()) if named is not None else None
        data = answer.data if isinstance(answer.data, dict) else {}
        return Trial(data, scopes=scopes, ahead_s=self._ahead_s(answer.headers, began_at))

    def _refused(self, error: SlackApiError, setting: str, began_at: float) -> Trial:
        data = getattr(error.response, "data", None)
        is_limited = error_in(error) in _LIMITED
        is_answer = is_limited or is_refusal(error)
        return Trial(
            refusal=reason_of(error),
            hint=advice(error_in(error), setting, data if isinstance(data, dict) else {}),
            is_answer=is_answer,
            is_limited=is_limited,
            ahead_s=self._ahead_s(error.response.headers, began_at) if is_answer else None,
        )

    def _ahead_s(self, headers: Mapping[str, str], began_at: float) -> float | None:
        """Slack's time is cut to whole seconds; it was taken between the call and its answer."""
        try:
            slack_s = parsedate_to_datetime(headers.get("Date", "")).timestamp() + 0.5
        except ValueError:
            return None
        return (began_at + self.now()) / 2 - slack_s
