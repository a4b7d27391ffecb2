"""Memory when idle, after the first commands, and what comes on top of that over many more.

A first start makes the ledger's tables, and keeps what that imports: more than any later one.
"""

from collections.abc import AsyncGenerator
from tempfile import TemporaryDirectory

from benchmarks import workload
from benchmarks.figure import context, less
from benchmarks.part import Bench, Round
from benchmarks.process import ORDINARY, OURS, running
from benchmarks.workload import AT_ONCE, WARM_UP

QUANTITIES = {
    "idle_mib": less("resident, idle, with a ledger that is there", "MiB", 80),
    "warm_mib": less(f"after {WARM_UP:,} commands", "MiB"),
    "growth_mib": less("what comes on top over more commands, as many as the next line says", "MiB", 3),
    "commands": context("commands meanwhile", ""),
    "idle_mib_first": less("resident, idle, after a first start", "MiB"),
    "idle_mib_ordinary": context("the ordinary bot, idle", "MiB"),
    "warm_mib_ordinary": context(f"after {WARM_UP:,} commands", "MiB"),
    "growth_mib_ordinary": context("what comes on top, over as many as the next line says", "MiB"),
    "commands_ordinary": context("commands meanwhile", ""),
}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    effort = bench.effort
    for _ in range(effort.rounds):
        async with running(ORDINARY, bench.api, bench.core) as bot:
            theirs = await workload.growth(bot, effort.commands // 10, effort.memory_s)
        with TemporaryDirectory() as folder:
            settings = {"sweeppea_concurrency": AT_ONCE, "database_url": f"sqlite:///{folder}/ticket-bot.db"}
            async with running(OURS, bench.api, bench.core, **settings) as bot:
                first = bot.memory_mib()
            async with running(OURS, bench.api, bench.core, **settings) as bot:
                ours = await workload.growth(bot, effort.commands, effort.memory_s)
        found: dict[str, float] = {"idle_mib_first": first}
        for whose, came in (("", ours), ("_ordinary", theirs)):
            found |= {
                f"idle_mib{whose}": came.idle,
                f"warm_mib{whose}": came.warm,
                f"growth_mib{whose}": came.growth,
                f"commands{whose}": came.commands,
            }
        yield found
