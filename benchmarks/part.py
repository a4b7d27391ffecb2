"""A part of the benchmark: what it measures, and how; and what it is measured with."""

import os
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.figure import Quantity
from benchmarks.model import Model

Round = Mapping[str, float]
"""A value for each key of the part's quantities."""


@dataclass(frozen=True)
class Effort:
    """How often, how long and how much is measured in each of the rounds."""

    rounds: int
    seconds: float
    commands: int
    memory_s: float
    overload_s: float
    sharing_s: float
    deletions: int
    restarts: int
    turns: int


FULL = Effort(
    rounds=5,
    seconds=2,
    commands=50_000,
    memory_s=30,
    overload_s=12,
    sharing_s=10,
    deletions=60,
    restarts=4,
    turns=8,
)
QUICK = Effort(
    rounds=1,
    seconds=1,
    commands=2_000,
    memory_s=15,
    overload_s=4,
    sharing_s=4,
    deletions=50,
    restarts=2,
    turns=4,
)


@dataclass(frozen=True)
class Bench:
    """`core` is for the bot under test; the benchmark, which is Slack, the ticket API and the sink, has another.

    None where there is only one.
    """

    api: Model
    cores: frozenset[int]
    core: int | None
    effort: Effort

    @contextmanager
    def on_every_core(self) -> Iterator[None]:
        """For parts with more processes than the bot under test."""
        had = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.cores)
        try:
            yield
        finally:
            os.sched_setaffinity(0, had)


@dataclass(frozen=True)
class Part:
    quantities: Mapping[str, Quantity]
    measure: Callable[[Bench], AsyncGenerator[Round, None]]
