"""`python -m tests.crash`: SECONDS (120) of people, kills and freezes in four worlds at a time, from SEED on.

Prints what was done, where it hit, and how long it took. Where a rule breaks it prints the story, and the exit code
is 1. The same SEED gives the same decisions, and not the same moments.
"""

import asyncio
import logging
import os
import secrets
import sys
import tempfile
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import FakeTicketApi
from tests.crash import figures, rules
from tests.crash.bot import PATIENCE_S
from tests.crash.figures import Figures, Load
from tests.crash.listening import now
from tests.crash.plan import plans
from tests.crash.records import kept
from tests.crash.rounds import Rounds
from tests.crash.story import story
from tests.crash.world import Transport, World, until
from tests.support.postgres_server import Databases, postgres_server

WORLDS: tuple[tuple[str, Transport], ...] = (
    ("sqlite", "http"),
    ("postgres", "socket"),
    ("sqlite", "socket"),
    ("postgres", "http"),
)


@dataclass(frozen=True)
class Run:
    seconds: float
    seed: str
    load: Load = field(default_factory=Load)


async def in_world(run: Run, database: str, transport: Transport, url: str) -> Rounds:
    """People and trouble for so long, then the quiet, and what must hold after it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-crash-")))
        slack = await stack.enter_async_context(FakeSlack())
        api = await stack.enter_async_context(FakeTicketApi())
        counted = Figures(database, transport)
        url = url or f"sqlite:///{folder}/ticket-bot.db"
        world = World(counted.name, transport, url, folder, Random(f"{run.seed} {counted.name}"), slack, api)
        stack.callback(world.kill_all)
        rounds = Rounds(world, counted, plans(run.seed, database, transport))
        try:
            await world.start_bot()
            await world.make_slow_database()
            await rounds.play(run.seconds)
            if not world.problems:
                await after_the_quiet(rounds)
        except Exception as error:  # noqa: BLE001 - whatever it was, its story is wanted
            world.problems.append(f"{type(error).__name__}: {error}")
        world.problems += figures.too_slow(counted, run.load)
        if world.problems:
            _print(story(world, run.seed))
        return rounds


async def after_the_quiet(rounds: Rounds) -> None:
    world, counted = rounds.world, rounds.figures
    rounds.quieten()
    if world.bot.has_ended:
        await world.start_bot()
    world.tell("── quiet ──")
    quiet_at = now()
    for holds, figure, problem in (
        (rules.is_true, "from the quiet to true sentences alone", "no true sentence ever came"),
        (rules.has_ended, "from the quiet to all ends", "it never ended"),
    ):
        late = partial(_late, rounds, holds)
        await until(lambda late=late: not late())  # type: ignore[misc]
        counted.took(figure, quiet_at, now())
        world.problems += [f"{case}: {problem}" for case in late()]
    found = await _found(rounds)
    while found and now() - quiet_at < PATIENCE_S:
        await asyncio.sleep(1)
        found = await _found(rounds)
    world.problems += found
    counted.counts["deleted"] = len(world.journal.done_at)
    for case in rounds.conversations:
        counted.counts["receipts"] += len(rules.receipts_of(world, case))
        counted.counts[f"ended: {_ending(world, case)}"] += 1
    if not world.journal.done_at:
        world.problems.append("nothing was ever deleted")


def _late(rounds: Rounds, holds: rules.Rule) -> list[str]:
    return [case for case in rounds.conversations if not holds(rounds.world, case)]


async def _found(rounds: Rounds) -> list[str]:
    world = rounds.world
    found = [*rounds.watch.denied_too_early(), *await rules.records(world)]
    not_sent = await kept(world.database_url)
    return found + [problem for case in rounds.conversations for problem in rules.receipts(world, case, not_sent)]


def _ending(world: World, case: str) -> str:
    claims: frozenset[str] = frozenset().union(*rules.readable(world, case))
    order = ("done", "most likely", "gone", "request", "not done", "nothing sent", "expired")
    return next((name for name in order if name in claims), "+".join(sorted(claims)) or "nothing")


async def play(run: Run) -> int:
    """The exit code."""
    sampling = asyncio.create_task(run.load.run())
    _print([f"SEED={run.seed}, {run.seconds:g} s of it in {len(WORLDS)} worlds"])
    with postgres_server() as server:
        databases = Databases(server)
        urls = [databases.new(empty=True) if database == "postgres" else "" for database, _ in WORLDS]
        played = await asyncio.gather(*(in_world(run, *of, url) for of, url in zip(WORLDS, urls, strict=True)))
    sampling.cancel()
    _print(["", *figures.lines([rounds.figures for rounds in played], run.load)])
    broken = [rounds.world for rounds in played if rounds.world.problems]
    _print([f"BROKEN, SEED={run.seed}: {world.name}: {problem}" for world in broken for problem in world.problems])
    return int(bool(broken))


def _print(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what it is run for


def main() -> int:
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # the fakes' words about a bot that was killed
    seconds = float(os.environ.get("SECONDS") or 120)
    return asyncio.run(play(Run(seconds, os.environ.get("SEED") or str(secrets.randbelow(2**32)))))


if __name__ == "__main__":
    sys.exit(main())
