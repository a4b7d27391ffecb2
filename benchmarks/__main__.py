"""Measures, and says what is worse than it was: `python -m benchmarks [PART ...] [--quick] [--release]`.

Every part is run in rounds; a figure is the median of its rounds, between the least and the most of them.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from benchmarks import (
    installation,
    ledger,
    memory,
    metrics,
    model,
    overload,
    processes,
    report,
    restarts,
    results,
    richtext,
    speed,
)
from benchmarks.figure import Figure, figures
from benchmarks.part import FULL, QUICK, Bench, Effort, Part
from benchmarks.results import LAST_RUN, RELEASES, ROOT, Run
from handlers import VERSION
from tests.support.postgres_server import binaries

PARTS = {
    "installation": Part(installation.QUANTITIES, installation.measure),
    "richtext": Part(richtext.QUANTITIES, richtext.measure),
    "speed": Part(speed.QUANTITIES, speed.measure),
    "memory": Part(memory.QUANTITIES, memory.measure),
    "ledger": Part(ledger.QUANTITIES, ledger.measure),
    "metrics": Part(metrics.QUANTITIES, metrics.measure),
    "processes": Part(processes.QUANTITIES, processes.measure),
    "restarts": Part(restarts.QUANTITIES, restarts.measure),
    "overload": Part(overload.QUANTITIES, overload.measure),
}
PAGE = ROOT / "benchmarks" / "README.md"


async def measure(names: Sequence[str], effort: Effort) -> list[Figure]:
    found: list[Figure] = []
    cores, core = _own_core()
    async with model.serving() as api:
        bench = Bench(api, cores, core, effort)
        for name in names:
            began, rounds = time.monotonic(), []
            async with aclosing(PARTS[name].measure(bench)) as measuring:
                async for values in measuring:
                    rounds.append(values)
                    _say(f"{name}: round {len(rounds)}, {time.monotonic() - began:.0f} s")
            found += figures(name, PARTS[name].quantities, rounds)
    return found


def _own_core() -> tuple[frozenset[int], int | None]:
    """All cores, and that of the bots: this process takes the first for itself where there are two or more."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        return frozenset(cores), None
    os.sched_setaffinity(0, cores[:1])
    return frozenset(cores), cores[1]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - for whoever waits


def main(
    arguments: Sequence[str] | None = None, *, last_run: Path = LAST_RUN, releases: Path = RELEASES, page: Path = PAGE
) -> int:
    asked = _parser().parse_args(arguments)
    names = [name for name in PARTS if name in asked.part] or list(PARTS)
    machine = results.this_machine()
    if asked.release and (why := _unfit(asked, machine)):
        _say(f"No figures of a release: {why}.")
        return 2
    if "processes" in names:
        binaries()  # raises now, not after half an hour, where PostgreSQL is not installed
    cores = os.sched_getaffinity(0)
    try:
        found = asyncio.run(measure(names, QUICK if asked.quick else replace(FULL, rounds=asked.rounds)))
    finally:
        os.sched_setaffinity(0, cores)
    run = Run(version=VERSION, date=results.today(), quick=asked.quick, machine=machine, figures=found)
    results.write(run, last_run)
    before = results.last_release(results.releases(releases), before=VERSION if asked.release else None)
    print(*report.lines(run, before), sep="\n")  # noqa: T201 - what it was run for
    if asked.release:
        results.write(run, releases / f"{VERSION}.json")
        page.write_text(report.with_table(page.read_text(), results.releases(releases)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the bot.")
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"all, or of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="one short round: rough figures")
    parser.add_argument("--rounds", type=int, default=FULL.rounds, help="fewer take less time, and prove less")
    parser.add_argument("--release", action="store_true", help="all parts, as the figures of this version")
    return parser


def _unfit(asked: argparse.Namespace, machine: results.Machine) -> str:
    """Why these would not be a release's; empty where they are."""
    if asked.quick or asked.part:
        return "that takes all parts, and not --quick"
    if machine.is_busy:
        return f"the machine is busy with something else (load {machine.load} on {machine.cores} cores)"
    return ""


if __name__ == "__main__":
    sys.exit(main())
