"""`python -m tests.cluster`: SECONDS (40) of people and trouble over HTTP, then over Socket Mode, from SEED on.

Prints what was done, and figures. Where a rule breaks it prints the story, and the exit code is 1. The same SEED gives
the same decisions, and not the same moments. TRANSPORT is http or socket for one of the two alone, BOT the folder of
another copy of the bot, PLANT a fault for one (tests.cluster.plants), LOG a file for all that happened.
"""

import asyncio
import logging
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bot.sandbox.slack_socket import SocketConnection
from bot.sandbox.ticket_api import FakeTicketApi
from tests.cluster.cluster import OWNERS, SLOTS, Cluster
from tests.cluster.figures import Crowd, lines
from tests.cluster.network import Network, network
from tests.cluster.people import People
from tests.cluster.plants import planted
from tests.cluster.rules import (
    asked_once,
    cancelled_for_good,
    handed_over,
    overlaps,
    owners,
    receipts,
    sent_while_stopping,
    taken_away,
)
from tests.cluster.scene import postgres_restarted_in_a_slow_deletion, stopped_in_a_slow_deletion
from tests.cluster.slack import ClusterSlack
from tests.cluster.story import story
from tests.cluster.trouble import Makers
from tests.crash import rules
from tests.crash.bot import ROOT
from tests.crash.figures import END_WITHIN_S, TOO_BUSY, TRUE_WITHIN_S, Load
from tests.crash.listening import now
from tests.crash.records import kept
from tests.crash.story import timeline
from tests.crash.world import Transport, until
from tests.support.ledgers import upgrade
from tests.support.postgres_server import Databases, PostgresServer, postgres_server

_REACHED_S = 10.0
_HEARTBEAT_S = 4.0
TRANSPORTS: tuple[Transport, ...] = ("http", "socket")


@dataclass
class Stage:
    """Where a cluster plays: a network, and a PostgreSQL of its own that is restarted."""

    transport: Transport
    network: Network
    postgres: PostgresServer


@dataclass(frozen=True)
class Run:
    """`root` has the copy of the bot that runs."""

    seconds: float
    seed: str
    root: Path
    load: Load = field(default_factory=Load)


@asynccontextmanager
async def cluster_on(stage: Stage, run: Run, slots: int = SLOTS) -> AsyncIterator[Cluster]:
    """So many processes at work; they have ended afterwards."""
    random = Random(f"{run.seed} {stage.transport}")
    host = stage.network.outside
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-cluster-")))
        is_socket, socket = stage.transport == "socket", SocketConnection(_HEARTBEAT_S)
        slack = await stack.enter_async_context(
            ClusterSlack(host=host, random=random, is_socket=is_socket, socket=socket)
        )
        api = await stack.enter_async_context(FakeTicketApi(host=host))
        url = Databases(stage.postgres).new(empty=True)
        await upgrade(url)
        stage.postgres.sql(OWNERS, url.rpartition("/")[2])
        cluster = Cluster(
            stage.transport, stage.transport, url, folder, random, slack, api,
            network=stage.network, postgres=stage.postgres, root=run.root,
        )  # fmt: skip
        stack.push_async_callback(stage.network.leave)
        stack.callback(cluster.kill_all)
        watching = asyncio.create_task(slack.balancer.watch())
        stack.callback(watching.cancel)
        await asyncio.gather(*(cluster.start(slot) for slot in range(slots)))
        if not await until(cluster.is_reachable, _REACHED_S):
            raise RuntimeError("Slack does not reach all of the processes")
        yield cluster


async def play(stage: Stage, run: Run, is_quiet: asyncio.Event) -> list[str]:
    """What broke. `is_quiet` is set once the trouble is over and the conversations come to their ends."""
    try:
        async with cluster_on(stage, run) as cluster:
            people, makers, crowd = People(cluster, run.seconds), Makers(cluster, run.seconds), Crowd(cluster)
            try:
                await asyncio.gather(people.live(), makers.make())
                is_quiet.set()
                await after_the_quiet(cluster, people, crowd, run.load)
            except Exception as error:  # noqa: BLE001 - whatever it was, its story is wanted
                cluster.problems.append(f"{type(error).__name__}: {error}")
            cluster.counts += people.counts
            taken = await owners(cluster)
            _print(["", f"{cluster.name}:", *lines(cluster, taken, run.load, people.waits, crowd)])
            if log := os.environ.get("LOG"):
                write(Path(log), timeline(cluster, set()))
            if cluster.problems:
                _print(story(cluster, run.seed))
            return cluster.problems
    finally:
        is_quiet.set()


async def after_the_quiet(cluster: Cluster, people: People, crowd: Crowd, load: Load) -> None:
    cluster.ticket_api.heal()
    cluster.tell("── quiet ──")
    quiet_at = now()
    await _come(cluster, load, quiet_at, rules.is_true, TRUE_WITHIN_S)
    await crowd.look(people.told)
    await postgres_restarted_in_a_slow_deletion(cluster)
    await stopped_in_a_slow_deletion(cluster)
    await see_to_the_end(cluster, people, load, quiet_at)


async def see_to_the_end(cluster: Cluster, people: People, load: Load, quiet_at: float) -> None:
    """Of each conversation; then what must hold across the processes, and of the records."""
    await _come(cluster, load, quiet_at, rules.has_ended, END_WITHIN_S)
    found = await _found(cluster, people)
    while found and now() - quiet_at < END_WITHIN_S:
        await asyncio.sleep(1)
        found = await _found(cluster, people)
    taken = await owners(cluster)
    cluster.problems += [*found, *overlaps(cluster), *asked_once(cluster), *await cancelled_for_good(cluster)]
    cluster.problems += [*taken_away(cluster, taken), *handed_over(cluster, taken), *sent_while_stopping(cluster)]


async def _come(cluster: Cluster, load: Load, quiet_at: float, holds: rules.Rule, within_s: float) -> None:
    """Each conversation comes to that, and within that time where the machine has any."""
    what = "a true sentence" if holds is rules.is_true else "its end"

    def late() -> list[str]:
        return [case for case in cluster.conversations if not holds(cluster, case)]

    left_s = within_s - (now() - quiet_at)
    if not await until(lambda: not late(), left_s) and load.busy(quiet_at, now()) < TOO_BUSY:
        cluster.problems += [f"{case}: {what} did not come within {within_s:g} s" for case in late()]
    elif late():
        await until(lambda: not late())
        cluster.problems += [f"{case}: {what} never came" for case in late()]


async def _found(cluster: Cluster, people: People) -> list[str]:
    return [
        *people.watch.denied_too_early(),
        *await rules.records(cluster),
        *receipts(cluster, await kept(cluster.database_url)),
    ]


async def play_all(stages: list[Stage], run: Run) -> int:
    """The exit code. One stage begins when the one before has become quiet."""
    sampling = asyncio.create_task(run.load.run())
    playing = []
    for stage in stages:
        is_quiet = asyncio.Event()
        playing.append(asyncio.create_task(play(stage, run, is_quiet)))
        await is_quiet.wait()
    broken = await asyncio.gather(*playing)
    sampling.cancel()
    _print([f"BROKEN, SEED={run.seed}: {problem}" for problems in broken for problem in problems])
    return int(any(broken))


def write(path: Path, lines: Iterable[str]) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def _print(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what it is run for


def main() -> int:
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # the fakes' words about a bot that was killed
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
        return asyncio.run(play_all(stages, Run(seconds, seed, root)))


if __name__ == "__main__":
    sys.exit(main())
