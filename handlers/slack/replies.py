"""Answers over response_url, on one shared session, and what Slack says of them.

Facts: Slack takes 5 answers within 30 minutes of an interaction; about one message per second and channel, else 429
with Retry-After; everything but a 200 means that nobody saw the answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.api.responses import parse_retry_after
from bot.blockkit.blocks import Message
from bot.messages import errors
from handlers.slack.interaction import Interaction

TRIES = 3
TIMEOUT_S = 10
_LONGEST_WAIT_S = 10.0
_PAUSE_S = 0.5

log = logging.getLogger(__name__)
Visibility = Literal["ephemeral", "in_channel"]


# What a call of the Web API raises; the last one where the answer is not even an object.
FAILURES = (SlackClientError, aiohttp.ClientError, TimeoutError, AttributeError)


def error_in(error: SlackApiError) -> str:
    """Slack's own word for it; empty where the answer is not Slack's."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def reason_of(error: Exception) -> str:
    """In Slack's own word where there is one; never the error's text, which quotes the request."""
    return (error_in(error) if isinstance(error, SlackApiError) else "") or type(error).__name__


@dataclass(frozen=True)
class SendResult:
    """What came of one try: taken, or why not, and after how many seconds another may help; None for never."""

    taken: bool
    reason: str = ""
    again_s: float | None = None


@dataclass(frozen=True)
class Replies:
    """Nothing here raises: each says whether the person can see the answer. `bot_contact` is BOT_CONTACT."""

    session: aiohttp.ClientSession
    web: AsyncWebClient
    pause_s: float = _PAUSE_S
    bot_contact: str = ""

    async def send(self, to: Interaction, message: Message, visibility: Visibility = "ephemeral") -> bool:
        """A new message, in the thread if there was one. What the channel does not take goes to the person directly."""
        thread = {"thread_ts": to.thread_ts} if to.thread_ts else {}
        body = {"response_type": visibility, "replace_original": False, **thread, **message.payload()}
        if to.response_url and await self._post(to, body):
            return True
        private = message if visibility == "ephemeral" else errors.not_posted(to.reference, self.bot_contact)
        return await self.direct(to, private) and visibility == "ephemeral"

    async def replace(self, to: Interaction, message: Message) -> bool:
        """Changes the message whose button was pressed."""
        return bool(to.response_url) and await self._post(to, {"replace_original": True, **message.payload()})

    async def direct(self, to: Interaction, message: Message) -> bool:
        """A direct message to whoever acted: it stays, where an ephemeral one is gone at the next reload."""
        return await self.post(to.actor.user_id, message)

    async def post(self, channel: str, message: Message, *, thread_ts: str = "") -> bool:
        """`channel` may be a user's id."""

        async def attempt(pause_s: float) -> SendResult:
            try:
                await self.web.chat_postMessage(channel=channel, thread_ts=thread_ts or None, **message.payload())
            except SlackApiError as error:
                return _refused(reason_of(error), getattr(error.response, "status_code", 0), _headers(error), pause_s)
            except FAILURES as error:
                return SendResult(taken=False, reason=reason_of(error))
            return SendResult(taken=True)

        return await self._retry_send("chat.postMessage failed", attempt)

    async def _post(self, to: Interaction, body: Mapping[str, Any]) -> bool:
        async def attempt(pause_s: float) -> SendResult:
            try:
                async with self.session.post(to.response_url, json=body) as response:
                    if response.ok:
                        return SendResult(taken=True)
                    return _refused(f"HTTP {response.status}", response.status, response.headers, pause_s)
            except (aiohttp.ClientError, TimeoutError) as error:  # an answer shown twice is better than none
                return SendResult(taken=False, reason=type(error).__name__, again_s=pause_s)

        return await self._retry_send("Slack did not take an answer", attempt)

    async def _retry_send(self, complaint: str, attempt: Callable[[float], Awaitable[SendResult]]) -> bool:
        """As long as another try may help, and soon; then the log has the reason."""
        outcome = SendResult(taken=False, reason="stopped")
        for number in range(1, TRIES + 1):
            if self.session.closed:  # the bot has ended: whoever still insists is let go
                break
            outcome = await attempt(self.pause_s * number)
            if outcome.taken:
                return True
            if number == TRIES or outcome.again_s is None or outcome.again_s > _LONGEST_WAIT_S:
                break
            await asyncio.sleep(outcome.again_s)
        log.warning("%s: %s", complaint, outcome.reason)
        return False


def _refused(reason: str, status: int, headers: Mapping[str, str], pause_s: float) -> SendResult:
    """Again after a 429, when Slack says, and after a 5xx; what was refused otherwise would be again."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SendResult(taken=False, reason=reason, again_s=parse_retry_after(headers.get("Retry-After")) or pause_s)
    return SendResult(
        taken=False, reason=reason, again_s=pause_s if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None
    )


def _headers(error: SlackApiError) -> Mapping[str, str]:
    headers = getattr(error.response, "headers", None)
    return headers if isinstance(headers, Mapping) else {}
