"""One request to the ticket API over HTTP, and what each way of failing proves.

Two libraries, since each is good at one half. aiohttp takes a third of httpx's time for a request, and serves what
may be repeated whatever went wrong. httpx alone awaits a callback between the connection and the first byte, so that
for certain nothing was sent where that never came, which decides whether a delete may be repeated.

No answer is decompressed: `identity` is asked for, and any other encoding refused, so that an answer is as large as it
is on the wire.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple, Protocol

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError

from bot import logs
from bot.api.errors import InvalidResponseError, NoResponseError, NotSentError

MAX_ANSWER = 2 * 1024 * 1024  # bytes; a ticket is some 100 KB at most
MAX_FIELD = 32 * 1024  # bytes of a header; httpx allows 100 KB for all of them
MAX_HEADERS = 500
_CONNECT_S = 5.0
_CLOSED = ("Server disconnected", "peer ")  # how httpcore and h11 begin to say that the connection ended too early


class RawResponse(NamedTuple):
    status: int
    retry_after: str | None
    body: bytes


class Stage(Enum):
    """How far a request has come. `CONNECTED`: nothing was sent yet, proxy and TLS included."""

    CONNECTED = "the connection stands"
    SENDING = "the first byte follows"
    SENT = "the last byte was handed over"


OnStage = Callable[[Stage], Awaitable[None]]
"""What it raises at CONNECTED or SENDING goes to the caller, and nothing is sent."""


class Transport(Protocol):
    """Both raise NotSentError, NoResponseError and InvalidResponseError."""

    async def post_idempotent(self, endpoint: str, body: Mapping[str, str], *, reuse: bool) -> RawResponse:
        """For what changes nothing, and may be repeated whatever went wrong.

        With `reuse` over a connection that may have served others; else over one of its own, which is closed after it.
        """

    async def post_once(self, endpoint: str, body: Mapping[str, str], on_stage: OnStage) -> RawResponse:
        """For what changes something, over a connection of its own, which is closed after it."""


@asynccontextmanager
async def connect(base_url: str, key: str, *, proxy: str | None = None) -> AsyncIterator["HttpTransport"]:
    """No redirect is followed, since the key goes nowhere else; and no cookie is kept, since no answer needs one."""
    headers = {
        "Authorization": f"Bearer {key}",
        "User-Agent": "sweeppea-ticket-bot",
        "Accept-Encoding": "identity",
    }

    def session(*, force_close: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(sock_connect=_CONNECT_S),
            connector=aiohttp.TCPConnector(limit=0, force_close=force_close),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=MAX_FIELD,
            max_field_size=MAX_FIELD,
            max_headers=MAX_HEADERS,
            proxy=proxy,
        )

    async with (
        httpx.AsyncClient(
            base_url=base_url,
            headers={**headers, "Connection": "close"},
            timeout=httpx.Timeout(None, connect=_CONNECT_S),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),  # the queues are the limit
            follow_redirects=False,
            verify=ssl.create_default_context(),  # the system's authorities, as aiohttp
            proxy=proxy,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # one that can't be sent back breaks httpx
        ) as once,
        session(force_close=False) as shared,
        session(force_close=True) as own,
    ):
        place = logs.place_of(base_url, proxy)
        yield HttpTransport(base_url, place, once=once, shared=shared, own=own)


class HttpTransport:
    """`place` is where requests go, in words for the log."""

    def __init__(
        self,
        base_url: str,
        place: str,
        *,
        once: httpx.AsyncClient,
        shared: aiohttp.ClientSession,
        own: aiohttp.ClientSession,
    ) -> None:
        self._base_url = base_url
        self._place = place
        self.once = once
        self.shared = shared
        self.own = own

    async def post_idempotent(self, endpoint: str, body: Mapping[str, str], *, reuse: bool) -> RawResponse:
        session = self.shared if reuse else self.own
        url = f"{self._base_url}{endpoint}"
        try:
            async with session.post(url, json=body, allow_redirects=False) as response:
                content = await _read_limited(response.headers, response.content.iter_any())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise NotSentError(self._why(error)) from error
        except aiohttp.ClientResponseError as error:
            raise InvalidResponseError("the answer is not HTTP") from error
        except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
            raise NoResponseError(self._why(error)) from error
        return RawResponse(response.status, response.headers.get("Retry-After"), content)

    async def post_once(self, endpoint: str, body: Mapping[str, str], on_stage: OnStage) -> RawResponse:
        exchange = asyncio.create_task(self._post_once(endpoint, body, on_stage))
        try:
            return await asyncio.shield(exchange)
        finally:
            exchange.cancel()  # once: httpx loses a connection whose user is cancelled twice

    async def _post_once(self, endpoint: str, body: Mapping[str, str], on_stage: OnStage) -> RawResponse:
        trace = _Trace(on_stage)
        try:
            async with self.once.stream("POST", endpoint, json=body, extensions={"trace": trace}) as response:
                content = await _read_limited(response.headers, response.aiter_raw())
        except httpx.RemoteProtocolError as error:
            if not trace.may_be_sent:
                raise NotSentError(self._why(error)) from error
            if not str(error).startswith(_CLOSED):
                raise InvalidResponseError("the answer is not HTTP") from error
            raise NoResponseError(self._why(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # httpcore lets an SSLError through
            kind = NoResponseError if trace.may_be_sent else NotSentError
            raise kind(self._why(error)) from error
        return RawResponse(response.status_code, response.headers.get("Retry-After"), content)

    def _why(self, error: Exception) -> str:
        """Where to, and why: for the log and the record."""
        return f"{self._place}: {logs.cause_of(error)}"


class _Trace:
    """Listens to httpx's events; a proxy's CONNECT has the same ones."""

    def __init__(self, on_stage: OnStage) -> None:
        self._on_stage = on_stage
        self.may_be_sent = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if "request" not in info or info["request"].method == b"CONNECT":
            return
        if event == "http11.send_request_headers.started":
            await self._on_stage(Stage.CONNECTED)
            await self._on_stage(Stage.SENDING)
            self.may_be_sent = True
        elif event == "http11.receive_response_headers.started":  # also comes where the rest could not be written
            await self._on_stage(Stage.SENT)


async def _read_limited(headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> bytes:
    if headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise InvalidResponseError("the answer is compressed, though that was not asked for")
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > MAX_ANSWER:
            raise InvalidResponseError("the answer is larger than 2 MB")
    return bytes(content)
