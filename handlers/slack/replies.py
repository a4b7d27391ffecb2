"""Messages to people: over the response_url of what they did, or through the Web API. See tries for what Slack says.

Facts: Slack takes 5 answers within 30 minutes of an interaction; about one message per second and channel, else 429
with Retry-After; everything but a 200 means that nobody saw the answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import logs
from bot.blockkit.blocks import Message
from bot.messages import errors
from bot.metrics import OFF, Metrics
from handlers.slack.interaction import Interaction, Uses
from handlers.slack.tries import SendResult, Try, try_response_url, try_web_api
from handlers.slack.web_errors import code_of, explained

TRIES = 3
TIMEOUT_S = 10
_MAX_WAIT_S = 10.0
PAUSE_S = 0.5

log = logging.getLogger(__name__)
Visibility = Literal["ephemeral", "in_channel"]
MayBegin = Callable[[], bool]


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
    """Nothing here raises: each method says whether people can see the message.

    `may_begin` is asked before each try: whoever has lost a row says no more about it. `keep` is how many uses of the
    response_url are to be left. `bot_contact` is BOT_CONTACT; `place` is where Slack's Web API is, for the log.
    `is_slacks` says whether a response_url is Slack's: an answer goes nowhere else.
    """

    session: aiohttp.ClientSession
    web: AsyncWebClient
    is_slacks: Callable[[str], bool]
    pause_s: float = PAUSE_S
    bot_contact: str = ""
    place: str = "Slack"
    metrics: Metrics = OFF
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the bot is about to end: no pause before another try any more."""

    async def send(self, to: Interaction, message: Message, visibility: Visibility = "ephemeral") -> SendResult:
        """A new message, in the thread if there was one.

        What a channel may have taken is not sent again. Whoever acted hears privately what became of the message;
        a private message that Slack does not take goes to the person directly.
        """
        thread = {"thread_ts": to.thread_ts} if to.thread_ts else {}
        body = {"response_type": visibility, "replace_original": False, **thread, **message.payload()}
        private = visibility == "ephemeral"
        result = await self._respond(to, body, repeatable=private)
        if result is SendResult.TAKEN:
            return result
        if private:
            return result.then(await self.direct(to.actor.user_id, message))
        unclear = result is SendResult.UNCLEAR
        explain = errors.maybe_posted if unclear else errors.not_posted
        await self.direct(to.actor.user_id, explain(to.reference, self.bot_contact))
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
        result = await first()
        return result if result is SendResult.TAKEN else result.then(await second())

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
        async def attempt(pause_s: float) -> Try:
            return await try_web_api(call, pause_s, setting)

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
        if not self.is_slacks(to.response_url):
            logs.add(log, logging.ERROR, "a payload's response_url is not Slack's: nothing is sent there")
            return SendResult.REFUSED

        async def attempt(pause_s: float) -> Try:
            if not await to.uses.spend(keep):
                return Try(SendResult.REFUSED, "the response_url is used up")
            if not may_begin():
                return Try(SendResult.REFUSED, "stopped")
            return await try_response_url(self.session, to.response_url, body, pause_s)

        host = urlsplit(to.response_url).hostname  # the rest of it is as good as a password
        complaint = f"Slack did not take an answer: {host}"
        return await self._retry(
            "response_url", complaint, attempt, repeatable=repeatable, may_begin=may_begin, edits=edits
        )

    async def _retry(
        self,
        method: str,
        complaint: str,
        attempt: Callable[[float], Awaitable[Try]],
        *,
        repeatable: bool,
        may_begin: MayBegin,
        edits: Uses | None,
    ) -> SendResult:
        """As long as another try may help, and soon; then the log has the reason."""
        unclear = False
        last = Try(SendResult.REFUSED, "stopped")
        for number in range(1, TRIES + 1):
            if self.session.closed or not may_begin():  # closed: the bot has ended
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
