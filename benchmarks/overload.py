"""More commands than the ticket API can serve: who is answered, after how long, and what that costs.

The API serves one request at a time, SERVICE_S each, and answers what overlaps 503. Commands come at a steady rate,
each for another ticket. `person` says who sends the n-th command.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.figure import Quantity, context, less, more
from benchmarks.load import Command
from benchmarks.model import Model
from benchmarks.part import Bench, Round
from benchmarks.process import OURS, Bot, running

SERVICE_S = 0.05
FOREIGN = 0.2
LOADS = (1, 2, 6, 50)
CREW = 40  # who take turns in the general case
_GREEDY_PER_S, _OTHERS = 20, 10


@dataclass(frozen=True)
class Overload:
    """`goodput` is in what the API could serve until the last answer; waits and noes in seconds, median and p95."""

    sent: int
    answered: int
    goodput: float
    refused: int
    calls: int
    wait_s: tuple[float, float]
    no_s: tuple[float, float]
    silent: int
    memory_mib: float


async def overload(
    bot: Bot, api: Model, rate: float, seconds: float, *, foreign: float = 0.0, person: Callable[[int], str]
) -> tuple[Overload, list[Command]]:
    await bot.slack.connect(100)
    api.strict, api.service_s, api.foreign = True, SERVICE_S, foreign
    calls, refused, foreign_s, memory = api.calls, api.refused, api.foreign_s, bot.memory_mib()
    served, served_s = api.served, api.served_s
    top, stop = [memory], asyncio.Event()
    watching = asyncio.create_task(_watch(bot, top, stop))
    try:
        commands = await bot.slack.open_loop(rate, seconds, person)
    finally:
        api.strict, api.foreign = False, 0.0
        stop.set()
        await watching
    sent = int(rate * seconds)
    answered = [command for command in commands if command.has_ticket]
    last = max((command.answered_at or 0 for command in answered), default=0)
    could_s = last - min(command.sent_at for command in commands) - (api.foreign_s - foreign_s)
    noes = [command for command in commands if command.answered_at and not command.has_ticket]
    return Overload(
        sent=sent,
        answered=len(answered),
        goodput=len(answered) / min(could_s * (api.served - served) / (api.served_s - served_s), sent),
        refused=api.refused - refused,
        calls=api.calls - calls,
        wait_s=_waits(answered),
        no_s=_waits(noes),
        silent=sent - len(answered) - len(noes),
        memory_mib=max(top) - memory,
    ), commands


def crew(number: int) -> str:
    return f"U{number % CREW:07}"


def one_greedy(number: int) -> str:
    """Of thirty commands a second, one person sends twenty, and ten others one each."""
    at = number % (_GREEDY_PER_S + _OTHERS)
    return "UGREEDY" if at % 3 != 2 else f"U{at // 3:07}"  # noqa: PLR2004 - every third command is of another


def _answered_of_others(commands: list[Command]) -> float:
    """Their fair share is more than they ask for, and so all of it."""
    others = [command for command in commands if command.person != "UGREEDY"]
    return sum(command.has_ticket for command in others) / len(others)


async def _watch(bot: Bot, top: list[float], stop: asyncio.Event) -> None:
    while not stop.is_set():
        top.append(bot.memory_mib())
        await asyncio.sleep(0.5)


def _waits(commands: list[Command]) -> tuple[float, float]:
    times = [(command.answered_at or 0) - command.sent_at for command in commands]
    return (median(times), quantiles(times, n=20)[18]) if len(times) > 1 else (0.0, 0.0)


@dataclass(frozen=True)
class Case:
    """`goal` is the least goodput; `rate` in commands a second. `bounded`: nobody waits long, and memory stays."""

    what: str
    rate: float
    person: Callable[[int], str]
    goal: float | None
    foreign: float = 0.0
    bounded: bool = False


CASES = {
    **{f"x{load}": Case(f"{load} x, {CREW} people", load / SERVICE_S, crew, 0.95, bounded=True) for load in LOADS},
    "foreign": Case(f"2 x, {FOREIGN:.0%} of the time for somebody else", 2 / SERVICE_S, crew, 0.9, FOREIGN),
    "greedy": Case(
        f"one person {_GREEDY_PER_S} a second, {_OTHERS} others one each", _GREEDY_PER_S + _OTHERS, one_greedy, None
    ),
}


def _quantities(name: str, case: Case) -> dict[str, Quantity]:
    others = {f"{name}_others": more(f"{case.what}: the others' share of what they asked for", "×", 0.9)}
    return {
        **(others if case.person is one_greedy else {}),
        f"{name}_goodput": more(f"{case.what}: of what the API could serve", "×", case.goal),
        f"{name}_refused": less("the same: calls refused as overlapping", "", 0),
        f"{name}_calls": context("the same: calls", ""),
        f"{name}_wait_p50_s": less("the same: waits, p50", "s"),
        f"{name}_wait_p95_s": less("the same: waits, p95", "s", 8 if case.bounded else None),
        f"{name}_no_p50_s": less("the same: a no after, p50", "s"),
        f"{name}_no_p95_s": less("the same: a no after, p95", "s", 1 if case.bounded else None),
        f"{name}_silent": less("the same: without an answer", "", 0),
        f"{name}_sent": context("the same: commands", ""),
        f"{name}_memory_mib": less("the same: memory on top", "MiB", 30 if case.bounded else None),
    }


QUANTITIES = {key: quantity for name, case in CASES.items() for key, quantity in _quantities(name, case).items()}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    for _ in range(bench.effort.rounds):
        found: dict[str, float] = {}
        for name, case in CASES.items():
            async with running(OURS, bench.api, bench.core) as bot:
                came, commands = await overload(
                    bot, bench.api, case.rate, bench.effort.overload_s, foreign=case.foreign, person=case.person
                )
            found |= {f"{name}_{key}": value for key, value in _values(came).items()}
            if case.person is one_greedy:
                found[f"{name}_others"] = _answered_of_others(commands)
        yield found


def _values(came: Overload) -> dict[str, float]:
    return {
        "goodput": came.goodput,
        "refused": came.refused,
        "calls": came.calls,
        "wait_p50_s": came.wait_s[0],
        "wait_p95_s": came.wait_s[1],
        "no_p50_s": came.no_s[0],
        "no_p95_s": came.no_s[1],
        "silent": came.silent,
        "sent": came.sent,
        "memory_mib": came.memory_mib,
    }
