"""More commands than the ticket API can serve: who is answered, after how long, and what that costs.

The API serves one request at a time, SERVICE_S each, and answers what overlaps 503. Commands come at a steady rate,
each for another ticket. `person` says who sends the n-th command.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.load import Command
from benchmarks.model import Model
from benchmarks.process import OURS, Bot, running

SERVICE_S = 0.05
FOREIGN = 0.2
LOADS = (1, 2, 6, 50)
CREW = 40  # who take turns in the general case
_GREEDY_PER_S, _OTHERS = 20, 10
_TO_REACH = "≥ 0.95, none refused, waits ≤ 8 s, a no ≤ 1 s, all answered, ≤ +30 MiB"


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


async def rows(api: Model, core: int | None, seconds: float) -> list[tuple[str, str, str]]:
    """What was asked for, what came of it, and what is to be reached."""
    found = []
    for load in LOADS:
        async with running(OURS, api, core) as bot:
            came, _ = await overload(bot, api, load / SERVICE_S, seconds, person=crew)
        found.append((f"{load} x what the API can serve, {CREW} people", _told(came), _TO_REACH if load > 1 else "all"))
    async with running(OURS, api, core) as bot:
        came, _ = await overload(bot, api, 2 / SERVICE_S, seconds, foreign=FOREIGN, person=crew)
    what = f"2 x, and the API serves somebody else {FOREIGN:.0%} of the time"
    found.append((what, _told(came), "≥ 0.9 of what is left"))
    async with running(OURS, api, core) as bot:
        came, commands = await overload(bot, api, _GREEDY_PER_S + _OTHERS, seconds, person=one_greedy)
    what = f"one person sends {_GREEDY_PER_S} a second, {_OTHERS} others one each"
    others = f"the others got {_answered_of_others(commands):.2f} of their fair share; {_told(came)}"
    return [*found, (what, others, "≥ 0.9 of their fair share")]


def _told(came: Overload) -> str:
    """Waits and noes: median / p95."""
    return (
        f"{came.goodput:.2f} of what the API could serve, {came.refused} of {came.calls:,} calls refused, "
        f"waits {came.wait_s[0]:.1f} / {came.wait_s[1]:.1f} s, a no after {came.no_s[0]:.2f} / {came.no_s[1]:.2f} s, "
        f"{came.silent} of {came.sent:,} without an answer, {came.memory_mib:+.0f} MiB"
    )
