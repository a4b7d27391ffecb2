"""`python -m tests.crash.restarts [TIMES]`: from `kill -9` to the true sentence, for benchmarks/README.md.

With an empty ledger and with a million ended rows, in turn, on SQLite. The bot is killed while the ticket API works on
the deletion, and is started again at once.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from benchmarks.ledger import MANY, fill
from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import FakeTicketApi, Fault
from tests.crash.figures import Load, Span, describe
from tests.crash.listening import DELETE, now
from tests.crash.records import path_of
from tests.crash.world import ALICE, MEMBER, World, last_of, until

TIMES = 20
_MANY = "a million ended rows"
_RECORDS = {"done", "most likely"}


async def measure(times: int) -> list[str]:
    load = Load()
    told: dict[str, list[Span]] = {}
    started: dict[str, list[Span]] = {}
    load.sample()
    async with AsyncExitStack() as stack:
        worlds = {name: await _world(stack, name) for name in ("empty", _MANY)}
        for name, world in worlds.items():
            (await world.start_bot()).kill()  # the tables are made
            told[name], started[name] = [], []
        fill(Path(path_of(worlds[_MANY].database_url)), MANY)
        for world in worlds.values():
            await world.start_bot()
        for _ in range(times):
            for name, world in worlds.items():
                killed_at, ready_at, true_at = await _restart(world)
                told[name].append((killed_at, true_at))
                started[name].append((killed_at, ready_at))
        load.sample()
    share = f"{load.share():.0%} of the processors in use"
    lines = [describe(f"{name}, to the true sentence", spans) for name, spans in told.items()]
    return [*lines, *(describe(f"{name}, until it serves again", spans) for name, spans in started.items()), share]


async def _world(stack: AsyncExitStack, name: str) -> World:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-restarts-")))
    slack = await stack.enter_async_context(FakeSlack())
    api = await stack.enter_async_context(FakeTicketApi())
    world = World(name, "http", f"sqlite:///{folder}/ticket-bot.db", folder, Random(0), slack, api)
    stack.callback(world.kill_all)
    return world


async def _restart(world: World) -> tuple[float, float, float]:
    """When it was killed, when the new one was ready, and when people could read how it ended."""
    case, answer = world.open_ticket(), asyncio.Event()
    await world.slack.command(ALICE, "/ticket-delete", case, MEMBER)
    await _comes(lambda: last_of(world, case))
    request = last_of(world, case)
    assert request
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
    assert last
    return killed_at, ready_at, last.at


async def _comes(condition: Callable[[], object]) -> None:
    assert await until(condition), "the bot did not get that far"


if __name__ == "__main__":
    print(*asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES)), sep="\n")  # noqa: T201 - its purpose
