"""Slack's Web API: one session, and clients on it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot import logs
from handlers.slack.limited import LimitedResponse
from handlers.slack.replies import TIMEOUT_S

# Strict, so that whoever sends a request to it can't read another host in it.
_AT = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:]+\])(?::\d{1,5})?/[!-~]*")


@dataclass(frozen=True)
class SlackWeb:
    """`api_url` is SLACK_API_URL."""

    api_url: str
    session: aiohttp.ClientSession
    proxy: str | None

    def client(self, token: str | None = None) -> AsyncWebClient:
        client = AsyncWebClient(token, f"{self.api_url}/", TIMEOUT_S, session=self.session, retry_handlers=[])
        # no handlers: what may have been posted is not posted again behind our back
        client.proxy = self.proxy  # its own way of finding one knows no NO_PROXY
        return client

    @property
    def place(self) -> str:
        """Where the Web API is, in words for the log."""
        return logs.place_of(self.api_url, self.proxy)

    def is_slacks(self, response_url: str) -> bool:
        """Whether the address is at the Web API's host, or at one below: hooks.slack.com is below slack.com.

        A payload says where its answer goes, and an answer may hold a ticket: a signature alone sends it nowhere else.
        """
        ours, asked = urlsplit(self.api_url), _AT.fullmatch(response_url)
        if asked is None or ours.scheme != asked["scheme"]:
            return False
        host = (ours.hostname or "").removeprefix("www.")  # in lower case, and without the brackets of an IPv6 address
        return f".{asked['host'].strip('[]')}".endswith(f".{host}")


class RedirectError(aiohttp.ClientError):
    """The answer sends the request on to another address."""


async def _refuse(*_: object) -> None:
    raise RedirectError


@asynccontextmanager
async def open_web(api_url: str) -> AsyncIterator[SlackWeb]:
    """No redirect is followed: Slack sends none, and what would go on to the other host may hold a ticket."""
    proxy = proxy_for(api_url)
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse)
    timeout = aiohttp.ClientTimeout(TIMEOUT_S)
    async with aiohttp.ClientSession(
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=proxy,
        trace_configs=[tracing],
        response_class=LimitedResponse,
    ) as session:
        yield SlackWeb(api_url, session, proxy)


def proxy_for(url: str) -> str | None:
    """Proxy from HTTPS_PROXY/NO_PROXY, read once; aiohttp's trust_env would read it, and .netrc, on every request."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
