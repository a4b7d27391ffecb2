"""What happened around a conversation that broke a rule: people, the API, the processes, and each one's log."""

import re
from collections.abc import Iterator
from datetime import datetime

from tests.cluster.cluster import Cluster
from tests.crash.bot import Bot

MOST_CASES = 3
_MOST_LINES = 250
_AROUND_S = 2.0
_STAMP = re.compile(r"(\S+ \S+) (?:INFO|WARNING|ERROR) \S+ \[(\S+)\]")


def story(cluster: Cluster) -> list[str]:
    told = ["", f"BROKEN in {cluster.name}:", *cluster.problems]
    found = (case for problem in cluster.problems for case in cluster.conversations if case in problem)
    known = list(dict.fromkeys(found))[:MOST_CASES]
    for case in known:
        told += ["", f"── {case} ──", *_around(cluster, case)]
    if not known:
        told += ["", *(line for _, line in _lines(cluster, ""))][-_MOST_LINES:]
    return told


def everything(cluster: Cluster) -> list[str]:
    """All that happened, and all of the logs."""
    logs = [line for bot in cluster.bots for line in _all_logs(cluster, bot)]
    return [line for _, line in sorted([*_lines(cluster, ""), *logs])]


def _around(cluster: Cluster, case: str) -> list[str]:
    own = [at for at, line in _lines(cluster, case) if case in line]
    first, last = (min(own), max(own)) if own else (0.0, 0.0)
    merged = sorted([*_lines(cluster, case), *_logs(cluster, case)])
    return [line for at, line in merged if first - _AROUND_S <= at <= last + _AROUND_S][:_MOST_LINES]


def _lines(cluster: Cluster, case: str) -> Iterator[tuple[float, str]]:
    for line in cluster.journal.lines:
        if not case or case in line or "──" in line or "  bot" in line:
            yield float(line.split(maxsplit=1)[0]), line


def _logs(cluster: Cluster, case: str) -> Iterator[tuple[float, str]]:
    """Each line of a log that names the ticket or a command about it, and each warning."""
    for bot in cluster.bots:
        found = list(stamped(bot))
        refs = {ref for _, ref, line in found if case in line} - {"-"}
        for time, ref, line in found:
            if case in line or ref in refs or " WARNING " in line or " ERROR " in line:
                yield _of_log(cluster, bot, time, line)


def _all_logs(cluster: Cluster, bot: Bot) -> Iterator[tuple[float, str]]:
    return (_of_log(cluster, bot, time, line) for time, _, line in stamped(bot))


def _of_log(cluster: Cluster, bot: Bot, time: float, line: str) -> tuple[float, str]:
    at = cluster.time_of(time) - cluster.journal.began
    return at, f"{at:8.2f}      {bot.name}: {line[:220]}"


def stamped(bot: Bot) -> Iterator[tuple[float, str, str]]:
    """Its time since the epoch, its reference, and the line without its time."""
    for line in bot.log.read_text(errors="replace").splitlines():
        if found := _STAMP.match(line):
            yield datetime.fromisoformat(found[1]).timestamp(), found[2], line.removeprefix(found[1]).strip()
