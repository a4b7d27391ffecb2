"""A line that repeats is logged once, and counted from then on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

INTERVAL_S = 600.0
_MAX_TEXTS = 500  # then the oldest is forgotten
_NUMBER = re.compile(r"\d+")


@dataclass
class _Logged:
    text: str
    at: float
    repeats: int = 0


@dataclass
class Repeats:
    """Times in seconds, of any one clock."""

    interval_s: float = INTERVAL_S
    _logged: dict[str, _Logged] = field(default_factory=dict)

    def count(self, text: str, now: float) -> int | None:
        """How many repeats were left out before this one; None to leave this one out. Numbers in it may differ."""
        key = _NUMBER.sub("#", text)
        last = self._logged.get(key)
        if last and now - last.at < self.interval_s:
            last.repeats += 1
            return None
        self._logged.pop(key, None)
        if len(self._logged) >= _MAX_TEXTS:
            del self._logged[next(iter(self._logged))]
        self._logged[key] = _Logged(text, now)
        return last.repeats if last else 0

    def left_over(self) -> Iterator[tuple[str, int]]:
        """At the end: each text of which repeats were left out, and how many."""
        for last in self._logged.values():
            if last.repeats:
                yield last.text, last.repeats
        self._logged.clear()


def repeats_suffix(count: int) -> str:
    """For the end of a line."""
    return f" ({count} more like this)" if count else ""
