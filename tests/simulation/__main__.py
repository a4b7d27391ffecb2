"""`python -m tests.simulation`: ever new worlds, for SECONDS (600 unless set); or the one of SEED, with its timeline.

Prints what was done, and which endings came about how often. A failure prints its seed, the decisions that are left
once it is shrunk, and what happened, in order; then the exit code is 1.
"""

import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterable
from time import process_time

from tests.simulation.parts import memory_in_place_of_sockets
from tests.simulation.shrink import shrink, story
from tests.simulation.world import BrokenRuleError, World


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
    """Counted is the time of this process's own, so that a busy machine runs as many."""
    began, seed = process_time(), first
    counts: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    while (took := process_time() - began) < seconds or seed == first:
        world = World(seed)
        try:
            world.run()
        except BrokenRuleError as failure:
            _figures(counts, endings, took)
            return _failed(world, failure)
        if seed == first and not _replays(world):
            return 1
        counts += world.counts + Counter({"worlds": 1})
        endings += world.endings
        seed += 1
    _figures(counts, endings, took)
    return 0


def _replays(world: World) -> bool:
    again = World(world.seed)
    again.run()
    same = again.journal.digest() == world.journal.digest()
    _print([f"seed {world.seed}, run twice, gives {'the same journal' if same else 'TWO DIFFERENT JOURNALS'}"])
    return same


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
