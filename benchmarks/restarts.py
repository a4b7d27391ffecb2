"""From `kill -9` and a restart to the true sentence.

With an empty ledger and with a million ended rows, in turn, on SQLite. The bot is killed while the ticket API works on
the deletion, and is started again at once.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.figure import context, less
from benchmarks.ledger import MANY, fill
from benchmarks.part import Bench, Round
from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import FakeTicketApi, Fault
from tests.crash.figures import Load
from tests.crash.listening import DELETE, now
from tests.crash.records import path_of
from tests.crash.world import ALICE, MEMBER, World, last_of, until

_RECORDS = {"done", "most likely"}


QUANTITIES = {
    "truth_s": less("from kill -9 to the true sentence, median", "s"),
    "truth_longest_s": less("the same, the longest of a round", "s", 10),
    "ready_s": less("of that, until the new process serves, median", "s"),
    "ready_longest_s": less("the same, the longest of a round", "s"),
    "truth_s_million": less("from kill -9 to the true sentence with a million ended rows, median", "s"),
    "truth_longest_s_million": less("the same, the longest of a round", "s", 10),
    "ready_s_million": less("of that, until the new process serves, median", "s"),
    "ready_longest_s_million": less("the same, the longest of a round", "s"),
    "truth_ratio": less("to the true sentence, with a million rows beside without, median", "×", 1.1),
    "busy": context("processors in use meanwhile", "%"),
}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    async with AsyncExitStack() as stack:
        stack.enter_context(bench.on_every_core())
        worlds = {whose: await _world(stack, whose) for whose in ("", "_million")}
        for world in worlds.values():
            (await world.start_bot()).kill()  # the tables are made
        fill(Path(path_of(worlds["_million"].database_url)), MANY)
        for world in worlds.values():
            await world.start_bot()
        for _ in range(bench.effort.rounds):
            yield await _round(worlds, bench.effort.restarts)


async def _round(worlds: dict[str, World], times: int) -> Round:
    """Both take turns."""
    load = Load()
    load.sample()
    truth: dict[str, list[float]] = {whose: [] for whose in worlds}
    ready: dict[str, list[float]] = {whose: [] for whose in worlds}
    for _ in range(times):
        for whose, world in worlds.items():
            killed_at, ready_at, true_at = await _restart(world)
            truth[whose].append(true_at - killed_at)
            ready[whose].append(ready_at - killed_at)
    load.sample()
    found = {"busy": 100 * load.share(), "truth_ratio": median(truth["_million"]) / median(truth[""])}
    for name, times_s in (("truth", truth), ("ready", ready)):
        for whose, values in times_s.items():
            found[f"{name}_s{whose}"] = median(values)
            found[f"{name}_longest_s{whose}"] = max(values)
    return found


async def _world(stack: AsyncExitStack, name: str) -> World:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-restarts-")))
    slack = await stack.enter_async_context(FakeSlack())
    api = await stack.enter_async_context(FakeTicketApi())
    world = World(name or "empty", "http", f"sqlite:///{folder}/ticket-bot.db", folder, Random(0), slack, api)  # noqa: S311
    stack.callback(world.kill_all)
    return world


async def _restart(world: World) -> tuple[float, float, float]:
    """When it was killed, when the new one was ready, and when people could read how it ended."""
    case, answer = world.open_ticket(), asyncio.Event()
    await world.slack.command(ALICE, "/ticket-delete", case, MEMBER)
    await _comes(lambda: last_of(world, case))
    request = last_of(world, case)
    assert request  # noqa: S101
    before = len(world.ticket_api.calls(DELETE))
    world.ticket_api.fail(DELETE, Fault(until=answer))
    await world.slack.click(ALICE, request.posted, "Delete")
    await _comes(lambda: len(world.ticket_api.calls(DELETE)) > before)
    world.bot.kill()
    killed_at = now()
    answer.set()
    await world.start_bot()
    ready_at = now()
    await _comes(lambda: (last := last_of(world, case)) and last.claims & _RECORDS)
    last = last_of(world, case)
    assert last  # noqa: S101 - so that mypy knows
    return killed_at, ready_at, last.at


async def _comes(condition: Callable[[], object]) -> None:
    if not await until(condition):
        raise RuntimeError("the bot did not get that far")
