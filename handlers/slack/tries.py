"""One try to send something to Slack: what came of it, and whether another try may help."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.api.responses import parse_retry_after
from handlers.slack.web_errors import FAILURES, code_of, error_in, explained, headers_of, reason_of, status_of

# Whoever the message is for is not there any more.
_NEVER = {"account_inactive", "channel_not_found", "is_inactive", "user_not_found", "is_archived", "message_not_found"}
# "It's possible some aspect of the operation succeeded", say Slack's pages of both, which come with a 200.
_MAYBE_DONE = {"fatal_error", "internal_error"}


class SendResult(Enum):
    TAKEN = "taken"
    """People can see it."""
    REFUSED = "refused"
    """Nobody saw it."""
    UNCLEAR = "unclear"
    """Slack may have received the request; its answer was lost."""
    NEVER = "never"
    """Refused, as every other try will be."""

    def then(self, second: "SendResult") -> "SendResult":
        """What came of a message that was sent in a second way after this: what may have arrived stays UNCLEAR."""
        for result in (SendResult.TAKEN, SendResult.UNCLEAR):
            if result in {self, second}:
                return result
        return second


@dataclass(frozen=True)
class Try:
    """What came of one try, and after how many seconds another may help; None for never. `code` is for counting."""

    result: SendResult
    reason: str = ""
    retry_after_s: float | None = None
    code: str = ""


async def try_web_api(call: Callable[[], Awaitable[object]], pause_s: float, setting: str = "") -> Try:
    """`pause_s` is the pause before the next try where Slack names none."""
    try:
        await call()
    except SlackApiError as error:
        return _refused(explained(error, setting), status_of(error), headers_of(error), pause_s, error_in(error))
    except FAILURES as error:
        return _not_answered(error, pause_s)
    return Try(SendResult.TAKEN)


async def try_response_url(
    session: aiohttp.ClientSession, response_url: str, body: Mapping[str, Any], pause_s: float
) -> Try:
    try:
        async with session.post(response_url, json=body) as response:
            if response.ok:
                return Try(SendResult.TAKEN)
            return _refused(f"HTTP {response.status}", response.status, response.headers, pause_s)
    except (aiohttp.ClientError, TimeoutError) as error:
        return _not_answered(error, pause_s)


def _not_answered(error: Exception, pause_s: float) -> Try:
    """Without a connection nothing was sent; otherwise the request may have arrived."""
    is_unsent = isinstance(error, aiohttp.ClientConnectorError)
    result = SendResult.REFUSED if is_unsent else SendResult.UNCLEAR
    return Try(result, reason_of(error), pause_s, code_of(error))


def _refused(reason: str, status: int, headers: Mapping[str, str], pause_s: float, code: str = "") -> Try:
    """Again after a 429, when Slack says, and after what may have done its work, as a 5xx; other refusals are final."""
    counted = code or f"http_{status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Try(SendResult.REFUSED, reason, parse_retry_after(headers.get("Retry-After")) or pause_s, counted)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _MAYBE_DONE:
        return Try(SendResult.UNCLEAR, reason, pause_s, counted)
    return Try(SendResult.NEVER if code in _NEVER else SendResult.REFUSED, reason, code=counted)
