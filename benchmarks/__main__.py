"""The figures of both bots, as a table: `python -m benchmarks`, or with --quick, which is rougher.

This process is Slack, the ticket API and the sink on one core; the bot under test has another for itself. The bots
take turns in each round, and what counts is the median of the rounds' ratios.
"""

import argparse
import asyncio
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Literal

from benchmarks import figures, ledger, metrics, model, overload, richtext
from benchmarks.figures import AT_ONCE, PEOPLE, SERVICE_S, WARM_UP, Growth
from benchmarks.model import Model
from benchmarks.process import ORDINARY, OURS, Bot, running

LONGEST_S = 900
FEW = 5
Who = Literal["ordinary", "ours", "one"]  # `one`: ours, with its queue of one
_BOTH: tuple[Who, ...] = ("ordinary", "ours")
_QUEUED: tuple[Who, ...] = ("ordinary", "one")
_BURSTS = {"all": PEOPLE, "few": FEW}


@dataclass(frozen=True)
class Effort:
    """How often, how long and how much is measured."""

    rounds: int
    seconds: float
    commands: int
    memory_s: float
    overload_s: float
    deletions: int
    turns: int


FULL = Effort(rounds=3, seconds=3, commands=50_000, memory_s=60, overload_s=30, deletions=300, turns=20)
QUICK = Effort(rounds=1, seconds=1.5, commands=2_000, memory_s=4, overload_s=4, deletions=50, turns=4)


@dataclass
class Samples:
    """Of each figure and bot one for each round."""

    _values: dict[tuple[str, Who], list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, who: Who, **values: float) -> None:
        for name, value in values.items():
            self._values[name, who].append(value)

    def of(self, name: str, who: Who) -> float:
        return median(self._values[name, who])

    def ratio(self, name: str, who: Who) -> str:
        """Beside the ordinary bot in the same round."""
        pairs = zip(self._values[name, who], self._values[name, "ordinary"], strict=True)
        ratios = [own / other for own, other in pairs]
        return f"**{median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f})"


async def measure(effort: Effort, core: int | None) -> list[str]:
    """The table's lines."""
    samples = Samples()
    async with asyncio.timeout(LONGEST_S), model.serving() as api:
        for number in range(effort.rounds):
            _say(f"round {number + 1} of {effort.rounds} …")
            await _round(samples, effort, api, core)
        _say("memory …")
        async with running(ORDINARY, api, core) as bot:
            theirs = await figures.growth(bot, effort.commands // 10, effort.memory_s)
        async with running(OURS, api, core, sweeppea_concurrency=AT_ONCE) as bot:
            ours = await figures.growth(bot, effort.commands, effort.memory_s)
        _say("more than the API can serve …")
        loads = await overload.rows(api, core, effort.overload_s)
        _say("the ledger …")
        kept = await ledger.rows(api, core, effort.deletions, effort.rounds)
        _say("metrics …")
        counted = await metrics.rows(api, core, effort.turns, effort.seconds)
    overloaded = [_row(f"{what}, {effort.overload_s:.0f} s", "", came, "", target) for what, came, target in loads]
    recorded = [_row(what, "", came, "", target) for what, came, target in (*kept, *counted)]
    return [*_speed(samples), *_bursts(samples), *_size(samples, theirs, ours), *overloaded, *recorded]


async def _round(samples: Samples, effort: Effort, api: Model, core: int | None) -> None:
    async with AsyncExitStack() as stack:
        start = stack.enter_async_context
        bots: dict[Who, Bot] = {
            "ordinary": await start(running(ORDINARY, api, core)),
            "ours": await start(running(OURS, api, core, sweeppea_concurrency=AT_ONCE)),
            "one": await start(running(OURS, api, core)),
        }
        for who, bot in bots.items():
            speed = await figures.throughput(bot, effort.seconds)
            samples.add(who, start=bot.start_s, per_s=speed.per_s, cpu_ms=speed.cpu_ms, busy=speed.busy)
            p50, p99 = await figures.acknowledgements(bot, speed.per_s / 2, effort.seconds)
            samples.add(who, p50=p50, p99=p99)
        for who in _QUEUED:
            for name, different in _BURSTS.items():
                came = await figures.burst(bots[who], api, different)
                values = {"answered": came.answered, "share": came.share, "refused": came.refused, "calls": came.calls}
                samples.add(who, **{f"{name}_{key}": value for key, value in values.items()})


def _speed(samples: Samples) -> Iterator[str]:
    of, ratio = samples.of, samples.ratio
    rows: tuple[tuple[str, str, Who, str], ...] = (
        (f"commands per second, API instant, {AT_ONCE} at once, concurrency {AT_ONCE}", "per_s", "ours", "≥ 4.5"),
        ("the same with the queue of one", "per_s", "one", "≥ 2.5"),
        (f"CPU per command, ms, concurrency {AT_ONCE}", "cpu_ms", "ours", "≤ 0.22"),
    )
    for what, figure, who, target in rows:
        yield _row(what, _short(of(figure, "ordinary")), _short(of(figure, who)), ratio(figure, who), target)
    times = (f"{of('p50', who):.1f} / {of('p99', who):.1f} ms" for who in _BOTH)
    yield _row("acknowledgement at half of its own maximum, p50 / p99", *times, "", "< 1 / 10 ms")


def _bursts(samples: Samples) -> Iterator[str]:
    for name, different in _BURSTS.items():
        what = f"{PEOPLE} commands at once for {different} tickets, strict API, {SERVICE_S * 1000:.0f} ms"
        most = 1.05 if different == PEOPLE else 1.1
        told = (_told(samples, name, who) for who in _QUEUED)
        yield _row(what, *told, "", f"all, at most {most}, no 503")


def _told(samples: Samples, name: str, who: Who) -> str:
    figures_ = ("answered", "share", "refused", "calls")
    answered, share, refused, calls = (samples.of(f"{name}_{figure}", who) for figure in figures_)
    return f"{answered:.0f} answered, {share:.2f} of the API’s own time, {refused:.0f} of {calls:.0f} calls got 503"


def _size(samples: Samples, theirs: Growth, ours: Growth) -> Iterator[str]:
    memory = [
        f"{bot.idle:.1f} / {bot.warm:.1f} / {bot.growth:+.1f} MiB over {bot.commands:,}" for bot in (theirs, ours)
    ]
    yield _row(
        f"memory idle / after {WARM_UP:,} commands / growth over more", *memory, "", "≤ 60 idle, ≤ +3 MiB over 50,000"
    )
    started = [f"{samples.of('start', who):.2f} s" for who in _BOTH]
    yield _row("process start to first acknowledgement", *started, samples.ratio("start", "ours"), "≤ 0.45 s")
    busy = [f"{samples.of('busy', who):.0%}" for who in _BOTH]
    yield _row("the benchmark's own share of its core, meanwhile", *busy, "", "well below 100 %")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value > 100 else f"{value:.2f}"  # noqa: PLR2004 - digits that tell something


def _own_core() -> int | None:
    """Takes the first core for this process; the other is for the bots. None where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        return None
    os.sched_setaffinity(0, cores[:1])
    return cores[1]


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 - for whoever waits


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the bot beside an ordinary one.")
    parser.add_argument("--quick", action="store_true", help="one short round: rough figures")
    effort = QUICK if parser.parse_args().quick else FULL
    rich = [_row(what, "", took, "", "") for what, took in richtext.rows()]
    core = _own_core()
    load = os.getloadavg()[0]
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores"
        + (", one of them for everything" if core is None else "")
        + f", Python {platform.python_version()}, load {load:.1f} before, {effort.rounds} rounds",
        "",
        _row("figure", "ordinary Bolt bot", "ours", "ours / ordinary, median (least to most)", "to reach"),
        _row(*["---"] * 5),
        *asyncio.run(measure(effort, core)),
        *rich,
    ]
    print(*lines, sep="\n")  # noqa: T201 - what it was run for


if __name__ == "__main__":
    main()
