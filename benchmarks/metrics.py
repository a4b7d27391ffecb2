"""What counting for Prometheus adds to a command: two bots, one of which counts, in turn.

Other work on the machine makes each turn slower or faster than the last, hence many short turns, and the least beside
the median.
"""

import time
from statistics import median

import httpx

from benchmarks.figures import AT_ONCE, throughput
from benchmarks.model import Model
from benchmarks.process import OURS, running, unused_port

_SCRAPES = 50


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
    figures = f"{median(off):.3f} / {median(on):.3f} ms, least {min(off):.3f} / {min(on):.3f}"
    ratio = f"**{median(ratios):.3f}** (least {min(on) / min(off):.3f})"
    return [
        (f"CPU per command without / with METRICS_PORT, {turns} turns each", f"{figures}: {ratio}", "≤ 1.03"),
        ("a scrape, CPU / clock; memory more", f"{scrape_ms:.1f} / {took:.1f} ms; {memory:+.1f} MiB", ""),
    ]


async def _scrape(port: int) -> float:
    """Milliseconds each, median."""
    took = []
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(_SCRAPES):
            began = time.perf_counter()
            (await client.get(f"http://127.0.0.1:{port}/metrics")).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return median(took)
