"""The ticket API: its key, tried with one read of a ticket that can't be there.

What each answer proves. "Not found", in the API's own envelope: it has looked among the tickets of the key's owner, so
the key is good. 401 and 403: it is not. Anything else says nothing about the key; a request without a case number
may be refused before the key is looked at, so that is no cheaper trial. That the key may delete is not tried.
"""

import asyncio
from collections.abc import AsyncIterator

from bot.api import http, responses
from bot.api.errors import (
    AuthenticationError,
    GatewayError,
    InvalidResponseError,
    StatusError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.api.requests import FETCH
from bot.api.retry import Backoff, retry
from bot.runtime import Runtime
from bot.settings import Settings
from commands.check.result import Result, Subject
from handlers.slack.web import proxy_for

NAME = "SWEEPPEA_API_KEY"
NUMBER = "ZZZZZZZ"
"""Old numbers are letters at random, new ones digits."""
BACKOFF = Backoff(first_s=0.5, max_s=2.0)
"""Each request counts against the account's plan."""
_REST_S = 0.5
_NETWORK = "look at the network, and at HTTPS_PROXY and NO_PROXY"
_WRONG_URL = "is SWEEPPEA_BASE_URL the ticket API's?"


def subject(settings: Settings, runtime: Runtime, limit_s: float) -> Subject:
    async def run() -> AsyncIterator[Result]:
        yield await _try_key(settings, runtime, limit_s)

    return Subject((NAME,), run, limit_s + _REST_S)


async def _try_key(settings: Settings, runtime: Runtime, limit_s: float) -> Result:
    url, key = settings.sweeppea_base_url, settings.sweeppea_api_key.get_secret_value()
    began_at = 0.0
    end = asyncio.get_running_loop().time() + limit_s

    async with http.connect(url, key, proxy=proxy_for(url)) as transport:

        async def read() -> None:
            nonlocal began_at
            began_at = runtime.boottime()
            raw = await transport.post_idempotent(FETCH, {"caseNumber": NUMBER}, reuse=False)
            responses.decipher(*raw, (key,))

        error: SweeppeaError | None = None
        try:
            async with asyncio.timeout_at(end):  # a busy endpoint serves somebody else: a bot at work, say
                await retry(read, responses.is_busy, lambda: end, _pause_s)
        except TimeoutError:
            return Result(NAME, ok=False, text=f"no answer within {limit_s:g} s, to a read", hint=_NETWORK)
        except SweeppeaError as raised:
            error = raised
        took_ms = (runtime.boottime() - began_at) * 1000
    return _result(error, took_ms)


def _pause_s(tries: int, error: Exception) -> float:
    return BACKOFF.delay_s(tries, responses.retry_after_of(error), 1.0)


def _result(error: SweeppeaError | None, took_ms: float) -> Result:  # noqa: PLR0911 - one for each answer
    """Of the last try."""
    if error is None or isinstance(error, TicketNotFoundError):
        return Result(NAME, ok=True, text=f"the ticket API accepts it: a read took {took_ms:.0f} ms")
    if isinstance(error, AuthenticationError):
        hint = "replace it by the key of your Sweeppea account"
        return Result(NAME, ok=False, text=f"the ticket API refuses it: HTTP {error.status}", hint=hint)
    if isinstance(error, StatusError) and responses.is_busy(error):
        text = f"the ticket API answered {error.status} each time: busy, or out of order"
        return Result(NAME, ok=False, text=f"{text}; the key was not tried", hint="try again in a minute")
    if isinstance(error, GatewayError):
        text = f"HTTP {error.status} from what stands before the ticket API; the key was not tried"
        return Result(NAME, ok=False, text=text, hint=f"try again in a minute; {_WRONG_URL}")
    if isinstance(error, StatusError):
        text = f"the ticket API answered {error.status}; the key was not tried"
        return Result(NAME, ok=False, text=text, hint="try again in a minute, then ask the vendor")
    if isinstance(error, InvalidResponseError):
        return Result(NAME, ok=False, text="the answer is not the ticket API's", hint=_WRONG_URL)
    return Result(NAME, ok=False, text=str(error), hint=_NETWORK)
