"""Time and chance: handed in wherever they are needed, so that a simulation can replay them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random, SystemRandom


def _boottime() -> float:
    """Goes on while the machine is suspended, which `time.monotonic` doesn't; macOS has no such clock by this name."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """`now` is the time of day in seconds since the epoch, `boottime` counts seconds from some moment in the past."""

    now: Callable[[], float] = time.time
    boottime: Callable[[], float] = _boottime
    random: Random = field(default_factory=SystemRandom)

    def token_hex(self, size: int) -> str:
        """`size` random bytes as hexadecimal digits."""
        return self.random.randbytes(size).hex()
