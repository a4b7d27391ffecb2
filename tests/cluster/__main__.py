"""`python -m tests.cluster`: SECONDS (40) of people and trouble over HTTP, then over Socket Mode, from SEED on.

Prints what was done, and figures. Where a rule breaks it prints the story, and the exit code is 1. The same SEED gives
the same decisions, and not the same moments. TRANSPORT is http or socket for one of the two alone, BOT the folder of
another copy of the bot, PLANT a fault for one (tests.cluster.plants), LOG a file for all that happened.
"""

import asyncio
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from bot.sandbox.ticket_api import FakeTicketApi
from tests.cluster import figures
from tests.cluster.cluster import OWNERS, SLOTS, Cluster
from tests.cluster.network import Network, network
from tests.cluster.people import People
from tests.cluster.plants import planted
from tests.cluster.rules import (
    Owner,
    asked_once,
    handed_over,
    may_lack,
    overlaps,
    owners,
    receipts,
    sent_while_stopping,
    taken_away,
)
from tests.cluster.scene import stopped_in_a_slow_deletion
from tests.cluster.slack import ClusterSlack
from tests.cluster.story import everything, story
from tests.cluster.trouble import Makers
from tests.crash import rules
from tests.crash.bot import ROOT
from tests.crash.listening import now
from tests.crash.world import Transport, until
from tests.support.ledgers import upgrade
from tests.support.postgres_server import Databases, PostgresServer, postgres_server

_END_S = rules.END_WITHIN_S
_REACHED_S = 10.0
TRANSPORTS: tuple[Transport, ...] = ("http", "socket")


@dataclass
class Stage:
    """Where a cluster plays: a network, and a PostgreSQL of its own that is restarted."""

    transport: Transport
    network: Network
    postgres: PostgresServer


@asynccontextmanager
async def cluster_on(stage: Stage, seed: str, root: Path) -> AsyncIterator[Cluster]:
    """Three processes at work; they have ended afterwards."""
    random = Random(f"{seed} {stage.transport}")
    host = stage.network.outside
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-cluster-")))
        is_socket = stage.transport == "socket"
        slack = await stack.enter_async_context(ClusterSlack(host=host, random=random, is_socket=is_socket))
        api = await stack.enter_async_context(FakeTicketApi(host=host))
        url = Databases(stage.postgres).new(empty=True)
        await upgrade(url)
        stage.postgres.sql(OWNERS, url.rpartition("/")[2])
        cluster = Cluster(
            stage.transport, stage.transport, url, folder, random, slack, api, stage.postgres,
            network=stage.network, root=root,
        )  # fmt: skip
        stack.push_async_callback(stage.network.leave)
        stack.callback(cluster.kill_all)
        watching = asyncio.create_task(slack.balancer.watch())
        stack.callback(watching.cancel)
        await asyncio.gather(*(cluster.start(slot) for slot in range(SLOTS)))
        if not await until(cluster.is_reachable, _REACHED_S):
            raise RuntimeError("Slack does not reach all of the processes")
        yield cluster


async def play(stage: Stage, seconds: float, seed: str, root: Path, is_quiet: asyncio.Event) -> list[str]:
    """What broke. `is_quiet` is set once the trouble is over and the conversations come to their ends."""
    lateness = figures.Lateness()
    try:
        async with cluster_on(stage, seed, root) as cluster:
            people, makers = People(cluster, seconds), Makers(cluster, seconds)
            cluster.journal.began = began = now()
            measuring = asyncio.create_task(lateness.measure())
            try:
                await asyncio.gather(people.live(), makers.make())
            finally:
                measuring.cancel()
            played_s = now() - began
            is_quiet.set()
            crowd = figures.Crowd(cluster)
            await crowd.look(people.told)
            await stopped_in_a_slow_deletion(cluster)
            taken = await after_the_quiet(cluster, people)
            cluster.counts += people.counts
            _print(["", f"{cluster.name}:", *figures.lines(cluster, taken, lateness, people.waits, crowd)])
            _print([f"played for {played_s:.0f} s, at its end {now() - began - played_s:.0f} s later"])
            if log := os.environ.get("LOG"):
                write(Path(log), everything(cluster))
            if cluster.problems:
                _print(story(cluster))
            return cluster.problems
    finally:
        is_quiet.set()


async def after_the_quiet(cluster: Cluster, people: People) -> list[Owner]:
    cluster.ticket_api.heal()
    cluster.tell("── quiet ──")
    quiet_at = now()
    for within_s, holds, what in (
        (rules.TRUE_WITHIN_S, rules.is_true, "no true sentence"),
        (_END_S, rules.has_ended, "no end"),
    ):
        late = partial(_late, cluster, holds)
        await until(lambda late=late: not late(), within_s - (now() - quiet_at))  # type: ignore[misc]
        cluster.problems += [f"{case}: {what} within {within_s:g} s" for case in late()]
    found = await _found(cluster, people)
    while found and now() - quiet_at < _END_S:
        await asyncio.sleep(1)
        found = await _found(cluster, people)
    taken = await owners(cluster)
    cluster.problems += [*found, *overlaps(cluster), *asked_once(cluster), *taken_away(cluster, taken)]
    cluster.problems += [*handed_over(cluster, taken), *sent_while_stopping(cluster)]
    return taken


def _late(cluster: Cluster, holds: object) -> list[str]:
    return [case for case in cluster.conversations if not holds(cluster, case)]  # type: ignore[operator]


async def _found(cluster: Cluster, people: People) -> list[str]:
    found = [*people.watch.denied_too_early(), *await rules.records(cluster, partial(may_lack, cluster))]
    return found + list(receipts(cluster))


async def run(stages: list[Stage], seconds: float, seed: str, root: Path) -> int:
    """One begins when the one before has become quiet."""
    playing = []
    for stage in stages:
        is_quiet = asyncio.Event()
        playing.append(asyncio.create_task(play(stage, seconds, seed, root, is_quiet)))
        await is_quiet.wait()
    return int(any(await asyncio.gather(*playing)))


def write(path: Path, lines: Iterable[str]) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def _print(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what it is run for


def main() -> int:
    seconds = float(os.environ.get("SECONDS") or 40)
    seed = os.environ.get("SEED") or str(secrets.randbelow(2**32))
    with ExitStack() as stack:
        root = Path(os.environ.get("BOT") or ROOT).resolve()
        if plant := os.environ.get("PLANT"):
            root = planted(plant, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-planted-"))))
        stages = []
        for transport in TRANSPORTS:
            if os.environ.get("TRANSPORT", transport) != transport:
                continue
            own = stack.enter_context(network())
            stages.append(Stage(transport, own, stack.enter_context(postgres_server(host=own.outside))))
        how = "a network namespace" if stages[0].network.within else "a relay"
        played = ", then over ".join(stage.transport for stage in stages)
        _print([f"SEED={seed}, {seconds:g} s of it over {played}; {how}"])
        return asyncio.run(run(stages, seconds, seed, root))


if __name__ == "__main__":
    sys.exit(main())
