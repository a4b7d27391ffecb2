"""Whether a figure is better or worse than the last release's, by more than the noise.

Each figure is measured in several rounds, with new processes; between the least and the most of them lies what the
noise makes of it. Only where all rounds of one run lie outside of all rounds of the other do they differ: with five
rounds each that happens by chance in one of 126 comparisons. And a difference of less than SMALLEST is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.figure import Figure
from benchmarks.results import Run

SMALLEST = 0.01
Verdict = Literal["better", "worse", "different", "within the noise", "another machine", "too few rounds"]


@dataclass(frozen=True)
class Difference:
    """`by` is a share of what it was, None where that was 0."""

    now: Figure
    before: Figure
    by: float | None
    verdict: Verdict


def differences(now: Run, before: Run) -> Iterator[Difference]:
    """Of each figure that both have."""
    alike = now.machine.is_like(before.machine)
    for figure in now.figures:
        if (other := before.of(figure.id)) is not None:
            by = figure.value / other.value - 1 if other.value else None
            yield Difference(figure, other, by, verdict(figure, other, same_machine=alike))


def verdict(now: Figure, before: Figure, *, same_machine: bool) -> Verdict:
    if now.is_of_the_machine and not same_machine:
        return "another machine"
    if not (now.has_spread and before.has_spread):
        return "too few rounds"
    less, more = now.most < before.least, now.least > before.most
    if not (less or more) or abs(now.value - before.value) < SMALLEST * abs(before.value):
        return "within the noise"
    if now.better == "neither":
        return "different"
    return "better" if less == (now.better == "less") else "worse"
