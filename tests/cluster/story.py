"""What is printed where a rule breaks: for the first conversations that broke one, what happened around them."""

from collections.abc import Iterator

from tests.cluster.cluster import Cluster
from tests.crash.story import timeline

_MOST_CASES = 3
_MOST_LINES = 200
_AROUND_S = 2.0


def story(cluster: Cluster, seed: str) -> list[str]:
    cases = [case for case in cluster.conversations if any(case in problem for problem in cluster.problems)]
    told = ["", f"BROKEN in {cluster.name}, SEED={seed}:", *cluster.problems]
    for case in cases[:_MOST_CASES]:
        told += ["", f"── {case} ──", *_around(cluster, case)]
    return told if cases else [*told, "", *timeline(cluster, set())[-_MOST_LINES:]]


def _around(cluster: Cluster, case: str) -> Iterator[str]:
    """Without what others were told, and what was wrong at other times."""
    lines = [line for line in timeline(cluster, {case}) if "  -: " not in line]
    own = [_time(line) for line in lines if case in line]
    wanted = (line for line in lines if own and own[0] - _AROUND_S <= _time(line) <= own[-1] + _AROUND_S)
    yield from list(wanted)[:_MOST_LINES]


def _time(line: str) -> float:
    return float(line.split(maxsplit=1)[0])
