"""What the ledger adds, on SQLite: to a deletion, to a start and to the memory; all with a million ended rows, too.

The two databases take turns. Other work on the machine makes everything slower, and CPU too: hence the least beside the
median.
"""

import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Literal

from benchmarks.model import Model
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


async def deletions(ledgers: list[Ledger], times: int) -> list[Figures]:
    """In turn, and of each the first few are not counted."""
    figures = [Figures() for _ in ledgers]
    numbers = count(1)
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


async def rows(api: Model, core: int | None, times: int, starts: int) -> list[tuple[str, str, str]]:
    """What, what came, and what is to be reached."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        few, many = folder / "few.db", folder / "many.db"
        async with AsyncExitStack() as stack:
            ledgers = [await stack.enter_async_context(_ledger(file)) for file in (few, many)]
            fill(many)
            one, other = await deletions(ledgers, times)
        disk = fsync_ms(folder, times)
        spent, least = ([of(found.cpu_ms) for found in (one, other)] for of in (median, min))
        took = [median(found.took_ms) for found in (one, other)]
        looks = [median(found.look_ms) for found in (one, other)]
        return [
            (
                "the ledger's part of a deletion, CPU",
                f"{_pair(spent)}; at least {least[0]:.2f} and {least[1]:.2f} ms",
                "≤ 3 ms; within 10 %",
            ),
            ("the same by the clock", f"{_pair(took)}; an fsync takes {disk:.2f} ms", ""),
            ("the look for work, once a second, CPU", _pair(looks), "within 10 %"),
            *[row async for row in _starts(api, core, folder, starts)],
        ]


async def _starts(api: Model, core: int | None, folder: Path, times: int) -> AsyncIterator[tuple[str, str, str]]:
    first: list[tuple[float, float]] = []
    again: list[list[tuple[float, float]]] = [[], []]
    memory: list[list[float]] = [[], []]
    for number in range(times):
        url = f"sqlite:///{folder}/new{number}.db"
        async with running(OURS, api, core, database_url=url) as bot:
            first.append((bot.start_s, bot.cpu_s()))
        for which, same in enumerate((url, f"sqlite:///{folder}/many.db")):
            async with running(OURS, api, core, database_url=same) as bot:
                again[which].append((bot.start_s, bot.cpu_s()))
                memory[which].append(bot.memory_mib())
    yield "first start, with its tables: CPU / by the clock", " / ".join(_least(first)), "≤ 1 s more"
    cpu, clock = zip(*map(_least, again), strict=True)
    yield "start: CPU / by the clock", f"{_both(cpu)} / {_both(clock)}", "≤ 0.15 s more than without"
    mib = [f"{median(found):.1f} MiB" for found in memory]
    yield "memory idle", _both(mib), "≤ 15 MiB more than without"


def _least(starts: list[tuple[float, float]]) -> tuple[str, str]:
    clock, cpu = (min(column) for column in zip(*starts, strict=True))
    return f"{cpu:.2f} s", f"{clock:.2f} s"


def _pair(values: list[float]) -> str:
    few, many = values
    return f"{few:.2f} ms; with a million rows {many:.2f} ms, {many / few:.2f} of it"


def _both(values: Sequence[str]) -> str:
    return f"{values[0]} (with a million rows {values[1]})"


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
