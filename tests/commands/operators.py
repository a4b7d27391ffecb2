"""What the tests of the operator's commands share: a command as it is typed, and a database that a bot has written."""

import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.audit import AuditEvent, Event
from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind
from bot.changes.request import ChangeRequest, Click
from bot.ledger.connect import connect
from bot.ledger.database import Statement, Value
from bot.ledger.keys import load_cipher, new_key
from bot.ledger.lease import Lease
from bot.ledger.ledger import Ledger
from bot.ledger.row import Place, encode_ticket
from bot.ledger.writing import End, Sent
from bot.runtime import Runtime
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import Change, Ticket
from tests.support.process import Ended, started
from tests.support.world import ALICE, BOB

REQUIRED = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s1gning", "SWEEPPEA_API_KEY": "k3y"}
KEY = new_key(Runtime().random)
NUMBER = "2531581"
PLACE = Place(team="T01TEAM", channel="C01SUPPORT", message_ts="1795000000.000100", editable=True)
ME = f"os:{pwd.getpwuid(os.getuid()).pw_name}"


async def typed(cwd: Path, url: str, *arguments: str, redirect: str = "", **environ: str) -> Ended:
    settings = {
        **REQUIRED,
        "DATABASE_URL": url,
        "ENCRYPTION_KEYS": KEY,
        "TZ": "Asia/Tokyo",
        "PYTHONIOENCODING": "utf-8",
        **environ,
    }
    async with started(*arguments, cwd=cwd, redirect=redirect, **settings) as command:
        return await command.ends()


@asynccontextmanager
async def ledger(url: str) -> AsyncIterator[Ledger]:
    runtime = Runtime()
    async with connect(url, runtime=runtime, version="0.1.0", lock=True) as database:
        cipher = await load_cipher(database, url, KEY, runtime)
        yield Ledger(database=database, cipher=cipher, runtime=runtime, account="a", owner="o", ttl_s=300)


TICKET = Ticket.from_answer(TICKETS[NUMBER])


def click(row_id: str, *, change: Change = "delete", number: str = NUMBER, asked_s_ago: int = 60) -> Click:
    """Alice asked, and Bob confirmed just now."""
    now = int(Runtime().now())
    ticket = Ticket.from_answer({**TICKET.source, "CaseNumber": number})
    request = ChangeRequest.create(ticket, id=row_id, requester=ALICE, requested_at=now - asked_s_ago)
    return Click(request=request, change=change, user_id=BOB, at=now, ref="7F3K9")


def event(what: Event, of: Click, outcome: str = "") -> AuditEvent:
    return AuditEvent(
        event=what,
        change=of.change,
        user=BOB,
        asker=of.request.requester,
        confirmer=of.user_id,
        team=PLACE.team,
        channel=PLACE.channel,
        case_number=of.request.case_number,
        request=of.request.id,
        outcome=outcome,
        ref=of.ref,
    )


async def taken(ledger: Ledger, of: Click) -> Lease:
    """Claimed, and on record."""
    await ledger.insert(of.request, PLACE)
    lease = await ledger.take(of, PLACE, Sent("https://hooks.example/1", 1), locks_ticket=True)
    assert isinstance(lease, Lease)
    assert await ledger.confirm(lease, encode_ticket(TICKET, whole=True), 1, event("confirmed", of))
    return lease


async def sent(ledger: Ledger, of: Click) -> Lease:
    lease = await taken(ledger, of)
    assert await ledger.send(lease)
    return lease


async def deleted(ledger: Ledger, of: Click) -> Lease:
    """The ticket system said so, and people were told; the receipt could not be sent."""
    lease = await sent(ledger, of)
    end = End(
        kind=Kind.DONE, event=event("deleted", of, "confirmed by the API"), message=Message("x", ()), receipt="due"
    )
    assert await ledger.end(lease, end)
    assert await ledger.deliver(lease, "due", keep_copy=True, due_at=Runtime().now() + 86_400)
    return lease


async def crash(ledger: Ledger, **columns: Value) -> None:
    """Nobody is at work any more, and whatever else `columns` say."""
    values = {"lease_until": Runtime().now() - 1, **columns}
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 1))
    await ledger.database.commit(Statement(f"update changes set {sets}", tuple(values.values())))
