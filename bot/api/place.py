"""One request's place in a queue: wait for its turn, have it, give it back."""

import asyncio
import math
from collections.abc import Callable
from enum import Enum
from typing import Protocol, Self

from bot.api.errors import QueueTimeoutError
from bot.api.turn import Turn


class Rank(Enum):
    """LOOK: for somebody who looks, or asks. CLICK: for somebody who decides, before any LOOK.

    CLEAR_UP: for the bot itself, which has to know what came of a change: before any LOOK, and let in always.
    """

    LOOK = "look"
    CLICK = "click"
    CLEAR_UP = "clear up"


class Queue(Protocol):
    """What a place asks of its queue."""

    @property
    def turn(self) -> Turn: ...

    def enter(self, place: "Place") -> "asyncio.Future[None] | None":
        """None where the turn is there at once; else done when it comes."""

    def leave(self, place: "Place") -> None:
        """Of one that waits."""

    def give_back(self, place: "Place") -> None:
        """Of one that has the turn."""

    def ahead_of(self, place: "Place") -> int: ...


class Place:
    """`async with` waits for the turn, has it, and gives it back; `deadline` in the loop's time."""

    def __init__(self, queue: Queue, by: str, rank: Rank, deadline: Callable[[], float]) -> None:
        self.by = by
        self.rank = rank
        self.deadline = deadline
        self.given_at = math.inf  # when the turn came, in the loop's time
        self.is_waiting = False
        self.late_since: float | None = None  # when it was found that the time won't suffice
        self.answer_s: float | None = None  # what the API took for its answer, which is for the owner to say
        self._queue = queue
        self._called: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        await self.enter()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    async def enter(self) -> None:
        """Returns once the turn is there; whoever has it calls `leave`. Raises QueueTimeoutError."""
        self._called = self._queue.enter(self)
        if self._called:
            try:
                await self._called
            except asyncio.CancelledError:
                if self.is_waiting:
                    self._queue.leave(self)
                elif self.given_at < math.inf:
                    self._queue.give_back(self)
                raise
        try:
            async with asyncio.timeout_at(self.deadline()):
                await self._queue.turn.wait()
        except BaseException as error:
            self._queue.give_back(self)
            if isinstance(error, TimeoutError):
                raise QueueTimeoutError("another process has the turn") from None
            raise

    def leave(self) -> None:
        self._queue.turn.give_back()
        self._queue.give_back(self)

    def call(self) -> None:
        if self._called and not self._called.done():
            self._called.set_result(None)

    def refuse(self, error: Exception) -> None:
        if self._called and not self._called.done():
            self._called.set_exception(error)

    @property
    def ahead(self) -> int:
        """How many requests are served before this one."""
        return self._queue.ahead_of(self) if self.is_waiting else 0
