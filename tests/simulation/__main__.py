"""`python -m tests.simulation`: ever new worlds, for SECONDS (600 unless set); or the one of SEED, with its timeline.

Prints what was done, and which endings came about how often. A failure prints its seed, the decisions that are left
once it is shrunk, and what happened, in order; then the exit code is 1.
"""

import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from time import process_time
from typing import NamedTuple

from tests.simulation.parts import memory_in_place_of_sockets
from tests.simulation.shrink import shrink, story
from tests.simulation.world import BrokenRuleError, World

_AT_A_TIME = 8  # worlds for each core, before the time is looked at


def main() -> int:
    with memory_in_place_of_sockets():
        if seed := os.environ.get("SEED"):
            return _one(int(seed))
        return _many(float(os.environ.get("SECONDS", "600")), int(os.environ.get("FIRST") or secrets.randbelow(2**32)))


def _one(seed: int) -> int:
    world = World(seed)
    try:
        world.run()
    except BrokenRuleError as failure:
        return _failed(world, failure)
    _print(world.journal.lines)
    _print([f"seed {seed}: every rule held; journal {world.journal.digest()}"])
    return 0


def _many(seconds: float, first: int) -> int:
    """On every core. Counted is the worlds' own time, so that a busy machine runs as many."""
    if not _replays(first):
        return 1
    counts: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    cores, took, seed = os.cpu_count() or 1, 0.0, first
    with ProcessPoolExecutor(cores, get_context("fork")) as pool:
        while took < seconds:
            seeds = range(seed, seed := seed + cores * _AT_A_TIME)
            for ran in pool.map(_run, seeds):
                took += ran.seconds / cores
                if ran.has_failed:
                    pool.shutdown(cancel_futures=True)
                    _figures(counts, endings, took)
                    return _one(ran.seed)
                counts += ran.counts
                endings += ran.endings
    _figures(counts, endings, took)
    return 0


class _Ran(NamedTuple):
    seed: int
    counts: Counter[str]
    endings: Counter[str]
    seconds: float
    has_failed: bool


def _run(seed: int) -> _Ran:
    """In a process that was forked: sockets are memory in there, too."""
    began, world = process_time(), World(seed)
    try:
        world.run()
    except BrokenRuleError:
        return _Ran(seed, Counter(), Counter(), process_time() - began, has_failed=True)
    counts = world.counts + Counter({"worlds": 1})
    return _Ran(seed, counts, world.endings, process_time() - began, has_failed=False)


def _replays(seed: int) -> bool:
    journals = [_digest(seed), _digest(seed)]
    same = journals[0] == journals[1]
    _print([f"seed {seed}, run twice, gives {'the same journal' if same else 'TWO DIFFERENT JOURNALS'}"])
    return same


def _digest(seed: int) -> str:
    world = World(seed)
    with suppress(BrokenRuleError):  # found again among the others
        world.run()
    return world.journal.digest()


def _failed(world: World, failure: BrokenRuleError) -> int:
    _print(["", f"FAILED with SEED={world.seed}: {failure}", "", "making it smaller…"])
    smallest = shrink(world.seed, failure, world)
    _print([*story(smallest), "", f"the same again: make simulate SEED={world.seed}"])
    return 1


def _figures(counts: Counter[str], endings: Counter[str], seconds: float) -> None:
    rate = counts["conversations"] / max(seconds, 0.001)
    _print(["", f"{len(endings)} endings:", *(f"{number:9,} {what}" for what, number in endings.most_common())])
    _print(["", f"{seconds:.0f} s:", *(f"{number:9,} {what}" for what, number in sorted(counts.items()))])
    _print([f"{rate:9.0f} conversations a second"])


def _print(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what it is run for


if __name__ == "__main__":
    sys.exit(main())
