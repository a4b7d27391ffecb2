"""Three bots on one PostgreSQL beside one on SQLite. It needs PostgreSQL's server.

The share of the strict API's time that three bots use, and how evenly; the same where they are asked for more than it
can serve; what a turn costs; and `/ticket` on PostgreSQL beside SQLite.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import SystemRandom
from statistics import median

from benchmarks import shared_overload, workload
from benchmarks.figure import Quantity, context, less, more
from benchmarks.model import Model
from benchmarks.part import Bench, Round
from benchmarks.process import OURS, running
from bot.ledger import postgres
from bot.ledger.keys import new_key
from tests.support.postgres_server import Databases, postgres_server

BOTS = 3
SERVICES_S = (0.1, 0.02)
PEOPLE = 24
TURNS = 300


def _shared(name: str) -> dict[str, Quantity]:
    return {
        f"ratio_{name}ms": more(f"the API's time that {BOTS} bots use, beside one: {name} ms a request", "×", 0.97),
        f"share_{name}ms": more(f"the same: {BOTS} bots, of the time", "×"),
        f"share_alone_{name}ms": context("the same: one bot on SQLite, of the time", "×"),
        f"least_{name}ms": more("the same: the least bot's part of what it should have", "×", 0.9),
        f"refused_{name}ms": less("the same: calls refused as overlapping", "", 0),
    }


QUANTITIES = {
    **_shared("100"),
    **_shared("20"),
    **shared_overload.quantities(BOTS),
    "turn_cpu_ms": less("a turn that is asked for at the server, CPU", "ms"),
    "turn_ms": less("the same by the clock", "ms"),
    "ticket_cpu_ratio": less("CPU per /ticket on PostgreSQL beside SQLite", "×", 1.03),
    "ticket_per_s_ratio": more("commands a second on PostgreSQL beside SQLite", "×", 0.97),
}


@dataclass(frozen=True)
class Use:
    """`share` is of the time in which the API could serve; `least` the least bot's part of what it should have."""

    share: float
    least: float
    refused: int


async def use(api: Model, bots: int, seconds: float, **settings: object) -> Use:
    """The strict API's, by PEOPLE who always want a ticket."""
    async with AsyncExitStack() as stack:
        made = [await stack.enter_async_context(running(OURS, api, None, **settings)) for _ in range(bots)]
        api.strict = True
        stop = asyncio.Event()
        people = [asyncio.create_task(bot.slack.closed_loop(PEOPLE // bots, until=stop)) for bot in made]
        await asyncio.sleep(seconds / 5)
        before = [bot.slack.completed for bot in made]
        served_s, refused, began = api.served_s, api.refused, time.perf_counter()
        await asyncio.sleep(seconds)
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


async def ticket(bench: Bench, url: str, key: str) -> tuple[float, float]:
    """PostgreSQL's part of SQLite's, in turn, with the API at once: commands a second, CPU per command."""
    api, core = bench.api, bench.core
    speeds, costs = [], []
    async with (
        running(OURS, api, core) as file,
        running(OURS, api, core, database_url=url, encryption_keys=key) as server,
    ):
        for bot in (file, server):
            await workload.throughput(bot, bench.effort.seconds)  # a bot's first seconds cost more than any later ones
        for turn in range(bench.effort.turns):
            pair = (file, server) if turn % 2 else (server, file)
            came = {bot.pid: await workload.throughput(bot, bench.effort.seconds) for bot in pair}
            one, other = came[file.pid], came[server.pid]
            speeds.append(other.per_s / one.per_s)
            costs.append(other.cpu_ms / one.cpu_ms)
    return median(speeds), median(costs)


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    key = new_key(SystemRandom())
    with bench.on_every_core(), postgres_server() as server:
        databases = Databases(server)
        for _ in range(bench.effort.rounds):
            found: dict[str, float] = {}
            for service_s in SERVICES_S:
                found |= await _sharing(bench, service_s, databases.new(), key)
            found |= await shared_overload.measure(bench.api, BOTS, database_url=databases.new(), encryption_keys=key)
            found["turn_cpu_ms"], found["turn_ms"] = await turn_ms(databases.new())
            speed, cost = await ticket(bench, databases.new(), key)
            yield found | {"ticket_per_s_ratio": speed, "ticket_cpu_ratio": cost}


async def _sharing(bench: Bench, service_s: float, url: str, key: str) -> Round:
    api, seconds = bench.api, bench.effort.sharing_s
    api.service_s = service_s
    try:
        alone = await use(api, 1, seconds)
        together = await use(api, BOTS, seconds, database_url=url, encryption_keys=key)
    finally:
        api.service_s = 0.0
    found = {
        "ratio": together.share / alone.share,
        "share": together.share,
        "share_alone": alone.share,
        "least": together.least,
        "refused": together.refused,
    }
    return {f"{name}_{1000 * service_s:.0f}ms": value for name, value in found.items()}
