"""HTTP/1.1 on raw sockets: a head, and a body whose length the head tells. So cheap that it is not what is measured."""

import asyncio
import re
from abc import abstractmethod

_LENGTH = re.compile(rb"\r\ncontent-length:[ ]*(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


class Wire(asyncio.Protocol):
    """One side of a connection; requests and answers look alike to it."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._received = b""

    @abstractmethod
    def message(self, head: bytes, body: bytes) -> None:
        """Called with each whole message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - so that mypy knows
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (head_end := self._received.find(_HEAD_END)) >= 0:
            length = _LENGTH.search(self._received, 0, head_end)
            start = head_end + len(_HEAD_END)
            end = start + (int(length[1]) if length else 0)
            if len(self._received) < end:
                return
            head, body = self._received[:head_end], self._received[start:end]
            self._received = self._received[end:]
            self.message(head, body)


def answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
