"""What the seed decides: which faults happen, what people do, which settings a world has.

Each decision has a name of its own ("API for U01BOB#3#2" is the fault that the second request for Bob's third doing
meets), and depends on the seed and that name alone. So one can be left out and the others stay as they were, which is
how a failure is shrunk.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import log
from random import Random
from typing import TypeVar

NOTHING = ""
Thing = TypeVar("Thing")


@dataclass
class Chance:
    """`drawn`: the decisions other than "nothing", by name, in the order in which they were made."""

    seed: int
    left_out: frozenset[str] = frozenset()
    drawn: dict[str, str] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.schedule = Random(self.seed)
        """For the order of what is ready at one time."""

    def choose(self, place: str, options: Mapping[str, float]) -> str:
        """One of the options by its weight; NOTHING where the weights, which come to 1 at most, leave room for it."""
        self._asked[place] += 1
        name = f"{place}#{self._asked[place]}"
        if name in self.left_out:
            return NOTHING
        drawn = self._fraction(name)
        for option, weight in options.items():
            drawn -= weight
            if drawn < 0:
                if option:
                    self.drawn[name] = option
                return option
        return NOTHING

    def happens(self, place: str, probability: float) -> bool:
        return bool(self.choose(place, {"yes": probability}))

    def seconds(self, place: str, least: float, most: float) -> float:
        return least + (most - least) * self._next(place)

    def pause(self, place: str, mean: float) -> float:
        """Seconds until the next of something that happens at any time, so often on the average."""
        return -mean * log(1 - self._next(place))

    def pick(self, place: str, among: Sequence[Thing]) -> Thing:
        return among[int(self._next(place) * len(among))]

    def _next(self, place: str) -> float:
        self._asked[place] += 1
        return self._fraction(f"{place}#{self._asked[place]}")

    def _fraction(self, name: str) -> float:
        """From 0 to 1, the same for the same seed and name on every machine."""
        digest = blake2b(f"{self.seed}/{name}".encode(), digest_size=7).digest()
        return int.from_bytes(digest) / 2**56


def evenly(*options: str, of: float = 1.0) -> dict[str, float]:
    return {option: of / len(options) for option in options}
