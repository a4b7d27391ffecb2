"""What is measured of the process and its database, now and then."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.crash.records import path_of, rows
from tests.soak.world import SoakWorld

MIB = 2**20
_ESTABLISHED, _CLOSE_WAIT = "01", "08"
STANDING = "state = 'open' AND editable = 0"
"""Requests that the bot can't edit, or that Slack never said it has: for a day a click finds them."""
_TICKS = os.sysconf("SC_CLK_TCK")
_GAUGES = {
    "ticketbot_event_loop_tasks": "tasks",
    "ticketbot_interactions_under_way": "under way",
    "ticketbot_ready": "ready",
}


@dataclass(frozen=True)
class Sample:
    """`at` in seconds since the start."""

    at: float
    figures: dict[str, float]


async def sample(world: SoakWorld, at: float) -> Sample:
    pid = world.bot.pid
    figures = dict(_process(pid)) | dict(_sockets(pid)) | await _metrics(world.metrics_port)
    figures |= await _database(world.database_url)
    figures["log, MiB"] = world.bot.log.stat().st_size / MIB
    return Sample(at, figures)


def _process(pid: int) -> Iterator[tuple[str, float]]:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    yield "memory, MiB", int(status["VmRSS"].split()[0]) / 1024
    yield "threads", int(status["Threads"])
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    yield "CPU, s", (int(fields[11]) + int(fields[12])) / _TICKS
    names = list(_files(pid))
    yield "file descriptors", len(names)
    yield "of them no sockets", len([name for name in names if not name.startswith("socket:")])


def _sockets(pid: int) -> Iterator[tuple[str, float]]:
    own = {name.removeprefix("socket:[").removesuffix("]") for name in _files(pid)}
    lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    states = [line[3] for line in lines if line[9] in own]
    yield "connections", states.count(_ESTABLISHED)
    yield "half-closed connections", states.count(_CLOSE_WAIT)


def _files(pid: int) -> Iterator[str]:
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(descriptor.readlink())
        except OSError:  # closed meanwhile
            continue


async def _metrics(port: int) -> dict[str, float]:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        answer.raise_for_status()
        lines = [line for line in (await answer.text()).splitlines() if not line.startswith("#")]
    found = dict(line.rsplit(" ", 1) for line in lines)
    return {words: float(found[name]) for name, words in _GAUGES.items()} | {"series of metrics": len(lines)}


async def _database(url: str) -> dict[str, float]:
    figures: dict[str, float] = {}
    if path := path_of(url):
        figures["database, MiB"] = Path(path).stat().st_size / MIB
        log = Path(f"{path}-wal")
        figures["write-ahead log, MiB"] = log.stat().st_size / MIB if log.exists() else 0.0
    else:
        [size] = await rows(url, "SELECT pg_database_size(current_database()) AS number")
        [own] = await rows(
            url, "SELECT count(*) - 1 AS number FROM pg_stat_activity WHERE datname = current_database()"
        )
        figures |= {"database, MiB": size["number"] / MIB, "connections to PostgreSQL": own["number"]}
    counted = f"SELECT CASE WHEN {STANDING} THEN 'standing' ELSE state END AS kind, count(*) AS number FROM changes"
    for kind in await rows(url, f"{counted} GROUP BY 1"):
        figures[f"rows {kind['kind']}"] = kind["number"]
    figures["rows of changes"] = sum(number for name, number in figures.items() if name.startswith("rows "))
    [audit] = await rows(url, "SELECT count(*) AS number FROM audit")
    figures["rows of the audit"] = audit["number"]
    return figures
