"""AUDIT_CHANNEL: each audit line in words, no faster than Slack takes messages.

Slack takes about one message a second and channel (docs.slack.dev/apis/web-api/rate-limits). Refusals wait behind
everything else and are thinned out: anybody can cause as many as they like.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from bot import logs
from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.messages import audit_channel
from handlers.slack.runner import Runner

PAUSE_S = 1.0  # between two messages
REFUSALS_S = 30.0  # between two that tell of refusals
LATE_S = 40.0  # from then on a line has its time in it
RETRY_S = 60.0  # after a message that the channel did not take
LINES = 15  # in one message, where many wait
CLOSE_S = 3.0  # of the time for stopping
_MANY = 5
_CLOCK_S = 0.01  # a timer may be early by its clock's resolution


@dataclass
class _Line:
    """`at` in seconds since the epoch, `since` in loop time; of refusals `more` of one person for one reason."""

    event: AuditEvent
    at: float
    since: float
    more: int = 0

    def message(self) -> Message:
        """With the time where Slack's own would be another."""
        is_late = asyncio.get_running_loop().time() - self.since > LATE_S
        return audit_channel.audit_line(self.event, int(self.at) if is_late else None, more=self.more)


@dataclass
class AuditChannel:
    """`send` says whether the channel has the message, or may have: then it is not sent again.

    Nothing but refusals is dropped: what the channel does not take is tried again, later or with what comes next.
    """

    send: Callable[[Message], Awaitable[bool]]
    runner: Runner
    pause_s: float = PAUSE_S
    _events: deque[_Line] = field(default_factory=deque)
    _refusals: dict[tuple[str, str], _Line] = field(default_factory=dict)
    _uncounted: int = 0  # refusals that no line tells of
    _next_at: float = 0.0  # loop time
    _next_refusals_at: float = 0.0
    _working: bool = False
    _timer: asyncio.TimerHandle | None = None

    def post(self, event: AuditEvent, at: float) -> None:
        """Returns at once. `at` in seconds since the epoch."""
        line = _Line(event, at, asyncio.get_running_loop().time())
        if event.event == "refused":
            self._count(line)
        else:
            self._events.append(line)
        self._wake()

    async def close(self) -> None:
        """Tells what waits, at once, as far as the time for it goes; afterwards standard output alone has the rest."""
        if self._timer:
            self._timer.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                while self._events and await self._send_events(LINES):
                    pass
                if self._refusals:
                    await self._send_refusals()

    def _count(self, line: _Line) -> None:
        cause = (line.event.user, line.event.outcome)
        if waiting := self._refusals.get(cause):
            waiting.more += 1
        elif len(self._refusals) < LINES:
            self._refusals[cause] = line
        else:
            self._uncounted += 1

    def _wake(self) -> None:
        if not self._working:
            self._working = True
            self.runner.start(self._work())

    async def _work(self) -> None:
        logs.detach()
        try:
            while await self._send_next():
                pass
        finally:
            self._working = False

    async def _send_next(self) -> bool:
        """Whether there may be more to send."""
        loop = asyncio.get_running_loop()
        if not self._events and not self._refusals:
            return False
        if not self._events and loop.time() < self._next_refusals_at:
            self._wake_at(self._next_refusals_at)
            return False
        await asyncio.sleep(max(self._next_at - loop.time(), 0))
        self._next_at = loop.time() + self.pause_s
        if not self._events:
            await self._send_refusals()
        elif not await self._send_events(1 if len(self._events) < _MANY else LINES):
            self._wake_at(loop.time() + RETRY_S)
            return False
        return True

    async def _send_events(self, most: int) -> bool:
        batch = list(islice(self._events, most))
        logs.reference.set(batch[0].event.ref)
        if not await self.send(audit_channel.together([line.message() for line in batch])):
            return False
        for _ in batch:
            self._events.popleft()
        return True

    async def _send_refusals(self) -> None:
        self._next_refusals_at = asyncio.get_running_loop().time() + REFUSALS_S
        refusals, uncounted = list(self._refusals.values()), self._uncounted
        self._refusals, self._uncounted = {}, 0
        lines = [line.message() for line in refusals]
        await self.send(audit_channel.together(lines, more=uncounted))

    def _wake_at(self, when: float) -> None:
        if self._timer:
            self._timer.cancel()
        if not self.runner.draining:
            self._timer = asyncio.get_running_loop().call_at(when + _CLOCK_S, self._wake)
