"""What dies or freezes as one: a process, and which of its clocks stand still with it."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple


class Freeze(NamedTuple):
    """Which of a process's clocks stand still with it: CLOCK_MONOTONIC, which asyncio goes by, and CLOCK_BOOTTIME.

    The time of day is right in any case: a machine has it set as soon as it goes on.
    """

    stops_time: bool
    stops_boottime: bool


FREEZES = {
    "freeze": Freeze(stops_time=False, stops_boottime=False),  # SIGSTOP
    "suspend": Freeze(stops_time=True, stops_boottime=False),  # the machine sleeps
    "pause": Freeze(stops_time=True, stops_boottime=True),  # a hypervisor's: no clock of the guest goes on
}


@dataclass(eq=False)
class Process:
    """What dies or freezes as one. `frozen` keeps the handles that wait for the thaw.

    `freezes` is from when to when it was frozen, in the world's time; the other two are for how long its clocks were.
    """

    name: str
    is_dead: bool = False
    frozen: "list[asyncio.Handle] | None" = None
    freezes: list[tuple[float, float]] = field(default_factory=list)
    time_stopped_s: float = 0.0
    boottime_stopped_s: float = 0.0
    _freeze: tuple[float, Freeze] = (0.0, FREEZES["freeze"])

    @property
    def is_stuck(self) -> bool:
        """Dead, or as if it were."""
        return self.is_dead or self.frozen is not None

    @property
    def frozen_since(self) -> float | None:
        return None if self.frozen is None else self._freeze[0]

    def begin_freeze(self, at: float, kind: str) -> None:
        self.frozen, self._freeze = [], (at, FREEZES[kind])

    def end_freeze(self, at: float) -> list[asyncio.Handle]:
        """What was parked meanwhile."""
        parked, self.frozen = self.frozen or [], None
        since, kind = self._freeze
        self.freezes.append((since, at))
        self.time_stopped_s += (at - since) * kind.stops_time
        self.boottime_stopped_s += (at - since) * kind.stops_boottime
        return parked

    def frozen_s(self, since: float, until: float) -> float:
        """For how long of this time it was frozen."""
        spans = self.freezes if self.frozen is None else [*self.freezes, (self._freeze[0], until)]
        return sum(max(min(end, until) - max(begin, since), 0) for begin, end in spans)


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)


def process_of(handle: asyncio.Handle) -> Process | None:
    process: Process | None = handle._context.get(PROCESS)  # type: ignore[attr-defined]
    return process
