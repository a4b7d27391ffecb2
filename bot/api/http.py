"""One exchange with the ticket API over HTTP, and what each way of failing proves.

Two libraries, since each is good at one half. aiohttp takes a third of httpx's time for a request, and serves what
may be repeated whatever went wrong. httpx alone says for certain that nothing was sent, which is what decides whether
a delete may be repeated.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from aiohttp.http_exceptions import ContentEncodingError

from bot.api.errors import InvalidResponseError, NoResponseError, NotSentError

LARGEST_ANSWER = 2 * 1024 * 1024  # bytes; a ticket is some 100 KB at most
_CONNECT_S = 5.0
_CONNECTING = ("connection.connect_tcp.", "connection.start_tls.")  # httpx's events before anything is sent

RawResponse = tuple[int, str | None, bytes]
"""Status, Retry-After and body of an answer."""


@asynccontextmanager
async def connect(base_url: str, key: str, *, proxy: str | None = None) -> AsyncIterator["Wire"]:
    """No redirect is followed, since the key goes nowhere else; and no cookie is kept, since no answer needs one."""
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "sweeppea-ticket-bot"}
    async with (
        httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            timeout=httpx.Timeout(None, connect=_CONNECT_S),
            limits=httpx.Limits(max_connections=None),  # the queues are the limit
            follow_redirects=False,
            verify=ssl.create_default_context(),  # the system's authorities, as aiohttp
            proxy=proxy,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # one that can't be sent back breaks httpx
        ) as http,
        aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(sock_connect=_CONNECT_S),
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=proxy,
        ) as session,
    ):
        yield Wire(http, session, base_url)


class Wire:
    def __init__(self, http: httpx.AsyncClient, session: aiohttp.ClientSession, base_url: str) -> None:
        self.http = http
        self._session = session
        self._base_url = base_url

    async def fetch(self, endpoint: str, body: dict[str, str]) -> RawResponse:
        """For what changes nothing, and may be repeated whatever went wrong."""
        url = f"{self._base_url}{endpoint}"
        try:
            async with self._session.post(url, json=body, allow_redirects=False) as response:
                content = await _bounded(response.content.iter_any())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(type(error).__name__) from error
        except aiohttp.ClientPayloadError as error:
            if isinstance(error.__cause__, ContentEncodingError):
                raise InvalidResponseError("the answer can't be decompressed") from error
            raise NoResponseError(type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoResponseError(type(error).__name__) from error
        return response.status, response.headers.get("Retry-After"), content

    async def send(self, endpoint: str, body: dict[str, str], told: Callable[[bool], None]) -> RawResponse:
        """For what changes something; `told` hears whether anything may have been sent, as soon as that is known."""

        async def trace(event: str, _: object) -> None:
            told(not event.startswith(_CONNECTING))

        exchange = asyncio.create_task(self._send(endpoint, body, {"trace": trace}))
        try:
            return await asyncio.shield(exchange)
        finally:
            exchange.cancel()  # once: httpx loses a connection whose user is cancelled twice

    async def _send(self, endpoint: str, body: dict[str, str], extensions: dict[str, object]) -> RawResponse:
        try:
            async with self.http.stream("POST", endpoint, json=body, extensions=extensions) as response:
                content = await _bounded(response.aiter_bytes())
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise NotSentError(type(error).__name__) from error
        except httpx.DecodingError as error:
            raise InvalidResponseError("the answer can't be decompressed") from error
        except (httpx.HTTPError, OSError) as error:  # httpcore lets an SSLError through
            raise NoResponseError(type(error).__name__) from error
        return response.status_code, response.headers.get("Retry-After"), content


async def _bounded(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise InvalidResponseError("the answer is larger than 2 MB")
    return bytes(content)
