"""What counting for Prometheus adds to a command: two bots, one of which counts, in turn.

Other work on the machine makes each turn slower or faster than the last, hence many short turns; and what is counted
is measured alone, too.
"""

import time
from collections.abc import AsyncGenerator
from statistics import median

import httpx

from benchmarks.figure import context, less
from benchmarks.part import Bench, Round
from benchmarks.process import OURS, running
from benchmarks.workload import AT_ONCE, throughput
from bot.api.requests import FETCH
from bot.metrics import ApiAnswer
from bot.metrics.prometheus import PrometheusMetrics
from handlers.routes import ROUTES
from tests.support.ports import free_port

_SCRAPES = 50
_COUNTED = 10_000
_TRIES = 20


QUANTITIES = {
    "ratio": less("CPU per /ticket with METRICS_PORT beside without, pairs in turn", "×", 1.03),
    "off_ms": context("CPU per /ticket without", "ms"),
    "on_ms": less("CPU per /ticket with it", "ms"),
    "alone_us": less("what counts for a /ticket, alone in a loop", "µs"),
    "alone_percent": less("that, of the CPU of a /ticket without", "%", 3),
    "scrape_cpu_ms": less("a scrape, CPU", "ms"),
    "scrape_ms": less("a scrape, by the clock", "ms"),
    "memory_mib": less("memory on top", "MiB"),
}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    for _ in range(bench.effort.rounds):
        yield await _round(bench)


async def _round(bench: Bench) -> Round:
    api, core, port = bench.api, bench.core, free_port()
    on: list[float] = []
    off: list[float] = []
    async with (
        running(OURS, api, core, sweeppea_concurrency=AT_ONCE) as silent,
        running(OURS, api, core, sweeppea_concurrency=AT_ONCE, metrics_port=port) as counting,
    ):
        for bot in (silent, counting):
            await throughput(bot, bench.effort.seconds)  # a bot's first seconds cost more than any later ones
        for turn in range(bench.effort.turns):
            pair = [(silent, off), (counting, on)]
            for bot, found in pair if turn % 2 else pair[::-1]:
                found.append((await throughput(bot, bench.effort.seconds)).cpu_ms)
        cpu_s = counting.cpu_s()
        took = await _scrape(port)
        scrape_ms = (counting.cpu_s() - cpu_s) * 1000 / _SCRAPES
        memory = counting.memory_mib() - silent.memory_mib()
    alone_us = _alone_us()
    return {
        "ratio": median(with_ / without for with_, without in zip(on, off, strict=True)),
        "off_ms": median(off),
        "on_ms": median(on),
        "alone_us": alone_us,
        "alone_percent": alone_us / 10 / median(off),
        "scrape_cpu_ms": scrape_ms,
        "scrape_ms": took,
        "memory_mib": memory,
    }


def _alone_us() -> float:
    """What a `/ticket` counts, the least of some tries: other work makes them slower, and nothing makes them faster."""
    counted, answer = PrometheusMetrics(ROUTES, {}, 0.0), ApiAnswer("api", "200", is_served=True)

    def try_s() -> float:
        began = time.process_time()
        for _ in range(_COUNTED):
            counted.acknowledged(0.001)
            counted.api_request(FETCH, answer, 0.05)
            counted.handled("/ticket", "answered", 0.2, is_answered=True)
        return time.process_time() - began

    return min(try_s() for _ in range(_TRIES)) / _COUNTED * 1e6


async def _scrape(port: int) -> float:
    """Milliseconds each, median."""
    took = []
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(_SCRAPES):
            began = time.perf_counter()
            (await client.get(f"http://127.0.0.1:{port}/metrics")).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return median(took)
