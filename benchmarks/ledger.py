"""What the ledger adds, on SQLite: to a deletion, to a start and to the memory; all with a million ended rows, too.

The two databases take turns. Other work on the machine makes everything slower, and CPU too: hence the least beside the
median.
"""

import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Literal

from benchmarks.figure import context, less
from benchmarks.part import Bench, Round
from benchmarks.process import OURS, running
from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind
from bot.changes.request import ChangeRequest, Click
from bot.changes.snapshot import TicketSnapshot
from bot.ledger.connect import connect
from bot.ledger.encryption import KEY_BYTES, Cipher
from bot.ledger.lease import Lease
from bot.ledger.ledger import Ledger
from bot.ledger.row import Place, encode_ticket
from bot.ledger.sqlite import open_connection
from bot.ledger.writing import End, Sent
from bot.runtime import Runtime
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import CaseNumber, Ticket
from handlers import VERSION

MANY = 1_000_000
_PLACE = Place(team="T1", channel="C1", thread_ts="1.2")
_TO = Sent("https://hooks.slack.test/actions/T1/1234567890123/aBcDeFgHiJkLmNoPqRsTuVwX", 1)
_TICKET = Ticket.from_answer(TICKETS["HYXTNJV"])
_PAGE_BYTES = 4096
_FILL = """
INSERT INTO changes (id, account, case_number, state, request, asker, team, channel, change, clicker, clicked_at,
  asked_at, expires_at, fence, send_not_after, settled_at, outcome, ended_at, delivered_at)
WITH RECURSIVE old (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM old WHERE n < $1)
SELECT printf('old-%08d', n), 'account', printf('%07d', 2000000 + n % 100000), 'delivered', $2, 'U1', 'T1', 'C1',
  'delete', 'U2', at, at, at + 300, 1, at + 3, at + 73, 'DONE', at, at
FROM (SELECT n, ledger_now() - 90000 - n * 10.0 AS at FROM old)"""  # 116 days


@dataclass
class Figures:
    """Of one database. Milliseconds of CPU and of the clock for each deletion, and of CPU for each second's look."""

    cpu_ms: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    look_ms: list[float] = field(default_factory=list)


def fill(file: Path, rows: int = MANY) -> None:
    """So many changes that ended, and were told, more than a day ago."""
    connection = open_connection(file, time.time)
    try:
        connection.raw.execute(_FILL, {"1": rows, "2": _click(0).request.encode()})
    finally:
        connection.close()


@asynccontextmanager
async def _ledger(file: Path) -> AsyncIterator[Ledger]:
    runtime = Runtime()
    async with connect(f"sqlite:///{file}", runtime=runtime, version=VERSION, lock=True) as database:
        yield Ledger(database, Cipher([bytes(KEY_BYTES)], Random(0)), runtime, "account", "owner", 300)  # noqa: S311


async def delete(ledger: Ledger, click: Click) -> None:
    """All that the ledger is asked on the way of one deletion, from the command to the receipt."""
    request = click.request
    assert await ledger.busy_with(request.case_number) is None  # noqa: S101 - else it is not what is measured
    await ledger.insert(request, _PLACE)
    await ledger.set_posted(request.id, "C1", "1.3", _event(request, "asked"))
    await ledger.row(request.id)
    lease = await ledger.take(click, _PLACE, _TO, locks_ticket=True)
    assert isinstance(lease, Lease)  # noqa: S101
    copy, message = _texts()
    steps = (
        await ledger.confirm(lease, copy, 2, _event(request, "confirmed")),
        await ledger.send(lease),
        await ledger.may_send(lease),
        await ledger.end(lease, End(kind=Kind.DONE, event=_event(request, "deleted"), message=message, receipt="due")),
        await ledger.deliver(lease, "sent", keep_copy=False, due_at=None),
    )
    assert all(steps)  # noqa: S101


async def deletions(ledgers: list[Ledger], times: int, round_: int) -> list[Figures]:
    """In turn, and of each the first few are not counted; in each round others."""
    figures = [Figures() for _ in ledgers]
    numbers = count(1 + 10_000 * round_)
    for turn in range(-5, times):
        for ledger, found in zip(ledgers, figures, strict=True):
            click = _click(next(numbers))
            cpu, began = time.process_time(), time.perf_counter()
            await delete(ledger, click)
            between = time.process_time()
            took = time.perf_counter() - began
            await ledger.take_due(20)
            looked = time.process_time()
            if turn >= 0:
                found.cpu_ms.append(1000 * (between - cpu))
                found.took_ms.append(1000 * took)
                found.look_ms.append(1000 * (looked - between))
    return figures


def fsync_ms(folder: Path, times: int) -> float:
    """Of one page that was appended."""
    found = []
    with (folder / "page").open("ab", buffering=0) as file:
        for _ in range(times):
            file.write(bytes(_PAGE_BYTES))
            began = time.perf_counter()
            os.fsync(file.fileno())
            found.append(1000 * (time.perf_counter() - began))
    return median(found)


QUANTITIES = {
    "deletion_cpu_ms": less("the ledger's part of a deletion, CPU", "ms", 3),
    "deletion_cpu_least_ms": less("the same, least", "ms"),
    "deletion_ms": less("the same by the clock, seven commits", "ms"),
    "fsync_ms": context("an fsync of a page in the same folder", "ms"),
    "look_cpu_ms": less("the look for work, once a second, CPU", "ms"),
    "deletion_cpu_ms_million": less("a deletion with a million ended rows, CPU", "ms", 3),
    "deletion_cpu_least_ms_million": less("the same, least", "ms"),
    "deletion_ms_million": less("the same by the clock", "ms"),
    "look_cpu_ms_million": less("the look with a million rows, CPU", "ms"),
    "deletion_cpu_ratio": less("a deletion with a million rows beside without, CPU", "×", 1.1),
    "look_cpu_ratio": less("the look with a million rows beside without, CPU", "×", 1.1),
    "first_start_s": less("first start, which makes the tables", "s", 1.6),
    "first_start_cpu_s": less("the same, CPU", "s"),
    "start_s": less("start with a ledger that is there", "s", 0.6),
    "start_cpu_s": less("the same, CPU", "s"),
    "start_s_million": less("start with a million rows", "s", 0.6),
    "start_cpu_s_million": less("the same, CPU", "s"),
    "start_cpu_ratio": less("start with a million rows beside without, CPU", "×", 1.1),
    "idle_mib": less("memory idle, with a ledger that is there", "MiB", 80),
    "idle_mib_million": less("memory idle, with a million rows", "MiB", 80),
}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = {"": folder / "few.db", "_million": folder / "many.db"}
        for file in files.values():
            async with _ledger(file):
                pass  # the tables are made
        fill(files["_million"])
        for number in range(bench.effort.rounds):
            async with AsyncExitStack() as stack:
                ledgers = [await stack.enter_async_context(_ledger(file)) for file in files.values()]
                came = await deletions(ledgers, bench.effort.deletions, number)
            found = {"fsync_ms": fsync_ms(folder, bench.effort.deletions)}
            for whose, one in zip(files, came, strict=True):
                found |= {
                    f"deletion_cpu_ms{whose}": median(one.cpu_ms),
                    f"deletion_cpu_least_ms{whose}": min(one.cpu_ms),
                    f"deletion_ms{whose}": median(one.took_ms),
                    f"look_cpu_ms{whose}": median(one.look_ms),
                }
            found |= await _starts(bench, folder / f"new{number}.db", files["_million"])
            for what in ("deletion_cpu", "look_cpu"):
                found[f"{what}_ratio"] = found[f"{what}_ms_million"] / found[f"{what}_ms"]
            found["start_cpu_ratio"] = found["start_cpu_s_million"] / found["start_cpu_s"]
            yield found


async def _starts(bench: Bench, new: Path, many: Path) -> dict[str, float]:
    """One that makes the tables of a new file, one that finds them, and one on the file with a million rows."""
    found: dict[str, float] = {}
    for before, file, after in (("first_", new, ""), ("", new, ""), ("", many, "_million")):
        async with running(OURS, bench.api, bench.core, database_url=f"sqlite:///{file}") as bot:
            found[f"{before}start_s{after}"] = bot.start_s
            found[f"{before}start_cpu_s{after}"] = bot.cpu_s()
            if not before:
                found[f"idle_mib{after}"] = bot.memory_mib()
    return found


def _click(number: int) -> Click:
    request = ChangeRequest(
        case_number=CaseNumber(f"{1_000_000 + number}"),
        id=f"{number:012x}",
        requester="U01ALICE",
        requested_at=int(time.time()),
        shown=TicketSnapshot.from_ticket(_TICKET),
    )
    return Click(request=request, change="delete", user_id="U02BOB", at=request.requested_at, ref="AAAAA")


def _event(request: ChangeRequest, event: Literal["asked", "confirmed", "deleted"]) -> AuditEvent:
    return AuditEvent(
        event=event,
        change="delete",
        user="U02BOB",
        asker="U01ALICE",
        confirmer="U02BOB",
        team="T1",
        channel="C1",
        case_number=request.case_number,
        request=request.id,
        outcome="confirmed by the API",
        ref="AAAAA",
    )


def _texts() -> tuple[str, Message]:
    """What is kept of the ticket, and what people read at the end."""
    line = {"type": "section", "text": {"type": "mrkdwn", "text": "Ticket *1000001* was deleted by <@U2>. " * 4}}
    return encode_ticket(_TICKET, whole=True), Message("Ticket 1000001 was deleted.", (line, line))
