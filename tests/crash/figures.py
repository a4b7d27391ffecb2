"""What was done, how long it took, and how busy the machine was meanwhile.

A promise holds however slow the machine is; these are times, which are held against a bound only where it had time.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.crash.listening import now
from tests.crash.stages import STAGES

TRUE_WITHIN_S = 15.0
END_WITHIN_S = 90.0
TOO_BUSY = 0.85
"""The share of the processors' time that is in use; with more of it a time says nothing about the bot."""
_SAMPLE_S = 0.5
_IDLE = slice(3, 5)  # of /proc/stat: idle, and waiting for a disk

DEEDS = ("kill", "freeze", "stop")


Sample = tuple[float, int, int]
Span = tuple[float, float]


@dataclass
class Load:
    """`samples` are a time, the processors' ticks until then, and those of them that were idle."""

    samples: list[Sample] = field(default_factory=list)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(_SAMPLE_S)

    def sample(self) -> None:
        ticks = [int(word) for word in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
        self.samples.append((now(), sum(ticks), sum(ticks[_IDLE])))

    def busy(self, since: float, until: float) -> float:
        """The share in use in the busiest few seconds in between; 1 where nothing was measured."""
        inside = [one for one in self.samples if since - 2 * _SAMPLE_S <= one[0] <= until + 2 * _SAMPLE_S]
        return max((_busy(*pair) for pair in pairwise(inside[::4])), default=1.0)

    def share(self) -> float:
        """Over all."""
        return _busy(self.samples[0], self.samples[-1])


def _busy(first: Sample, last: Sample) -> float:
    (_, all_0, idle_0), (_, all_, idle) = first, last
    return 1 - (idle - idle_0) / max(all_ - all_0, 1)


@dataclass
class Figures:
    """Of one world. `times` by name: from when, and until when."""

    database: str
    transport: str
    counts: Counter[str] = field(default_factory=Counter)
    stages: Counter[tuple[str, str]] = field(default_factory=Counter)
    times: dict[str, list[Span]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.database} {self.transport}"

    def hit(self, stage: str, deed: str) -> None:
        self.stages[stage, deed if deed in DEEDS else "freeze"] += 1

    def took(self, what: str, since: float, until: float) -> None:
        self.times.setdefault(what, []).append((since, until))

    def line(self) -> str:
        what = ("conversations", "deleted", "kills", "freezes", "stops", "receipts")
        return f"{self.name}: {', '.join(f'{self.counts[one]} {one}' for one in what)}"


BOUNDS = {"from a start after a kill to the true sentence": TRUE_WITHIN_S, "from the quiet to all ends": END_WITHIN_S}


def too_slow(figures: Figures, load: Load) -> Iterator[str]:
    """What took too long though the machine had time."""
    for what, bound_s in BOUNDS.items():
        for since, until in figures.times.get(what, ()):
            if until - since > bound_s and load.busy(since, until) < TOO_BUSY:
                yield f"{what} it took {until - since:.1f} s, and may take {bound_s:g} s"


def lines(played: list[Figures], load: Load) -> Iterator[str]:
    yield from (figures.line() for figures in played)
    yield ""
    yield from _table(played)
    yield ""
    names = sorted({name for figures in played for name in figures.times})
    for name in names:
        yield describe(name, [span for figures in played for span in figures.times.get(name, ())])
    since, until = load.samples[0][0], load.samples[-1][0]
    yield f"{until - since:.0f} s in all, with {load.share():.0%} of the processors in use"
    rest: Counter[str] = sum((figures.counts for figures in played), Counter())
    yield "; ".join(f"{number} {what}" for what, number in sorted(rest.items()) if what[:1] == "(" or ":" in what)


def _table(played: list[Figures]) -> Iterator[str]:
    """How often a process was killed, frozen and stopped where."""
    databases = sorted({figures.database for figures in played})
    columns = [(database, deed) for database in databases for deed in DEEDS]
    width = max(map(len, STAGES))
    yield " ".join([" " * width, *(f"{database:>{8 * len(DEEDS) - 1}}" for database in databases)])
    yield " ".join([f"{'where it stood':{width}}", *(f"{deed:>7}" for _, deed in columns)])
    for stage in STAGES:
        hits = [sum(one.stages[stage, deed] for one in played if one.database == base) for base, deed in columns]
        yield " ".join([f"{stage:{width}}", *(f"{hit or '–':>7}" for hit in hits)])


def describe(name: str, spans: list[Span]) -> str:
    took = sorted(until - since for since, until in spans)
    p50, p95 = (took[min(int(len(took) * part), len(took) - 1)] for part in (0.5, 0.95))
    return f"{name}: p50 {p50:.1f} s, p95 {p95:.1f} s, longest {took[-1]:.1f} s, of {len(took)}"
