"""`python -m tests.crash`: SECONDS (120) of people, kills and freezes in four worlds at a time, from SEED on.

Prints what was done, and how long it took from a kill to a true sentence. Where a rule breaks it prints the story, and
the exit code is 1. The same SEED gives the same decisions, and not the same moments.
"""

import asyncio
import os
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from random import Random

from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import FakeTicketApi
from tests.crash import rules
from tests.crash.listening import now
from tests.crash.records import log_of
from tests.crash.rounds import Rounds
from tests.crash.world import Transport, World, until
from tests.support.postgres_server import Databases, PostgresServer, postgres_server

WORLDS: tuple[tuple[str, Transport], ...] = (
    ("sqlite", "http"),
    ("postgres", "socket"),
    ("sqlite", "socket"),
    ("postgres", "http"),
)


async def in_world(name: str, seconds: float, seed: str, server: PostgresServer | None, url: str) -> Rounds:
    """People and trouble for so long, then the quiet, and what must hold after it."""
    transport: Transport = "socket" if name.endswith("socket") else "http"
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-crash-")))
        slack = await stack.enter_async_context(FakeSlack())
        api = await stack.enter_async_context(FakeTicketApi())
        url = url or f"sqlite:///{folder}/ticket-bot.db"
        world = World(name, transport, url, folder, Random(f"{seed} {name}"), slack, api, server)
        stack.callback(world.kill_all)
        rounds = Rounds(world)
        try:
            await world.start_bot()
            await world.make_slow_database()
            await rounds.play(seconds)
            await after_the_quiet(rounds)
        except (RuntimeError, TimeoutError, AssertionError) as error:
            world.problems.append(f"{type(error).__name__}: {error}")
        if world.problems:
            _print(_story(world))
        return rounds


async def after_the_quiet(rounds: Rounds) -> None:
    world, conversations = rounds.world, rounds.conversations
    rounds.quieten()
    if world.bot.has_ended:
        await world.start_bot()
    world.tell("── quiet ──")
    quiet_at = now()
    for within_s, holds, what in (
        (rules.TRUE_WITHIN_S, rules.is_true, "no true sentence"),
        (rules.END_WITHIN_S, rules.has_ended, "no end"),
    ):
        late = partial(_late, world, tuple(conversations), holds)
        await until(lambda late=late: not late(), within_s - since(quiet_at))  # type: ignore[misc]
        world.problems += [f"{case}: {what} within {within_s:g} s" for case in late()]
    found = await _found(rounds)
    while found and since(quiet_at) < rules.END_WITHIN_S:
        await asyncio.sleep(1)
        found = await _found(rounds)
    world.problems += found
    for case in conversations:
        rounds.counts[f"ended: {_ending(world, case)}"] += 1


def _late(world: World, cases: tuple[str, ...], holds: Callable[[World, str], bool]) -> list[str]:
    return [case for case in cases if not holds(world, case)]


async def _found(rounds: Rounds) -> list[str]:
    world = rounds.world
    found = [*rounds.watch.denied_too_early(), *await rules.records(world)]
    return found + [problem for one in rounds.conversations.values() for problem in rules.receipts(world, one)]


def since(moment: float) -> float:
    return now() - moment


def _ending(world: World, case: str) -> str:
    claims = rules.readable(world, case)
    order = ("done", "most likely", "gone", "request", "not done", "nothing sent", "expired")
    return next((name for name in order if name in claims), "+".join(sorted(claims)) or "nothing")


def _story(world: World) -> list[str]:
    cases = {problem.partition(":")[0] for problem in world.problems} & world.journal.cases
    lines = world.journal.lines
    wanted = (*cases, " bot", "──")
    told = [line for line in lines if not cases or any(part in line for part in wanted)]
    return [
        "",
        f"BROKEN in {world.name}:",
        *world.problems,
        "",
        *told[-300:],
        "",
        *log_of(world.bots[-4:]),
    ]


async def run(seconds: float, seed: str) -> int:
    with postgres_server() as server:
        databases = Databases(server)
        names = [(f"{database} {transport}", database == "postgres") for database, transport in WORLDS]
        _print([f"SEED={seed}, {seconds:g} s of it in {len(names)} worlds"])
        playing = [
            in_world(name, seconds, seed, server if shared else None, databases.new(empty=True) if shared else "")
            for name, shared in names
        ]
        played = await asyncio.gather(*playing)
    _print(_figures(played))
    return int(any(rounds.world.problems for rounds in played))


def _figures(played: list[Rounds]) -> list[str]:
    counts: Counter[str] = sum((rounds.counts for rounds in played), Counter())
    times = sorted(time for rounds in played for time in rounds.times)
    lines = [f"{number:7} {what}" for what, number in sorted(counts.items())]
    if times:
        p50, p95 = (times[min(int(len(times) * part), len(times) - 1)] for part in (0.5, 0.95))
        lines.append(f"from a kill to the true sentence, where Deleting… stood: p50 {p50:.1f} s, p95 {p95:.1f} s,")
        lines.append(f"longest {times[-1]:.1f} s, of {len(times)}; the start of the new process included")
    return ["", *lines]


def _print(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what it is run for


def main() -> int:
    seconds = float(os.environ.get("SECONDS") or 120)
    return asyncio.run(run(seconds, os.environ.get("SEED") or str(secrets.randbelow(2**32))))


if __name__ == "__main__":
    sys.exit(main())
