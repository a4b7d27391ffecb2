"""The bot beside the ordinary one: commands a second, CPU, acknowledgements, a hundred people at once, the start."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Literal

from benchmarks import workload
from benchmarks.figure import context, less, more
from benchmarks.part import Bench, Round
from benchmarks.process import ORDINARY, OURS, Bot, running
from benchmarks.workload import AT_ONCE, PEOPLE, SERVICE_S

FEW = 5
Who = Literal["ordinary", "ours", "one"]  # `one`: ours, with its queue of one, as it is run
_WHOLE: dict[Who, str] = {
    "ours": f"concurrency {AT_ONCE}",
    "one": "the queue of one",
    "ordinary": "the ordinary bot",
}
_BURSTS = {"all": PEOPLE, "few": FEW}
_AT_ONCE = f"{AT_ONCE} at once, API instant"
_ACKNOWLEDGED = "acknowledgement at half of its own maximum"
_BURST = {name: f"{PEOPLE} at once for {many} tickets, API {1000 * SERVICE_S:.0f} ms" for name, many in _BURSTS.items()}

QUANTITIES = {
    "per_s_ratio": more(f"commands a second beside the ordinary bot, {_AT_ONCE}, {_WHOLE['ours']}", "×", 4.5),
    "per_s_ratio_one": more(f"the same, {_WHOLE['one']}", "×", 2.5),
    "per_s": more(f"commands a second, {_AT_ONCE}, {_WHOLE['ours']}", "/s"),
    "per_s_one": more(f"the same, {_WHOLE['one']}", "/s"),
    "per_s_ordinary": context(f"the same, {_WHOLE['ordinary']}", "/s"),
    "cpu_ratio": less(f"CPU per /ticket beside the ordinary bot, {_WHOLE['ours']}", "×", 0.22),
    "cpu_ms": less(f"CPU per /ticket, {_AT_ONCE}, {_WHOLE['ours']}", "ms"),
    "cpu_ms_one": less(f"the same, {_WHOLE['one']}", "ms"),
    "cpu_ms_ordinary": context(f"the same, {_WHOLE['ordinary']}", "ms"),
    "p50_ms": less(f"{_ACKNOWLEDGED}, p50", "ms", 1),
    "p99_ms": less(f"{_ACKNOWLEDGED}, p99", "ms", 10),
    "p50_ms_ordinary": context("the ordinary bot's, p50", "ms"),
    "p99_ms_ordinary": context("the ordinary bot's, p99", "ms"),
    "all_answered": more(f"{_BURST['all']}: answered", "", PEOPLE),
    "all_time": less("the same: until the last answer, in the API's own time", "×", 1.05),
    "all_refused": less("the same: calls refused", "", 0),
    "all_calls": less("the same: calls", ""),
    "few_answered": more(f"{_BURST['few']}: answered", "", PEOPLE),
    "few_time": less("the same: until the last answer, in the API's own time", "×", 1.1),
    "few_refused": less("the same: calls refused", "", 0),
    "few_calls": less("the same: calls", ""),
    "all_answered_ordinary": context(f"{_BURST['all']}: answered by the ordinary bot", ""),
    "all_time_ordinary": context("the same: in the API's own time", "×"),
    "all_refused_ordinary": context("the same: calls refused", ""),
    "all_calls_ordinary": context("the same: calls", ""),
    "few_answered_ordinary": context(f"{_BURST['few']}: answered by the ordinary bot", ""),
    "few_time_ordinary": context("the same: in the API's own time", "×"),
    "few_refused_ordinary": context("the same: calls refused", ""),
    "few_calls_ordinary": context("the same: calls", ""),
    "start_s": less("process start to first acknowledgement, with a ledger to make", "s", 1.6),
    "start_s_ordinary": context("the ordinary bot's", "s"),
    "busy": context("the benchmark's own share of its core meanwhile", "%"),
    "busy_ordinary": context("the same, with the ordinary bot", "%"),
}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    for _ in range(bench.effort.rounds):
        async with AsyncExitStack() as stack:
            start = stack.enter_async_context
            bots: dict[Who, Bot] = {
                "ordinary": await start(running(ORDINARY, bench.api, bench.core)),
                "ours": await start(running(OURS, bench.api, bench.core, sweeppea_concurrency=AT_ONCE)),
                "one": await start(running(OURS, bench.api, bench.core)),
            }
            found: dict[str, float] = {}
            for who, bot in bots.items():
                whose = "" if who == "ours" else f"_{who}"
                speed = await workload.throughput(bot, bench.effort.seconds)
                found |= {f"per_s{whose}": speed.per_s, f"cpu_ms{whose}": speed.cpu_ms}
                if who != "one":
                    found |= await _alone(bot, speed, bench.effort.seconds, whose)
            for who in ("one", "ordinary"):
                found |= await _bursts(bots[who], bench, "" if who == "one" else f"_{who}")
        found["per_s_ratio"] = found["per_s"] / found["per_s_ordinary"]
        found["per_s_ratio_one"] = found["per_s_one"] / found["per_s_ordinary"]
        found["cpu_ratio"] = found["cpu_ms"] / found["cpu_ms_ordinary"]
        yield found


async def _alone(bot: Bot, speed: workload.Throughput, seconds: float, whose: str) -> Round:
    p50, p99 = await workload.acknowledgements(bot, speed.per_s / 2, seconds)
    values = {
        "busy": 100 * speed.busy,
        "p50_ms": p50,
        "p99_ms": p99,
        "start_s": bot.start_s,
    }
    return {f"{name}{whose}": value for name, value in values.items()}


async def _bursts(bot: Bot, bench: Bench, whose: str) -> Round:
    found: dict[str, float] = {}
    for name, different in _BURSTS.items():
        came = await workload.burst(bot, bench.api, different)
        found |= {
            f"{name}_answered{whose}": came.answered,
            f"{name}_time{whose}": came.share,
            f"{name}_refused{whose}": came.refused,
            f"{name}_calls{whose}": came.calls,
        }
    return found
