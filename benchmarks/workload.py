"""What is measured: each function works one bot, which has just been started, and says what came of it."""

import asyncio
import time
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.model import Model
from benchmarks.process import Bot

AT_ONCE = 64
PEOPLE = 100
SERVICE_S = 0.1
WARM_UP = 1_000


@dataclass(frozen=True)
class Throughput:
    """`busy` is how much of its own core the benchmark itself took: near 1 it would be the limit."""

    per_s: float
    cpu_ms: float
    busy: float


@dataclass(frozen=True)
class Burst:
    """People who ask at once. `share` is the time until the last answer, in the time that the API served."""

    answered: int
    share: float
    refused: int
    calls: int


@dataclass(frozen=True)
class Growth:
    """MiB at the start, after the first WARM_UP commands, and by how much more after so many others."""

    idle: float
    warm: float
    growth: float
    commands: int


async def throughput(bot: Bot, seconds: float) -> Throughput:
    """Commands per second, each answered before its person sends the next."""
    stop = asyncio.Event()
    people = asyncio.create_task(bot.slack.closed_loop(AT_ONCE, until=stop))
    await asyncio.sleep(seconds / 3)
    completed, cpu_s, own_s, started = bot.slack.completed, bot.cpu_s(), time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    elapsed = time.perf_counter() - started
    completed, cpu_s, own_s = bot.slack.completed - completed, bot.cpu_s() - cpu_s, time.process_time() - own_s
    stop.set()
    await people
    return Throughput(completed / elapsed, 1000 * cpu_s / max(completed, 1), own_s / elapsed)


async def acknowledgements(bot: Bot, rate: float, seconds: float) -> tuple[float, float]:
    """Milliseconds at a fixed rate: the median, and what 99 of 100 stay below."""
    commands = await bot.slack.open_loop(rate, seconds)
    times = [1000 * ((command.acknowledged_at or 0) - command.sent_at) for command in commands]
    return median(times), quantiles(times, n=100)[98]


async def burst(bot: Bot, api: Model, different: int) -> Burst:
    """PEOPLE ask for tickets of so many numbers at once, and the API serves one at a time."""
    await bot.slack.connect(PEOPLE)
    api.strict, api.service_s = True, SERVICE_S
    calls, refused, served_s = api.calls, api.refused, api.served_s
    try:
        commands = await bot.slack.at_once(f"{number % different:07}" for number in range(PEOPLE))
    finally:
        api.strict = False
    took_s = max(command.answered_at or 0 for command in commands) - min(command.sent_at for command in commands)
    answered = sum(command.has_ticket for command in commands)
    served_s = api.served_s - served_s
    return Burst(answered, took_s / served_s, api.refused - refused, api.calls - calls)


async def growth(bot: Bot, most: int, most_s: float) -> Growth:
    """For `most` commands, or as many as there is time for."""
    idle, stop = bot.memory_mib(), asyncio.Event()
    asyncio.get_running_loop().call_later(most_s, stop.set)
    await bot.slack.closed_loop(AT_ONCE, until=stop, most=WARM_UP)
    warm, completed = bot.memory_mib(), bot.slack.completed
    await bot.slack.closed_loop(AT_ONCE, until=stop, most=most)
    return Growth(idle, warm, bot.memory_mib() - warm, bot.slack.completed - completed)
