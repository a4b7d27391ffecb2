"""How long from a kill to the truth, how much of the API's limit, how fair: printed, nothing is asserted."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.cluster.cluster import SERVICE_S, SLOTS, Cluster, Trouble
from tests.cluster.rules import Owner, is_excused
from tests.crash.listening import DELETE, READ, now

_LONG_FREEZE_S = 8.0
_TICK_S = 0.05
OVERLOADED_S = 0.25
"""How late the tests' own loop may be, one time of twenty, on a machine whose figures mean something."""


@dataclass
class Lateness:
    """Of this process's own loop: what the machine keeps from the bots, too."""

    late: list[float] = field(default_factory=list)

    async def measure(self) -> None:
        """Until it is cancelled."""
        while True:
            began = now()
            await asyncio.sleep(_TICK_S)
            self.late.append(now() - began - _TICK_S)


def times_to_truth(cluster: Cluster, taken: list[Owner]) -> dict[str, list[float]]:
    """From what happened to a process until each message of what it was at work on was true."""
    times: dict[str, list[float]] = {"kill": [], "freeze": [], "freeze with a turn": [], "stop": []}
    for trouble in cluster.troubles:
        if trouble.what not in times or (trouble.what == "freeze" and trouble.until - trouble.began < _LONG_FREEZE_S):
            continue
        kind = "freeze with a turn" if trouble.what == "freeze" and trouble.held_turn else trouble.what
        times[kind] += [true_at - trouble.began for true_at in _true_at(cluster, taken, trouble)]
    return times


def _true_at(cluster: Cluster, taken: list[Owner], trouble: Trouble) -> Iterator[float]:
    for case in {one.case for one in taken if one.new == trouble.name and one.at <= trouble.began}:
        holders = [one.new for one in taken if one.case == case and one.at <= trouble.began]
        said = [one for one in cluster.journal.about(case) if not one.is_direct and one.posted.visible_to is None]
        before = [one for one in said if one.at <= trouble.began]
        after = [one.at for one in said if one.at > trouble.began and "under way" not in one.claims]
        if holders[-1] == trouble.name and before and "under way" in before[-1].claims and after:
            yield after[0]


def lines(cluster: Cluster, taken: list[Owner], lateness: Lateness, waits: list[float], seconds: float) -> list[str]:
    counts: Counter[str] = cluster.counts + cluster.many.counts
    told = [f"{number:7} {what}" for what, number in sorted(counts.items())]
    for kind, found in times_to_truth(cluster, taken).items():
        told.append(f"from a {kind} to a true message: {_spread(found)}")
    told.append(f"a person's wait for an answer: {_spread(waits)}")
    told += list(_limit(cluster, seconds))
    overlaps = cluster.callers.overlaps
    excused = [one for one in overlaps if is_excused(cluster, one.at, one.served_by, one.refused_by)]
    told.append(f"requests that overlapped at the API: {len(overlaps)}, of which {len(excused)} after a kill or a cut")
    late = _part(sorted(lateness.late), 0.95)
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    verdict = "overloaded: the figures mean little" if late > OVERLOADED_S else "has time"
    told.append(f"the machine {verdict}: p95 of lateness {late * 1000:.0f} ms, load {load} on {os.cpu_count()} cores")
    return told


def _limit(cluster: Cluster, seconds: float) -> Iterator[str]:
    ends_at = cluster.journal.began + seconds
    for endpoint in (READ, DELETE):
        calls = [call for call in cluster.ticket_api.calls(endpoint) if call.ended and call.started < ends_at]
        busy_s = sum((call.ended or 0) - call.started for call in calls)
        shares: Counter[str] = Counter(cluster.callers.of(call)[:4] for call in calls)
        each = ", ".join(f"{shares[f'bot{slot}']}" for slot in range(1, SLOTS + 1))
        yield f"{endpoint}: {busy_s / seconds:.0%} of the time at work ({SERVICE_S:g} s each); by process {each}"
    yield from _fairness(cluster, ends_at)


def _fairness(cluster: Cluster, ends_at: float) -> Iterator[str]:
    """Requests a second of each place, while all three served."""
    spans = [second for second in _seconds(cluster.journal.began, ends_at) if _all_well(cluster, second)]
    if spans:
        calls = Counter(
            cluster.callers.of(call)[:4]
            for call in cluster.ticket_api.calls(READ)
            if call.ended and any(second <= call.started < second + 1 for second in spans)
        )
        rates = [calls[f"bot{slot}"] / len(spans) for slot in range(1, SLOTS + 1)]
        each = ", ".join(f"{rate:.2f}" for rate in rates)
        limit = f"{sum(rates) * SERVICE_S:.0%} of the limit"
        yield f"while all served ({len(spans)} s): {each} {READ} a second each, {limit}"


def _seconds(began: float, ends_at: float) -> Iterator[float]:
    while began < ends_at:
        yield began
        began += 1


def _all_well(cluster: Cluster, second: float) -> bool:
    names = {name for name, at in cluster.ready_at.items() if at <= second}
    well = {name[:4] for name in names if cluster.was_well(name, second, second + 1)}
    away = any(one.began <= second + 1 and one.until >= second for one in cluster.restarts)
    return len(well) == SLOTS and not away


def _spread(times: Iterable[float]) -> str:
    found = sorted(times)
    if not found:
        return "none"
    return f"p50 {_part(found, 0.5):.1f} s, p95 {_part(found, 0.95):.1f} s, longest {found[-1]:.1f} s, of {len(found)}"


def _part(found: list[float], part: float) -> float:
    return found[min(int(len(found) * part), len(found) - 1)] if found else 0.0
