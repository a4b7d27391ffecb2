"""One request per endpoint at a time: the line in front of an endpoint."""

import asyncio
from typing import Self

from bot.api.errors import QueueTimeoutError


class EndpointQueue:
    """First come, first served; `width` is how many requests the endpoint serves at a time."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._free = asyncio.Semaphore(width)
        self._waiting: dict[Slot, None] = {}  # in order, those being served among them

    def slot(self, deadline: float | None = None) -> "Slot":
        """`deadline` for the wait, in the loop's time."""
        return Slot(self._free, self._waiting, self._width, deadline)


class Slot:
    """One request's turn: `async with` waits for it, has it, and gives it back. Raises QueueTimeoutError."""

    def __init__(
        self, free: asyncio.Semaphore, waiting: "dict[Slot, None]", width: int, deadline: float | None
    ) -> None:
        self._free = free
        self._waiting = waiting
        self._width = width
        self._deadline = deadline

    async def __aenter__(self) -> Self:
        self._waiting[self] = None
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._free.acquire()
        except BaseException as error:
            del self._waiting[self]
            if isinstance(error, TimeoutError):
                raise QueueTimeoutError from None
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        del self._waiting[self]
        self._free.release()

    @property
    def ahead(self) -> int:
        """How many requests are served before this one."""
        return max(list(self._waiting).index(self) - self._width + 1, 0) if self in self._waiting else 0
