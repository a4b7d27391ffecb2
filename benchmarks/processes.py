"""Three bots on one PostgreSQL beside one on SQLite: `python -m benchmarks.processes`. It needs PostgreSQL's server.

The share of the strict API's time that three bots use, and how evenly; what a turn costs; and `/ticket` on PostgreSQL
beside SQLite.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import SystemRandom
from statistics import median

from benchmarks import figures, model
from benchmarks.model import Model
from benchmarks.process import OURS, running
from bot.ledger import postgres
from bot.ledger.keys import new_key
from bot.ledger.turns import BATCH_S
from tests.support.postgres_server import Databases, postgres_server

BOTS = 3
SERVICES_S = (0.1, 0.02)
PEOPLE = 24
SECONDS = 10.0
ROUNDS = 5
TURNS = 300


@dataclass(frozen=True)
class Use:
    """`share` is of the time in which the API could serve; `least` the least bot's part of what it should have."""

    share: float
    least: float
    refused: int


async def use(api: Model, bots: int, **settings: object) -> Use:
    """The strict API's, by PEOPLE who always want a ticket."""
    async with AsyncExitStack() as stack:
        made = [await stack.enter_async_context(running(OURS, api, None, **settings)) for _ in range(bots)]
        api.strict = True
        stop = asyncio.Event()
        people = [asyncio.create_task(bot.slack.closed_loop(PEOPLE // bots, until=stop)) for bot in made]
        await asyncio.sleep(SECONDS / 5)
        before = [bot.slack.completed for bot in made]
        served_s, refused, began = api.served_s, api.refused, time.perf_counter()
        await asyncio.sleep(SECONDS)
        share = (api.served_s - served_s) / (time.perf_counter() - began)
        each = [bot.slack.completed - had for bot, had in zip(made, before, strict=True)]
        found = Use(share, min(each) * bots / sum(each), api.refused - refused)
        stop.set()
        await asyncio.gather(*people)
        api.strict = False
    return found


async def turn_ms(url: str) -> tuple[float, float]:
    """Of one turn that is asked for at the server and given back: CPU of the process, and by the clock."""
    async with postgres.connect(url, patience_s=0) as database:
        turn = database.turn_at("benchmark")
        await turn.wait()
        turn.give_back()
        spent = took = 0.0
        for _ in range(TURNS):
            while turn._keeping and turn._has_lock:  # noqa: SLF001, ASYNC110 - else it is the same hold
                await asyncio.sleep(0)
            cpu, began = time.process_time(), time.perf_counter()
            await turn.wait()
            took += time.perf_counter() - began
            turn.give_back()
            while turn._has_lock:  # noqa: SLF001, ASYNC110
                await asyncio.sleep(0)
            spent += time.process_time() - cpu
        return 1000 * spent / TURNS, 1000 * took / TURNS


async def ticket(api: Model, core: int | None, url: str, key: str) -> tuple[Sequence[float], Sequence[float]]:
    """PostgreSQL's part of SQLite's, in turn, with the API at once: commands per second, CPU per command."""
    speeds, costs = [], []
    async with AsyncExitStack() as stack:
        file = await stack.enter_async_context(running(OURS, api, core))
        server = await stack.enter_async_context(running(OURS, api, core, database_url=url, encryption_keys=key))
        for _ in range(ROUNDS):
            one, other = [await figures.throughput(bot, SECONDS / 5) for bot in (file, server)]
            speeds.append(other.per_s / one.per_s)
            costs.append(other.cpu_ms / one.cpu_ms)
    return speeds, costs


async def measure(databases: Databases) -> None:
    key = new_key(SystemRandom())
    async with model.serving() as api:
        for service_s in SERVICES_S:
            api.service_s = service_s
            alone = await use(api, 1)
            together = await use(api, BOTS, database_url=databases.new(), encryption_keys=key)
            _say(
                f"{1000 * service_s:.0f} ms a request: {BOTS} bots use {together.share:.3f} of the API's time, one "
                f"{alone.share:.3f}: {together.share / alone.share:.3f} (>= 0.97); the least bot has "
                f"{together.least:.2f} of its part (>= 0.90); {together.refused} calls refused"
            )
        api.service_s = 0.0
        cpu_ms, took_ms = await turn_ms(databases.new())
        _say(f"a turn that is asked for at the server: {cpu_ms:.2f} ms of CPU, {took_ms:.2f} ms; one in {BATCH_S} s")
        speeds, costs = await ticket(api, _core(), databases.new(), key)
        for what, ratios in (("commands per second", speeds), ("CPU per command", costs)):
            least_to_most = f"{min(ratios):.3f} to {max(ratios):.3f}"
            _say(f"/ticket on PostgreSQL beside SQLite, {what}: {median(ratios):.3f} ({least_to_most})")


def _core() -> int | None:
    cores = sorted(os.sched_getaffinity(0))
    return cores[-1] if len(cores) > 1 else None


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what it was run for


def main() -> None:
    _say(f"load {os.getloadavg()[0]:.1f} before")
    with postgres_server() as server:
        asyncio.run(measure(Databases(server)))


if __name__ == "__main__":
    main()
