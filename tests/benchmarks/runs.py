"""Runs as the benchmark would have written them."""

import datetime as dt
from collections.abc import Sequence

from benchmarks.figure import Better, Figure, Quantity, Unit, figures
from benchmarks.results import Machine, Run

QUIET = Machine(processor="A processor", cores=2, python="3.11.7", load=0.1, pace_ms=50.0)
MANY = (10.0, 10.4, 9.8, 10.1, 10.2)


def figure(
    rounds: Sequence[float] = MANY,
    *,
    better: Better = "less",
    unit: Unit = "ms",
    goal: float | None = None,
    exact: bool = False,
    key: str = "cpu_ms",
) -> Figure:
    quantity = Quantity(name="CPU per /ticket", unit=unit, better=better, goal=goal, exact=exact)
    (found,) = figures("speed", {key: quantity}, [{key: value} for value in rounds])
    return found


def run(*found: Figure, version: str = "0.2.0", machine: Machine = QUIET) -> Run:
    return Run(version=version, date=dt.date(2026, 11, 26), quick=False, machine=machine, figures=list(found))
