"""A server that misbehaves on the wire in ways that no HTTP library would let it."""

import asyncio
import json
import socket
import struct
import zlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

_GZIP = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # how such a file begins


@dataclass(frozen=True)
class Request:
    """`connection` counts from 1."""

    endpoint: str
    body: Any
    headers: dict[str, str]
    connection: int

    @property
    def case_number(self) -> str:
        return str(self.body.get("CaseId", self.body.get("caseNumber")))


@dataclass
class Wire:
    """One connection, as a reply sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """RST, where closing would send FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Reply = Callable[[Request, Wire], Awaitable[None]]


@dataclass
class RawServer:
    """Each request gets the next of `replies`, then the usual good answer; a reply that ends keeps the connection.

    `arrived` and `left` are queues of requests: come in, and given up by the client before the answer.
    """

    replies: deque[Reply] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    arrived: asyncio.Queue[Request] = field(default_factory=asyncio.Queue)
    left: asyncio.Queue[Request] = field(default_factory=asyncio.Queue)
    most_at_once: int = 0
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _serving: int = 0
    connections: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def reply(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def seen(self, endpoint: str) -> list[str]:
        """The case numbers asked for at an endpoint, in order."""
        return [request.case_number for request in self.requests if request.endpoint == endpoint]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, sock=self._listening)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._converse(Wire(reader, writer), self.connections))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, wire: Wire, connection: int) -> None:
        try:
            while not wire.writer.is_closing():
                await self._serve(await _read(wire.reader, connection), wire)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            wire.writer.close()

    async def _serve(self, request: Request, wire: Wire) -> None:
        reply = self.replies.popleft() if self.replies else usual
        self.requests.append(request)
        self.arrived.put_nowait(request)
        self._serving += 1
        self.most_at_once = max(self.most_at_once, self._serving)
        try:
            await reply(request, wire)
        except _ClientLeftError:
            self.left.put_nowait(request)
            wire.writer.close()
        finally:
            self._serving -= 1


class _ClientLeftError(Exception):
    pass


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.splitlines()
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or "{}")
    return Request(first.split()[1].removeprefix("/tickets/"), body, headers, connection)


def http(content: bytes, *headers: str, status: int = 200, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Content-Type: application/json", *headers]
    lines.append(f"Content-Length: {len(content) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def inflating() -> bytes:
    """An answer of 256 KB, compressed, of which 256 MB come."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    part = deflate.compress(b" " * 2**20) + deflate.flush(zlib.Z_FULL_FLUSH)
    return http(_GZIP + part * 256, "Content-Encoding: gzip")


def failure(status: int, message: str = "No", *headers: str) -> bytes:
    """In the API's own envelope."""
    answer = {"Response": False, "Message": message, "Code": status}
    return http(json.dumps(answer).encode(), *headers, status=status)


async def usual(request: Request, wire: Wire) -> None:
    ticket = {"CaseNumber": request.case_number, "Subject": "A subject", "Status": False}
    await wire.send(http(json.dumps({"Response": True, "Data": ticket}).encode()))


def sends(data: bytes) -> Reply:
    """These bytes, and the connection stays open."""

    async def reply(request: Request, wire: Wire) -> None:
        await wire.send(data)

    return reply


def sends_and_closes(data: bytes = b"") -> Reply:
    async def reply(request: Request, wire: Wire) -> None:
        await wire.send(data)
        wire.writer.close()

    return reply


def sends_and_resets(data: bytes = b"") -> Reply:
    async def reply(request: Request, wire: Wire) -> None:
        await wire.send(data)
        wire.reset()

    return reply


async def hangs(request: Request, wire: Wire) -> None:
    """No answer at all, for as long as the client waits."""
    await wire.reader.read()
    raise _ClientLeftError


async def dribbles(request: Request, wire: Wire) -> None:
    """An answer that never ends, a byte at a time."""
    await _pour(wire, b" ", pause_s=0.001)


async def endless(request: Request, wire: Wire) -> None:
    """An answer of any size, for as long as the client reads it."""
    await _pour(wire, b" " * 65_536, pause_s=0)


async def _pour(wire: Wire, chunk: bytes, *, pause_s: float) -> None:
    try:
        await wire.send(http(b"", length=10**9))
        while not wire.reader.at_eof():
            await wire.send(chunk)
            await asyncio.sleep(pause_s)
    except ConnectionError:
        pass
    raise _ClientLeftError


@dataclass
class Held:
    """The usual answer, once it is released."""

    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: Request, wire: Wire) -> None:
        released = asyncio.create_task(self.released.wait())
        gone = asyncio.create_task(wire.reader.read(1))
        try:
            await asyncio.wait({released, gone}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise _ClientLeftError
        finally:
            released.cancel()
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
        await usual(request, wire)

    def release(self) -> None:
        self.released.set()


def unused_url() -> tuple[str, socket.socket]:
    """An address where every connection is refused until the socket listens."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    return f"http://127.0.0.1:{bound.getsockname()[1]}", bound
