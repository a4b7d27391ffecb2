"""Three bots on one PostgreSQL that are asked for more than the ticket API can serve, beside one bot on SQLite.

What each process promises is a guess from its own turns: whether all of it together is kept.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from benchmarks.figure import Quantity, less, more
from benchmarks.load import Command
from benchmarks.model import Model
from benchmarks.overload import CREW, SERVICE_S, crew
from benchmarks.part import Round
from benchmarks.process import OURS, running

LOAD = 1.75  # times what the API can serve
SECONDS = 12.0  # so that the first are turned away after some 9 s
DEADLINE_S = 20.0
AT_ONCE_S = 1.0


def quantities(bots: int) -> dict[str, Quantity]:
    return {
        **_quantities("together", f"{LOAD} x, {CREW} people, {bots} bots"),
        **_quantities("one", f"{LOAD} x, {CREW} people, one bot"),
    }


def _quantities(name: str, what: str) -> dict[str, Quantity]:
    return {
        f"{name}_used": more(f"{what}: the API's time that is used until the last answer", "×", 0.95),
        f"{name}_served": more("the same: of what was asked, served within the deadline", "×"),
        f"{name}_no_at_once": less("the same: turned away within a second", "×"),
        f"{name}_no_late": less("the same: turned away after waiting longer, or served too late", "×", 0.01),
        f"{name}_silent": less("the same: without an answer", "", 0),
        f"{name}_wait_p95_s": less("the same: waits of those who were served, p95", "s", 8),
        f"{name}_least": more("the same: the least bot's part of what it should have", "×", 0.9),
        f"{name}_refused": less("the same: calls refused as overlapping", "", 0),
    }


async def measure(api: Model, bots: int, **settings: object) -> Round:
    """`settings` are for the bots that work together."""
    api.service_s = SERVICE_S
    try:
        one = await _overload(api, 1)
        together = await _overload(api, bots, **settings)
    finally:
        api.service_s, api.strict = 0.0, False
    return {f"{name}_{key}": value for name, found in (("together", together), ("one", one)) for key, value in found}


async def _overload(api: Model, bots: int, **settings: object) -> list[tuple[str, float]]:
    """A load balancer gives each bot its part of everybody's commands."""
    async with AsyncExitStack() as stack:
        made = [await stack.enter_async_context(running(OURS, api, None, **settings)) for _ in range(bots)]
        for bot in made:
            await bot.slack.connect(100 // bots)
        api.strict = True
        served_s, refused = api.served_s, api.refused
        rate = LOAD / SERVICE_S / bots
        loops = [bot.slack.open_loop(rate, SECONDS, _person(number, bots)) for number, bot in enumerate(made)]
        came = await asyncio.gather(*loops)
        api.strict = False
    every = [command for commands in came for command in commands]
    asked_s = max(command.answered_at or 0 for command in every) - min(command.sent_at for command in every)
    return [
        ("used", (api.served_s - served_s) / asked_s),
        *_answers(every, sent=bots * int(rate * SECONDS)),
        ("least", _least([sum(command.has_ticket for command in commands) for commands in came])),
        ("refused", api.refused - refused),
    ]


def _person(number: int, bots: int) -> Callable[[int], str]:
    return lambda nth: crew(nth * bots + number)


def _answers(commands: Sequence[Command], sent: int) -> list[tuple[str, float]]:
    waited = [(command.answered_at - command.sent_at, command) for command in commands if command.answered_at]
    served = sorted(wait_s for wait_s, command in waited if command.has_ticket and wait_s <= DEADLINE_S)
    at_once = sum(not command.has_ticket and wait_s <= AT_ONCE_S for wait_s, command in waited)
    return [
        ("served", len(served) / sent),
        ("no_at_once", at_once / sent),
        ("no_late", (len(waited) - len(served) - at_once) / sent),
        ("silent", sent - len(waited)),
        ("wait_p95_s", served[int(0.95 * len(served))]),
    ]


def _least(each: Sequence[int]) -> float:
    return min(each) * len(each) / sum(each)
