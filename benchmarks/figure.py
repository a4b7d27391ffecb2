"""A figure: what is measured, in which unit, which side is better, what is to be reached; and what its rounds found."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict

Better = Literal["less", "more", "neither"]
Unit = Literal["ms", "s", "µs", "/s", "MiB", "MB", "×", "%", ""]
"""`×` is a ratio of two figures of one round, or a part of what could be; none is a number of things."""

ENOUGH_ROUNDS = 3  # for a spread that says something
_OF_THE_MACHINE = {"ms", "s", "µs", "/s"}


class Quantity(BaseModel):
    """`goal` is the most or the least that it may be, whichever `better` says.

    `exact`: comes out the same in each round, so that one round tells.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: Unit
    better: Better = "neither"
    goal: float | None = None
    exact: bool = False


class Figure(Quantity):
    """`value` is the median of the rounds, `least` and `most` its spread. `id` stays from release to release."""

    id: str
    value: float
    least: float
    most: float
    rounds: int

    @property
    def has_spread(self) -> bool:
        """Whether another figure outside of it differs by more than the noise."""
        return self.exact or self.rounds >= ENOUGH_ROUNDS

    @property
    def is_of_the_machine(self) -> bool:
        """Says nothing beside that of another machine."""
        return self.unit in _OF_THE_MACHINE

    @property
    def is_reached(self) -> bool | None:
        """None where there is no goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.better == "more" else self.value <= self.goal


def less(name: str, unit: Unit, goal: float | None = None, *, exact: bool = False) -> Quantity:
    return Quantity(name=name, unit=unit, better="less", goal=goal, exact=exact)


def more(name: str, unit: Unit, goal: float | None = None, *, exact: bool = False) -> Quantity:
    return Quantity(name=name, unit=unit, better="more", goal=goal, exact=exact)


def context(name: str, unit: Unit) -> Quantity:
    """What the others are to be seen beside: the ordinary bot, the disk."""
    return Quantity(name=name, unit=unit)


def figures(part: str, quantities: Mapping[str, Quantity], rounds: Sequence[Mapping[str, float]]) -> Iterator[Figure]:
    """In the order of `quantities`. Raises ValueError where a round has not one value for each of them."""
    for found in rounds:
        if differing := sorted(found.keys() ^ quantities.keys()):
            raise ValueError(f"a round of {part} has other figures than it says: {', '.join(differing)}")
    for key, quantity in quantities.items():
        values = [found[key] for found in rounds]
        yield Figure(
            **quantity.model_dump(),
            id=f"{part}.{key}",
            value=median(values),
            least=min(values),
            most=max(values),
            rounds=len(values),
        )
