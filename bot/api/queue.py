"""The queue in front of an endpoint: who is let in, who comes next, and who hears at once that there is no time.

admit    ->  could a request be served in time? if not, TurnedAwayError, with an estimate
place    ->  wait for the turn, have it, give it back; QueueTimeoutError as soon as it can't come in time

The estimate is the time that a turn takes at present (waiting for other processes, pauses after a 503 and the API's own
slowness all in it) times the turns ahead in fair order. See bot.api.fair_order, bot.api.pace, bot.api.turn.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context

from bot.api.errors import QueueTimeoutError, TurnedAwayError
from bot.api.fair_order import FairOrder
from bot.api.pace import Pace
from bot.api.place import Place, Rank
from bot.api.turn import SoleProcess, Turn

log = logging.getLogger(__name__)

MAX_WAIT_S = 6.5  # with the answer; so that 19 of 20 wait for 8 s at most, though not all of it can be foreseen
BURST = 100  # people who come at once are a shift that begins: they may wait longer, unless it goes on
BURST_WAIT_S = 10.5
_SURE_S = 1.0
_SWEEP_S = 0.25  # how often it is looked after those who wait


class EndpointQueue:
    """`width` is how many requests the endpoint serves at a time. People are named by any text of their own."""

    def __init__(self, width: int, turn: Turn | None = None) -> None:
        self.turn = turn or SoleProcess()
        self._width = self._free = width
        self._urgent: FairOrder[Place] = FairOrder()
        self._looks: FairOrder[Place] = FairOrder()
        self._had_urgent: set[str] = set()  # people, since the last LOOK
        self._expected = 0
        self._turned_away = 0  # since nobody waited
        self._pace = Pace()
        self._given_at = -math.inf  # when the newest of the turns that are out was given
        self._empty_at = -math.inf  # when nobody waited
        self._sweep: asyncio.TimerHandle | None = None
        self._context = copy_context()  # of whoever made it: what is looked after belongs to no command

    def admit(self, by: str, rank: Rank, deadline: float) -> None:
        """Raises TurnedAwayError where one more could not be served in time; `deadline` in the loop's time."""
        now = asyncio.get_running_loop().time()
        ahead, wait_s, turn_s = self._estimate(by, rank, now)
        if ahead == 0 or rank is Rank.CLEAR_UP:
            return
        # in answers, which are of all processes: the turns ahead are of this one alone
        is_burst = wait_s < BURST * self.answer_s() / self._width and now - self._empty_at < MAX_WAIT_S
        longest_s = max(BURST_WAIT_S if is_burst else MAX_WAIT_S, 2 * turn_s)
        if wait_s + turn_s > min(longest_s, deadline - now):
            self._turned_away += 1
            raise TurnedAwayError(ahead=ahead, wait_s=wait_s + turn_s)

    @contextmanager
    def expecting_one(self) -> Iterator[None]:
        """Somebody who was let in is about to come, and counts for those who would come after."""
        self._expected += 1
        try:
            yield
        finally:
            self._expected -= 1

    def place(self, by: str, rank: Rank, deadline: Callable[[], float]) -> Place:
        """`deadline` in the loop's time, a function since whoever joins may put it off."""
        return Place(self, by, rank, deadline)

    def send_away(self, error: Callable[[], Exception]) -> None:
        """All who wait but for CLEAR_UP hear the error."""
        for place in [*self._urgent, *self._looks]:
            if place.rank is not Rank.CLEAR_UP:
                self._pass_over(place, error())

    def close(self) -> None:
        if self._sweep:
            self._sweep.cancel()

    def answer_s(self) -> float:
        """How long the API takes for an answer at present, in seconds."""
        return self._pace.steady_s(self._measured_until(asyncio.get_running_loop().time()))

    @property
    def waiting(self) -> int:
        return len(self._urgent) + len(self._looks)

    @property
    def is_waited_for(self) -> bool:
        return bool(self._urgent or self._looks)

    def _estimate(self, by: str, rank: Rank, now: float) -> tuple[int, float, float]:
        """Turns ahead of one more, the seconds until its turn, and those that the turn takes."""
        turn_s = self._pace.quick_s(self._measured_until(now))
        order = self._looks if rank is Rank.LOOK else self._urgent
        waiting = order.ahead_of_new(by) + (len(self._urgent) if rank is Rank.LOOK else 0) + self._expected
        coming = waiting + order.joining_ahead_of_new(by)
        wait_s = self._until_next_s(now, turn_s) + coming * turn_s / self._width
        return waiting + self._is_full, max(wait_s, order.wait_of_new_s(by)), turn_s

    def _measured_until(self, now: float) -> float:
        """While somebody has the turn nothing can be measured, and nothing is forgotten."""
        return now if self._free == self._width else min(now, self._given_at)

    @property
    def _is_full(self) -> int:
        """1 where whoever comes has to wait for a turn that is out."""
        return int(self._free == 0)

    def _until_next_s(self, now: float, turn_s: float) -> float:
        """What takes longer than usual will take as long again."""
        if self._free:
            return 0.0
        gone_s, between_s = now - self._given_at, turn_s / self._width
        return between_s - gone_s if gone_s < between_s else gone_s

    # ── what places do ────────────────────────────────────────────────────────────────────────────────────────────

    def enter(self, place: Place) -> "asyncio.Future[None] | None":
        """None where the turn is there at once."""
        loop = asyncio.get_running_loop()
        if self._free and not self.is_waited_for:
            self._empty_at = loop.time()
            self._give(place, self._empty_at)
            return None
        self._order_of(place).push(place, place.by)
        place.is_waiting = True
        if self._sweep is None:
            self._sweep = loop.call_later(_SWEEP_S, self._look_after, context=self._context)
        return loop.create_future()

    def leave(self, place: Place) -> None:
        self._order_of(place).remove(place, place.by)
        place.is_waiting = False

    def give_back(self, place: Place) -> None:
        now = asyncio.get_running_loop().time()
        self._free += 1
        self._pace.measure(now - place.given_at, place.answer_s, now)
        while self._free and (first := self._next(now)):
            first.is_waiting = False
            if first.deadline() - now < self.answer_s():
                first.refuse(QueueTimeoutError("no time is left for an answer"))
            else:
                self._give(first, now)
                first.call()
        if not self.is_waited_for:
            self._empty_at = now

    def ahead_of(self, place: Place) -> int:
        order = self._order_of(place)
        urgent = len(self._urgent) if order is self._looks else 0
        return order.ahead_of(place, place.by) + urgent + 1

    def move(self, place: Place, by: str) -> None:
        """To the line of another person who waits for the same, if the turn comes sooner there."""
        order = self._order_of(place)
        if by != place.by and order.ahead_of_new(by) < order.ahead_of(place, place.by):
            order.remove(place, place.by)
            order.push(place, by)
            place.by = by

    def _order_of(self, place: Place) -> FairOrder[Place]:
        return self._looks if place.rank is Rank.LOOK else self._urgent

    def _next(self, now: float) -> Place | None:
        """The urgent ones first, but of one person no two before a LOOK: nobody can shut the others out."""
        found = self._urgent.pop(now, not_of=self._had_urgent if self._looks else ())
        if found is None:
            self._had_urgent.clear()
            found = self._looks.pop(now)
        elif found[0].rank is Rank.CLICK:
            self._had_urgent.add(found[1])
        return found[0] if found else None

    def _give(self, place: Place, now: float) -> None:
        self._free -= 1
        self._given_at = place.given_at = now

    def _look_after(self) -> None:
        """Tells those who can't be served in time, however fair the order is. The first in line are told by their turn.

        Counted are those who stay, at the steady pace; and who is found late is looked at again for a second, so that
        one slow answer sends nobody away.
        """
        self._sweep = None
        now = asyncio.get_running_loop().time()
        turn_s = self.answer_s()
        at = now if self._free else max(self._given_at + turn_s / self._width, now)
        for place in [*self._urgent, *self._looks]:
            if at + turn_s <= place.deadline():
                place.late_since = None
                at += turn_s / self._width
            elif place.late_since is None and now < place.deadline():
                place.late_since = now
            elif now >= min((place.late_since or now) + _SURE_S, place.deadline()):
                self._pass_over(place, QueueTimeoutError("others are served first until the time is over"))
        if self.is_waited_for:
            self._sweep = asyncio.get_running_loop().call_later(_SWEEP_S, self._look_after, context=self._context)
        elif self._turned_away:
            log.warning("more requests than the API can serve: %d were turned away", self._turned_away)
            self._turned_away = 0

    def _pass_over(self, place: Place, error: Exception) -> None:
        self.leave(place)
        place.refuse(error)
