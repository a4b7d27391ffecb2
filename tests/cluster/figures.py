"""How long from a kill to the truth, how much of the API's limit, how fair: printed, nothing is asserted."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

from tests.cluster.cluster import CHANNELS, LOOKED_AT, SERVICE_S, SLOTS, Cluster, Trouble
from tests.cluster.rules import Owner, is_excused
from tests.crash.figures import Load
from tests.crash.listening import READ, now
from tests.crash.world import until

_LONG_FREEZE_S = 8.0
CROWD = tuple(f"U01CROWD{number:02}" for number in range(1, 61))
CROWD_S = 4.0
_CROWD_COMES_S = 1.0
_CROWD_PAUSES_S = 0.3
_ANSWER_S = 20.0


@dataclass
class Crowd:
    """People who look at one ticket after the other, while nothing happens to anybody."""

    cluster: Cluster
    since: float = 0.0
    until: float = 0.0
    waits: list[float] = field(default_factory=list)

    async def look(self, told: dict[str, float]) -> None:
        """`told` has when each person last heard something."""
        self.since = now() + _CROWD_COMES_S
        self.until = self.since + CROWD_S
        await asyncio.gather(*(self._look(person, number, told) for number, person in enumerate(CROWD)))

    async def _look(self, person: str, number: int, told: dict[str, float]) -> None:
        """Each at tickets of their own: of the same one a process makes one request."""
        cases = cycle(LOOKED_AT[number :: len(CROWD)])
        while (at := now()) < self.until:
            taken = await self.cluster.slack.command(person, "/ticket", next(cases), CHANNELS[number % len(CHANNELS)])
            if taken.status != 200:
                continue
            await until(lambda at=at: told.get(person, 0) > at, _ANSWER_S)  # type: ignore[misc]
            self.waits.append(now() - at)
            await asyncio.sleep(_CROWD_PAUSES_S)


def times_to_truth(cluster: Cluster, taken: list[Owner]) -> dict[str, list[tuple[float, str]]]:
    """From a kill, a freeze or the end of a stop until each message of what it was at work on was true, and its ticket.

    Without those that had to wait for PostgreSQL itself.
    """
    times: dict[str, list[tuple[float, str]]] = {"kill": [], "freeze": [], "freeze with a turn": [], "stop": []}
    for trouble in cluster.troubles:
        if trouble.what not in times or (trouble.what == "freeze" and trouble.until - trouble.began < _LONG_FREEZE_S):
            continue
        kind = "freeze with a turn" if trouble.what == "freeze" and trouble.held_turn else trouble.what
        since = trouble.until if trouble.what == "stop" else trouble.began
        times[kind] += [(max(true_at - since, 0), case) for true_at, case in _true_at(cluster, taken, trouble)]
    return times


def _true_at(cluster: Cluster, taken: list[Owner], trouble: Trouble) -> Iterator[tuple[float, str]]:
    for case in {one.case for one in taken if one.new == trouble.name and one.at <= trouble.began}:
        holders = [one.new for one in taken if one.case == case and one.at <= trouble.began]
        said = [one for one in cluster.journal.about(case) if not one.is_direct and one.posted.visible_to is None]
        before = [one for one in said if one.at <= trouble.began]
        after = [one.at for one in said if one.at > trouble.began and "under way" not in one.claims]
        is_stale = holders[-1] == trouble.name and before and "under way" in before[-1].claims and after
        if is_stale and not any(one.began <= after[0] and one.until >= trouble.began for one in cluster.restarts):
            yield after[0], case


def lines(cluster: Cluster, taken: list[Owner], load: Load, waits: list[float], crowd: Crowd) -> list[str]:
    counts: Counter[str] = cluster.counts + cluster.many.counts
    told = [f"{number:7} {what}" for what, number in sorted(counts.items())]
    for kind, found in times_to_truth(cluster, taken).items():
        longest = f" ({max(found)[1]})" if found else ""
        told.append(f"from a {kind} to a true message: {_spread(time for time, _ in found)}{longest}")
    told.append(f"a person's wait for an answer: {_spread(waits)}")
    told += list(_limit(crowd, cluster))
    overlaps = cluster.callers.overlaps
    excused = [one for one in overlaps if is_excused(cluster, one)]
    told.append(f"requests that overlapped at the API: {len(overlaps)}, of which {len(excused)} after a kill or a cut")
    told.append(f"{load.share():.0%} of the processors in use")
    return told


def _limit(crowd: Crowd, cluster: Cluster) -> Iterator[str]:
    """Of a calm time in which more is wanted than the API can do."""
    span_s = crowd.until - crowd.since
    calls = [call for call in cluster.ticket_api.calls(READ) if crowd.since <= call.started < crowd.until]
    served = Counter(cluster.callers.of(call)[:4] for call in calls if call.ended is not None)
    each = ", ".join(f"{served[f'bot{slot}'] / span_s:.1f}" for slot in range(1, SLOTS + 1))
    used = served.total() * SERVICE_S / span_s
    yield f"a crowd's {span_s:.0f} s, {SERVICE_S:g} s a request: {used:.2f} of the limit; {each} a second by process"
    yield f"{len(calls) - served.total()} of {len(calls)} were refused; a person's wait {_spread(crowd.waits)}"


def _spread(times: Iterable[float]) -> str:
    found = sorted(times)
    if not found:
        return "none"
    return f"p50 {_part(found, 0.5):.1f} s, p95 {_part(found, 0.95):.1f} s, longest {found[-1]:.1f} s, of {len(found)}"


def _part(found: list[float], part: float) -> float:
    return found[min(int(len(found) * part), len(found) - 1)] if found else 0.0
