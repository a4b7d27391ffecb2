"""What counting for Prometheus adds to a command: two bots, one of which counts, in turn.

Other work on the machine makes each turn slower or faster than the last, hence many short turns; and what is counted
is measured alone, too.
"""

import time
from statistics import median

import httpx

from benchmarks.figures import AT_ONCE, throughput
from benchmarks.model import Model
from benchmarks.process import OURS, running, unused_port
from bot.api.requests import FETCH
from bot.metrics import ApiAnswer
from bot.metrics.prometheus import PrometheusMetrics
from handlers.routes import ROUTES

_SCRAPES = 50
_COUNTED = 10_000
_TRIES = 20


async def rows(api: Model, core: int | None, turns: int, seconds: float) -> list[tuple[str, str, str]]:
    """What, what came of it, what is to be reached."""
    port = unused_port()
    on: list[float] = []
    off: list[float] = []
    async with (
        running(OURS, api, core, sweeppea_concurrency=AT_ONCE) as silent,
        running(OURS, api, core, sweeppea_concurrency=AT_ONCE, metrics_port=port) as counting,
    ):
        for turn in range(turns):
            pair = [(silent, off), (counting, on)]
            for bot, found in pair if turn % 2 else pair[::-1]:
                found.append((await throughput(bot, seconds)).cpu_ms)
        cpu_s = counting.cpu_s()
        took = await _scrape(port)
        scrape_ms = (counting.cpu_s() - cpu_s) * 1000 / _SCRAPES
        memory = counting.memory_mib() - silent.memory_mib()
    ratios = [with_ / without for with_, without in zip(on, off, strict=True)]
    ratio = f"{median(off):.3f} / {median(on):.3f} ms: **{median(ratios):.3f}**"
    alone = f"{_alone_us():.1f} µs, **{_alone_us() / 1000 / median(off):.1%}**"
    return [
        (f"CPU per command without / with METRICS_PORT, {turns} turns each", ratio, "≤ 1.03"),
        ("what counts for a command, alone in a loop", alone, "≤ 3 %"),
        ("a scrape, CPU / clock; memory more", f"{scrape_ms:.1f} / {took:.1f} ms; {memory:+.1f} MiB", ""),
    ]


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
