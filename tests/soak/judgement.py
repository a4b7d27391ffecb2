"""What grows, of what was measured. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from tests.soak.samples import Sample

ALLOWED = {
    "memory, MiB": 5.0,
    "file descriptors": 8,
    "of them no sockets": 3,
    "threads": 2,
    "tasks": 12,
    "under way": 8,
    "connections": 8,
    "half-closed connections": 4,
    "connections to PostgreSQL": 3,
    "series of metrics": 60,
    "write-ahead log, MiB": 8.0,
    "rows open": 60,
    "rows claimed": 8,
    "rows sending": 8,
    "rows ended": 8,
}
"""What may come on top from the first third to the last, beside what comes and goes."""
MOST_PER_ROW = 2_500
"""Bytes of the database for each row that is more, indexes and what is kept of texts included."""
_NOISE = 3
_HOUR_S = 3600.0
_GOES_ON = 0.2


@dataclass(frozen=True)
class Trend:
    """Medians of the thirds of a run after its warm-up, how much a third's samples differ, and the slope an hour."""

    name: str
    first: float
    middle: float
    last: float
    spread: float
    slope: float

    @property
    def grows(self) -> bool:
        """Beyond what is allowed and beyond its noise, and in both halves: what rises once and stays is no leak."""
        if self.name not in ALLOWED:
            return False
        more = self.last - self.first
        goes_on = min(self.middle - self.first, self.last - self.middle) > _GOES_ON * more
        return more > max(ALLOWED[self.name], _NOISE * self.spread) and goes_on


def trends(samples: Sequence[Sample], warm_up_s: float) -> list[Trend]:
    """Of every figure. Raises ValueError with fewer than six samples after the warm-up."""
    warm = [one for one in samples if one.at >= warm_up_s]
    if len(warm) < 6:
        raise ValueError("too few samples to judge by: it has to run for longer")
    names = dict.fromkeys(name for one in warm for name in one.figures)
    return [_trend(name, [(one.at, one.figures.get(name, 0.0)) for one in warm]) for name in names]


def _trend(name: str, points: list[tuple[float, float]]) -> Trend:
    values = [value for _, value in points]
    third = len(values) // 3
    parts = values[:third], values[third:-third], values[-third:]
    first, middle, last = medians = [median(part) for part in parts]
    spread = max(median(abs(value - usual) for value in part) for part, usual in zip(parts, medians, strict=True))
    slope = linear_regression(*zip(*points, strict=True)).slope * _HOUR_S
    return Trend(name, first, middle, last, spread, slope)


def growth(found: Sequence[Trend]) -> Iterator[str]:
    for one in found:
        if one.grows:
            yield f"{one.name} grows: {one.first:.1f}, {one.middle:.1f}, {one.last:.1f}; {one.slope:+.1f} an hour"


@dataclass(frozen=True)
class Ledger:
    """What became more between two samples."""

    bytes: float
    changes: float
    audit: float

    @property
    def per_row(self) -> float:
        return self.bytes / max(self.changes + self.audit, 1)


def ledger_between(first: Sample, last: Sample) -> Ledger:
    more = {name: last.figures[name] - first.figures[name] for name in ("rows of changes", "rows of the audit")}
    size = last.figures["database, MiB"] - first.figures["database, MiB"]
    return Ledger(size * 2**20, more["rows of changes"], more["rows of the audit"])


def unexplained(samples: Sequence[Sample], warm_up_s: float, asked: int) -> Iterator[str]:
    """Growth of the ledger that nobody asked for. `asked`: how often a deletion was asked for in all."""
    warm = [one for one in samples if one.at >= warm_up_s]
    found = ledger_between(warm[0], warm[-1])
    if found.per_row > MOST_PER_ROW:
        yield f"the database grows by {found.per_row:.0f} bytes a row, more than {MOST_PER_ROW}"
    if (rows := samples[-1].figures["rows of changes"]) > asked:
        yield f"{rows:.0f} rows of changes, and only {asked} deletions were asked for"


def table(found: Sequence[Trend]) -> Iterator[str]:
    yield f"{'after the warm-up':28} {'start':>10} {'middle':>10} {'end':>10} {'an hour':>10}"
    for one in found:
        verdict = "" if one.name not in ALLOWED else "GROWS" if one.grows else "holds"
        numbers = " ".join(f"{value:10.1f}" for value in (one.first, one.middle, one.last))
        yield f"{one.name:28} {numbers} {one.slope:+10.1f}  {verdict}".rstrip()
