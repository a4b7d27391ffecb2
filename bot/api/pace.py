"""How long a request takes at present: moving averages that forget within seconds."""

import math
from collections import deque

_MEMORY_S = 3.0
_MIN_WEIGHT = 0.1  # of the newest duration, so that ten quick ones make up for a slow one
_FEW_TURNS = 8


class Pace:
    """Durations in seconds; `now` is in the event loop's time. What nobody measured for some seconds counts for less.

    `quick` is of turns with all that is in them, follows a sudden change after one, and says who is let in: a needless
    no costs nothing but another command. `steady` is of answers alone, follows after some, and says who has no time.

    What a turn takes besides its answer counts at most as long as it took in one of the few turns before: waiting for a
    process that stood still says nothing about the next turn, unless it happens twice.
    """

    def __init__(self) -> None:
        self._quick = 0.0
        self._besides_s: deque[float] = deque(maxlen=_FEW_TURNS)
        self._total = 0.0
        self._weight = 0.0
        self._measured_at = -math.inf

    def measure(self, took_s: float, answer_s: float | None, now: float) -> None:
        """One turn, and the answer in it; None where there was none."""
        besides_s = took_s - (answer_s or 0.0)
        took_s -= max(besides_s - max(self._besides_s, default=besides_s), 0.0)
        self._besides_s.append(besides_s)
        weight = max(-math.expm1(-took_s / _MEMORY_S), _MIN_WEIGHT)
        faded = math.exp(-max(now - self._measured_at, 0) / _MEMORY_S)
        self._quick = took_s if self._measured_at == -math.inf else self._quick + weight * (took_s - self._quick)
        self._total = self._total * faded + (answer_s or 0.0)
        self._weight = self._weight * faded + (answer_s is not None)
        self._measured_at = now

    def quick_s(self, now: float) -> float:
        return max(self._quick * self._faded(now), self.steady_s(now))

    def steady_s(self, now: float) -> float:
        return self._total / self._weight * self._faded(now) if self._weight else 0.0

    def _faded(self, now: float) -> float:
        """From 1 to 0."""
        return math.exp(-max(now - self._measured_at, 0) / _MEMORY_S)
