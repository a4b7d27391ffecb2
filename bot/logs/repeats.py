"""What says the same again and again is told once, and from then on counted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

INTERVAL_S = 600.0
_MOST = 500  # things to count; then the oldest is let go
_NUMBER = re.compile(r"\d+")


@dataclass
class _Told:
    what: str
    at: float
    again: int = 0


@dataclass
class Repeats:
    """Times in seconds, of any one clock."""

    interval_s: float = INTERVAL_S
    _told: dict[str, _Told] = field(default_factory=dict)

    def count(self, what: str, now: float) -> int | None:
        """How often it was said since it was told last; None if it is not to be told now. Numbers in it may differ."""
        key = _NUMBER.sub("#", what)
        told = self._told.get(key)
        if told and now - told.at < self.interval_s:
            told.again += 1
            return None
        self._told.pop(key, None)
        if len(self._told) >= _MOST:
            del self._told[next(iter(self._told))]
        self._told[key] = _Told(what, now)
        return told.again if told else 0

    def left_over(self) -> Iterator[tuple[str, int]]:
        """At the end: what was said again and not told of yet, and how often."""
        for told in self._told.values():
            if told.again:
                yield told.what, told.again
        self._told.clear()


def again(count: int) -> str:
    """To be put behind a line."""
    return f" ({count} more like this)" if count else ""
