"""Who comes next, fair between people: turns go round by person, and within a person first come, first served."""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

_NEWEST = 0.2  # weight in the moving average of a person's time between two turns


class _Line(OrderedDict[Item, None]):
    """Of one person. `between_s` is the time between two turns while more were waiting, None where not measured."""

    between_s: float | None = None
    last_turn_at: float | None = None

    def has_turn(self, now: float) -> None:
        if self.last_turn_at is not None:
            between_s = now - self.last_turn_at
            before_s = between_s if self.between_s is None else self.between_s
            self.between_s = before_s + _NEWEST * (between_s - before_s)
        self.last_turn_at = now


class FairOrder(Generic[Item]):
    """Each operation but the iteration takes time in proportion to the people at most. Times are the event loop's."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, _Line[Item]] = OrderedDict()  # the first has the next turn
        self._people_with_more_than: list[int] = []  # at place n: how many have more than n waiting
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        """In the order in which they come if nobody else joins."""
        lines = [iter(line) for line in self._lines.values()]
        while lines:
            going_on = []
            for line in lines:
                for item in line:
                    yield item
                    going_on.append(line)
                    break
            lines = going_on

    def push(self, item: Item, by: str) -> None:
        line = self._lines.get(by)
        if line is None:
            line = self._lines[by] = _Line()
        count = len(line)
        if count == len(self._people_with_more_than):
            self._people_with_more_than.append(0)
        self._people_with_more_than[count] += 1
        line[item] = None
        self._length += 1

    def pop(self, now: float, *, not_of: Collection[str] = ()) -> tuple[Item, str] | None:
        """The next one, and the person; None where only people in `not_of` wait."""
        for by, line in self._lines.items():
            if by not in not_of:
                item = next(iter(line))
                line.has_turn(now)
                self._lines.move_to_end(by)
                self.remove(item, by)
                return item, by
        return None

    def remove(self, item: Item, by: str) -> None:
        line = self._lines[by]
        del line[item]
        self._people_with_more_than[len(line)] -= 1
        if not line:
            del self._lines[by]
        self._length -= 1

    def ahead_of_new(self, by: str) -> int:
        """How many turns would come before one more of this person."""
        return sum(self._people_with_more_than[: len(self._lines.get(by, ())) + 1])

    def joining_ahead_of_new(self, by: str) -> float:
        """How many of those who are still to come will be ahead of it too, by a guess: half a round, but of the first.

        Whoever has fewer waiting than this person sends more while this one waits.
        """
        return len(self._lines) / 2 if by in self._lines else 0.0

    def ahead_of(self, item: Item, by: str) -> int:
        """How many turns come before this one."""
        before, position = 0, list(self._lines[by]).index(item)
        passed = False
        for person, line in self._lines.items():
            passed = passed or person == by
            before += position if person == by else min(len(line), position + (not passed))
        return before

    def wait_of_new_s(self, by: str) -> float:
        """Seconds until one more of this person has its turn, by how fast the person's turns came; 0 if not measured.

        Those who are still to come take their turns too, which the number of those who wait can't tell.
        """
        line = self._lines.get(by)
        return len(line) * line.between_s if line and line.between_s else 0.0
