"""`python -m tests.soak`: one bot under a steady load with faults for SECONDS (3600), then what grew.

DATABASE is sqlite or postgres, BOT the folder of another copy of the bot, FOLDER where the log and the database stay.
The exit code is 1 where something grows, is left unfinished, or stands in the log and should not.
"""

import asyncio
import logging
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import FakeTicketApi
from tests.crash.bot import ROOT
from tests.crash.listening import DELETE, now
from tests.crash.records import rows
from tests.soak.judgement import growth, ledger_between, table, trends, unexplained
from tests.soak.log import levels, wrong_in
from tests.soak.people import SERVICE_S, People
from tests.soak.samples import Sample, sample
from tests.soak.world import OLD_FOR_S, SoakWorld
from tests.support.ledgers import upgrade
from tests.support.postgres_server import Databases, postgres_server

SAMPLE_S = 15.0
SAMPLES = 24
"""At least so many in a short run."""
WARM_UP = 1 / 6
"""Of the run."""
_QUIET_S = 60.0
_AGAIN_S = 10.0
_TRIES = 12
_NO_RECEIPT = "its receipt, which nobody got: kept until"
_KEPT_SHARE = 0.02
"""Of the deletions: Slack's answer is lost in 4 of 100 calls, and a receipt is sent twice at most."""
_STOP_S = 30.0
_RETENTION_LATE_S = 150.0


@dataclass(frozen=True)
class Run:
    seconds: float
    seed: str
    url: str
    root: Path
    folder: Path


async def play(run: Run) -> int:
    """The exit code."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FakeSlack())
        api = await stack.enter_async_context(FakeTicketApi(service_s=SERVICE_S))
        await upgrade(run.url)
        world = SoakWorld("soak", "http", run.url, run.folder, Random(run.seed), slack, api, root=run.root)
        stack.callback(world.kill_all)
        people = People(world)
        await world.age(run.seconds)
        await world.start()
        samples = await _load(world, people, run.seconds)
        _print(_lines(samples, people, run.seconds))
        await people.leave()
        problems = [*world.problems, *await _unfinished(world), *await _kept_too_long(world)]
        _print(_quiet_lines(await sample(world, now())))
        problems += await _stopped(world)
        log = world.bot.log.read_text(errors="replace").splitlines()
        _print(f"{number:7} {what}" for what, number in sorted(levels(log).items()))
        lines = [*log, *world.bot.lines.read_text(errors="replace").splitlines()]
        problems += wrong_in(lines, (slack.bot_token, slack.signing_secret, api.key or "", world.key))
        problems += [f"Slack refused: {reason}" for reason in sorted(set(slack.refused))]
        problems += growth(trends(samples, run.seconds * WARM_UP))
        problems += unexplained(samples, run.seconds * WARM_UP, world.asked)
        _print(f"FAILED: {problem}" for problem in problems)
        _print([f"{len(problems)} problems" if problems else "nothing grows, and nothing is unfinished"])
        return int(bool(problems))


async def _load(world: SoakWorld, people: People, seconds: float) -> list[Sample]:
    began, samples = now(), []
    living = asyncio.create_task(people.live(seconds))
    pause_s = min(SAMPLE_S, seconds / SAMPLES)
    while not living.done():
        await asyncio.wait([living], timeout=pause_s)
        if world.bot.has_ended:
            raise RuntimeError(f"the bot ended by itself:\n{world.bot.log.read_text(errors='replace')[-2000:]}")
        one = await sample(world, now() - began)
        samples.append(one)
        await people.tidy()
        world.forget()
        if len(samples) % 20 == 0:
            shown = ("memory, MiB", "file descriptors", "tasks", "connections", "database, MiB", "CPU, s")
            _print([f"{one.at:6.0f} s  " + "  ".join(f"{name} {one.figures[name]:.1f}" for name in shown)])
    living.result()
    return samples


def _lines(samples: list[Sample], people: People, seconds: float) -> Iterator[str]:
    yield ""
    yield from (f"{number:7} {what}" for what, number in sorted(people.counts.items()))
    for endpoint, number in people.world.calls.items():
        yield f"{number:7} {endpoint} served, {number / seconds:.1f} a second; one at a time takes {SERVICE_S:g} s each"
    yield ""
    yield from table(trends(samples, seconds * WARM_UP))
    warm = [one for one in samples if one.at >= seconds * WARM_UP]
    parts = ("first half", warm[0], warm[len(warm) // 2]), ("second half", warm[len(warm) // 2], warm[-1])
    for name, first, last in parts:
        more = ledger_between(first, last)
        cpu_s = last.figures["CPU, s"] - first.figures["CPU, s"]
        yield (
            f"{name}: {more.changes:.0f} changes and {more.audit:.0f} audit rows more, {more.per_row:.0f} bytes each;"
            f" {more.bytes / max(more.changes, 1):.0f} bytes a request; {cpu_s / (last.at - first.at):.1%} of a core"
        )
    if waits := [wait for _, wait in people.waits]:
        thirds = [waits[at::1][: len(waits) // 3] for at in (0, len(waits) // 3, 2 * len(waits) // 3)]
        medians = ", ".join(f"{median(part):.2f}" for part in thirds if part)
        yield f"from a command to its request in the channel, median of each third: {medians} s"


def _quiet_lines(one: Sample) -> Iterator[str]:
    yield "after the quiet: " + ", ".join(f"{name} {value:.1f}" for name, value in one.figures.items())


async def _unfinished(world: SoakWorld) -> list[str]:
    """`app.py changes --open`, after a quiet minute and again, since a request without an answer has to come of age."""
    await asyncio.sleep(_QUIET_S)
    left: list[str] = []
    for _ in range(_TRIES):
        left = await asyncio.to_thread(_open_changes, world)
        kept = [line for line in left if _NO_RECEIPT in line]
        if len(kept) <= _KEPT_SHARE * world.calls[DELETE]:
            left = [line for line in left if line not in kept]
        if not left:
            _print([f"{len(kept)} receipts that Slack confirmed neither time, and that are kept for the operator"])
            break
        await asyncio.sleep(_AGAIN_S)
    return [f"unfinished: {line}" for line in left[:20]]


def _open_changes(world: SoakWorld) -> list[str]:
    """Its lines, without the titles. Neither people nor channels are secrets here."""
    command = [sys.executable, str(world.root / "app.py"), "changes", "--open"]
    settings = {"PATH": os.environ["PATH"]} | world.settings()
    done = subprocess.run(command, env=settings, cwd=world.folder, capture_output=True, text=True, check=False)
    return [f"exit code {done.returncode}: {done.stderr[-500:]}"] if done.returncode else done.stdout.splitlines()[1:]


async def _kept_too_long(world: SoakWorld) -> list[str]:
    older = OLD_FOR_S + _RETENTION_LATE_S
    [found] = await rows(
        world.database_url,
        f"SELECT count(*) AS number FROM audit WHERE at < (SELECT max(at) FROM audit) - {older}",
    )
    return [f"{found['number']} rows of the audit are older than RETENTION_DAYS"] if found["number"] else []


async def _stopped(world: SoakWorld) -> list[str]:
    world.bot.stop()
    with suppress(TimeoutError):
        code = await world.bot.ended(_STOP_S)
        return [f"asked to stop, it ended with exit code {code}"] if code else []
    return [f"it does not end within {_STOP_S:g} s of SIGTERM"]


def _print(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what it is run for


def main() -> int:
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # the fakes' words about a connection that was cut
    seconds = float(os.environ.get("SECONDS") or 3600)
    seed = os.environ.get("SEED") or str(secrets.randbelow(2**32))
    database = os.environ.get("DATABASE") or "sqlite"
    with ExitStack() as stack:
        folder = Path(os.environ.get("FOLDER") or stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder.resolve()}/ticket-bot.db"
        if database == "postgres":
            url = Databases(stack.enter_context(postgres_server())).new(empty=True)
        _print([f"SEED={seed}, {seconds:g} s on {database}"])
        root = Path(os.environ.get("BOT") or ROOT).resolve()
        return asyncio.run(play(Run(seconds, seed, url, root, folder)))


if __name__ == "__main__":
    sys.exit(main())
