"""The turn at the ticket API, shared by all processes of a world: a lock as PostgreSQL gives one to a session.

First come, first served. Of a process that is dead the lock is free at once, since its connection is; of one that
stands still it is taken away by whoever waits, once it is LATE_S late to renew its hold.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import Process

LATE_S = 6.0
_LOOK_S = 1.0  # between two looks of who waits at whoever has the turn


@dataclass(eq=False)
class Hold:
    """A session that waits for the lock, or has it. `called` is done once it may have come."""

    process: Process
    called: "asyncio.Future[None]"
    since: float = 0.0


@dataclass
class Line:
    """Who has an endpoint's turn, and who waits for it."""

    loop: SimulatedLoop
    holder: Hold | None = None
    waiting: list[Hold] = field(default_factory=list)

    def pass_on(self) -> None:
        """To the first in line that lives, where nobody has it any more."""
        if self.holder and self._is_over(self.holder):
            self.holder = None
        while self.holder is None and self.waiting:
            first = self.waiting.pop(0)
            if not first.process.is_dead:
                self.holder, first.since = first, self.loop.now()
                if not first.called.done():
                    first.called.set_result(None)

    def leave(self, hold: Hold) -> None:
        if hold in self.waiting:
            self.waiting.remove(hold)
        if self.holder is hold:
            self.holder = None
            self.pass_on()

    def _is_over(self, hold: Hold) -> bool:
        stands_still_since = hold.process.frozen_since
        late_since = None if stands_still_since is None else max(stands_still_since, hold.since)
        return hold.process.is_dead or (late_since is not None and self.loop.now() > late_since + LATE_S)


@dataclass
class ProcessTurn:
    """`bot.api.turn.Turn` for one process."""

    line: Line
    process: Process
    _hold: Hold | None = None

    async def wait(self) -> None:
        hold = Hold(self.process, asyncio.get_running_loop().create_future())
        self.line.waiting.append(hold)
        try:
            self.line.pass_on()
            while self.line.holder is not hold:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await asyncio.shield(hold.called)
                self.line.pass_on()
                if hold.called.done() and self.line.holder is not hold:  # it came, and went while this process slept
                    hold = Hold(self.process, asyncio.get_running_loop().create_future())
                    self.line.waiting.append(hold)
        except BaseException:
            self.line.leave(hold)
            raise
        self._hold = hold

    def give_back(self) -> None:
        """Nothing where it was taken away meanwhile."""
        hold, self._hold = self._hold, None
        if hold:
            self.line.leave(hold)
