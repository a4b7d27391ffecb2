"""Answers over response_url, on one shared session, and what Slack says of them.

Facts: Slack takes 5 answers within 30 minutes of an interaction; about one message per second and channel, else 429
with Retry-After; everything but a 200 means that nobody saw the answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import logs
from bot.api.responses import parse_retry_after
from bot.blockkit.blocks import Message
from bot.messages import errors
from bot.metrics import OFF, Metrics
from handlers.slack.hints import hint
from handlers.slack.interaction import Interaction, Uses

TRIES = 3
TIMEOUT_S = 10
_MAX_WAIT_S = 10.0
PAUSE_S = 0.5

log = logging.getLogger(__name__)
Visibility = Literal["ephemeral", "in_channel"]
MayBegin = Callable[[], bool]
# Whoever the message is for is not there any more.
_NEVER = {"account_inactive", "channel_not_found", "is_inactive", "user_not_found", "is_archived", "message_not_found"}


# What a call of the Web API raises; the last one where the answer is not even an object.
FAILURES = (SlackClientError, aiohttp.ClientError, TimeoutError, AttributeError)


def error_in(error: SlackApiError) -> str:
    """Slack's own word for it; empty where the answer is not Slack's."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def reason_of(error: Exception) -> str:
    """In Slack's own word where there is one; never the error's text, which quotes the request."""
    if not isinstance(error, SlackApiError):
        return logs.cause_of(error)
    status = getattr(error.response, "status_code", None)
    return error_in(error) or (f"HTTP {status}" if status != HTTPStatus.OK else "no answer of Slack's")


def code_of(error: Exception) -> str:
    """For counting: Slack's own word, or `http_404` and the like, or how there was no answer."""
    if isinstance(error, SlackApiError):
        return error_in(error) or f"http_{getattr(error.response, 'status_code', 0)}"
    return "unreachable" if isinstance(error, aiohttp.ClientConnectorError) else "no_answer"


def explained(error: Exception, setting: str = "") -> str:
    """The same, with what to do about it; `setting` is the one that Slack was asked about."""
    data = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
    return reason_of(error) + hint(reason_of(error), setting, data if isinstance(data, dict) else None)


class SendResult(Enum):
    """UNCLEAR: the request may have been received, and its answer was lost. NEVER: as all others will be."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    NEVER = "never"


@dataclass(frozen=True)
class _Try:
    """What came of one try, and after how many seconds another may help; None for never. `code` is for counting."""

    result: SendResult
    reason: str = ""
    retry_after_s: float | None = None
    code: str = ""


@dataclass(frozen=True)
class Posted:
    """What became of a new message; `channel` and `ts` are how to edit one that Slack took."""

    result: SendResult
    channel: str = ""
    ts: str = ""


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Replies:
    """Nothing here raises: each says whether people can see the message. `bot_contact` is BOT_CONTACT.

    `may_begin` is asked before each try: whoever has lost a row says no more about it. `keep` is how many uses of the
    response_url are to be left.
    `place` is where Slack's Web API is, in words for the log.
    """

    session: aiohttp.ClientSession
    web: AsyncWebClient
    pause_s: float = PAUSE_S
    bot_contact: str = ""
    place: str = "Slack"
    metrics: Metrics = OFF
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the bot is about to end: no pause before another try any more."""

    async def send(
        self, to: Interaction, message: Message, visibility: Visibility = "ephemeral", *, keep: int = 0
    ) -> SendResult:
        """A new message, in the thread if there was one.

        What a channel may have taken is not sent again. Whoever acted hears privately what became of the message;
        a private message that Slack does not take goes to the person directly.
        """
        thread = {"thread_ts": to.thread_ts} if to.thread_ts else {}
        body = {"response_type": visibility, "replace_original": False, **thread, **message.payload()}
        private = visibility == "ephemeral"
        result = await self._respond(to, body, repeatable=private, keep=keep)
        if result is SendResult.TAKEN:
            return result
        if private:
            return SendResult.TAKEN if await self.direct(to.actor.user_id, message) is SendResult.TAKEN else result
        unclear = result is SendResult.UNCLEAR
        await self.direct(
            to.actor.user_id, (errors.maybe_posted if unclear else errors.not_posted)(to.reference, self.bot_contact)
        )
        return result

    async def replace(self, to: Interaction, message: Message) -> bool:
        """Changes the message whose button was clicked. An edit may be repeated."""
        return await self._replace(to, message, 0, _always) is SendResult.TAKEN

    async def edit(
        self, to: Interaction, message: Message, *, keep: int = 0, may_begin: MayBegin = _always
    ) -> SendResult:
        """Changes a request's message in whichever way Slack takes: `chat.update` first where the bot posted it."""
        replace = partial(self._replace, to, message, keep, may_begin)
        update = partial(self._update, to, message, may_begin)
        first, second = (update, replace) if to.is_editable else (replace, update)
        before = await first()
        if before is SendResult.TAKEN:
            return before
        result = await second()
        return before if before is SendResult.UNCLEAR and result is not SendResult.TAKEN else result

    async def direct(
        self, user_id: str, message: Message, *, repeatable: bool = True, may_begin: MayBegin = _always
    ) -> SendResult:
        """A direct message: it stays, where an ephemeral one is gone at the next reload."""
        return (await self._post_message(user_id, message, repeatable=repeatable, may_begin=may_begin)).result

    async def post(self, channel: str, message: Message, *, thread_ts: str = "", setting: str = "") -> Posted:
        """Into a channel: a message that may have been posted is not posted again. `setting` names the channel."""
        return await self._post_message(channel, message, repeatable=False, thread_ts=thread_ts, setting=setting)

    def add_failure(self, method: str, error: Exception) -> None:
        """To the log and the metrics: a call of the Web API that failed."""
        self.metrics.slack_failed(method, code_of(error))
        logs.add(log, logging.WARNING, "%s failed: %s: %s", method, self.place, explained(error))

    async def _replace(self, to: Interaction, message: Message, keep: int, may_begin: MayBegin) -> SendResult:
        body = {"replace_original": True, **message.payload()}
        return await self._respond(to, body, repeatable=True, keep=keep, may_begin=may_begin, edits=to.uses)

    async def _update(self, to: Interaction, message: Message, may_begin: MayBegin) -> SendResult:
        if not to.message_ts or to.is_ephemeral:
            return SendResult.REFUSED

        async def call() -> object:
            return await self.web.chat_update(
                channel=to.actor.channel_id, ts=to.message_ts, text=message.text, blocks=list(message.blocks)
            )

        return await self._call("chat.update", call, repeatable=True, may_begin=may_begin, edits=to.uses)

    async def _post_message(
        self,
        channel: str,
        message: Message,
        *,
        repeatable: bool,
        thread_ts: str = "",
        may_begin: MayBegin = _always,
        setting: str = "",
    ) -> Posted:
        answers: list[AsyncSlackResponse] = []

        async def call() -> None:
            answers.append(
                await self.web.chat_postMessage(channel=channel, thread_ts=thread_ts or None, **message.payload())
            )

        result = await self._call("chat.postMessage", call, repeatable=repeatable, may_begin=may_begin, setting=setting)
        if not answers:
            return Posted(result)
        return Posted(result, str(answers[0].get("channel") or ""), str(answers[0].get("ts") or ""))

    async def _call(
        self,
        method: str,
        call: Callable[[], Awaitable[object]],
        *,
        repeatable: bool,
        may_begin: MayBegin,
        setting: str = "",
        edits: Uses | None = None,
    ) -> SendResult:
        async def attempt(pause_s: float) -> _Try:
            try:
                await call()
            except SlackApiError as error:
                status = getattr(error.response, "status_code", 0)
                return _refused(explained(error, setting), status, _headers(error), pause_s, error_in(error))
            except aiohttp.ClientConnectorError as error:
                return _Try(SendResult.REFUSED, reason_of(error), pause_s, code_of(error))
            except FAILURES as error:
                return _Try(SendResult.UNCLEAR, reason_of(error), pause_s, code_of(error))
            return _Try(SendResult.TAKEN)

        complaint = f"{setting and f'{setting}: '}{method} failed: {self.place}"
        return await self._retry(method, complaint, attempt, repeatable=repeatable, may_begin=may_begin, edits=edits)

    async def _respond(
        self,
        to: Interaction,
        body: Mapping[str, Any],
        *,
        repeatable: bool,
        keep: int = 0,
        may_begin: MayBegin = _always,
        edits: Uses | None = None,
    ) -> SendResult:
        if not to.response_url:
            return SendResult.REFUSED

        async def attempt(pause_s: float) -> _Try:
            if not await to.uses.spend(keep):
                return _Try(SendResult.REFUSED, "the response_url is used up")
            if not may_begin():
                return _Try(SendResult.REFUSED, "stopped")
            try:
                async with self.session.post(to.response_url, json=body) as response:
                    if response.ok:
                        return _Try(SendResult.TAKEN)
                    return _refused(f"HTTP {response.status}", response.status, response.headers, pause_s)
            except aiohttp.ClientConnectorError as error:
                return _Try(SendResult.REFUSED, reason_of(error), pause_s, code_of(error))
            except (aiohttp.ClientError, TimeoutError) as error:
                return _Try(SendResult.UNCLEAR, reason_of(error), pause_s, code_of(error))

        host = urlsplit(to.response_url).hostname  # the rest of it is as good as a password
        complaint = f"Slack did not take an answer: {host}"
        return await self._retry(
            "response_url", complaint, attempt, repeatable=repeatable, may_begin=may_begin, edits=edits
        )

    async def _retry(
        self,
        method: str,
        complaint: str,
        attempt: Callable[[float], Awaitable[_Try]],
        *,
        repeatable: bool,
        may_begin: MayBegin,
        edits: Uses | None,
    ) -> SendResult:
        """As long as another try may help, and soon; then the log has the reason."""
        unclear = False
        last = _Try(SendResult.REFUSED, "stopped")
        for number in range(1, TRIES + 1):
            if self.session.closed or not may_begin():  # the bot has ended: whoever still tries is let go
                break
            last = await attempt(self.pause_s * number)
            if last.result is SendResult.TAKEN:
                logs.note(answered=True)
                return last.result
            if last.code:
                self.metrics.slack_failed(method, last.code)
            unclear = unclear or last.result is SendResult.UNCLEAR
            if unclear and edits:
                edits.has_lost_edit = True
            wait_s = last.retry_after_s
            if number == TRIES or wait_s is None or (unclear and not repeatable):
                break
            if wait_s > _MAX_WAIT_S and not self.hurry.is_set():
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self.hurry.wait()
        logs.note(answered=False)
        logs.add(log, logging.WARNING, "%s: %s", complaint, last.reason)
        return SendResult.UNCLEAR if unclear else last.result


def _refused(reason: str, status: int, headers: Mapping[str, str], pause_s: float, code: str = "") -> _Try:
    """Again after a 429, when Slack says, and after a 5xx, which may have done its work; other refusals are final."""
    counted = code or f"http_{status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _Try(SendResult.REFUSED, reason, parse_retry_after(headers.get("Retry-After")) or pause_s, counted)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Try(SendResult.UNCLEAR, reason, pause_s, counted)
    return _Try(SendResult.NEVER if code in _NEVER else SendResult.REFUSED, reason, code=counted)


def _headers(error: SlackApiError) -> Mapping[str, str]:
    headers = getattr(error.response, "headers", None)
    return headers if isinstance(headers, Mapping) else {}
