"""One row's trouble ends, and holds up no other."""

import asyncio
import logging
from contextlib import AsyncExitStack

import pytest

from bot.ledger.database import Row, Statement, UnavailableError
from bot.ledger.row import DAY_S
from bot.ledger.statements import END
from bot.sandbox.ticket_api import Fault
from handlers.recover import CHANNEL_ROWS
from handlers.serve import RunningBot
from tests.handlers.deletions import NUMBER, AuditLines, asked
from tests.handlers.test_recovery import LEASE_OVER_S, clicked, first, taken_over
from tests.support.world import ALICE, World, words

__all__ = ["first"]


async def broken(*_: object, **__: object) -> None:
    raise RuntimeError("a bug of ours")


async def test_a_row_whose_work_always_raises_ends_as_unknown_a_day_later(
    empty_world: World, first: RunningBot, audit: AuditLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(answer_until=asyncio.Event()), carried_out=True)
    monkeypatch.setattr("handlers.resume.read_back", broken)
    shown = words(request)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        for pause_s in (2, 3, 5, 9):
            empty_world.now += pause_s
            await empty_world.recover()
        [row] = empty_world.ledger.rows()
        assert (row["state"], row["tries"]) == ("sending", 5)
        empty_world.now += DAY_S - 60
        await empty_world.recover()
        assert empty_world.ledger.rows()[0]["state"] == "sending"
        empty_world.now += 301
        await empty_world.recover()
    [row] = empty_world.ledger.rows()
    assert (row["state"], row["outcome"]) == ("delivered", "UNKNOWN")
    assert audit.events[-1] == "unclear"
    assert words(request) == shown


async def test_a_row_that_cannot_be_read_pauses_and_holds_up_no_other(
    team: World, audit: AuditLines, caplog: pytest.LogCaptureFixture
) -> None:
    await asked(team)
    team.ledger.connection.raw.execute("UPDATE changes SET request = '{}'")
    other = await team.command(ALICE, "/ticket-delete HYXTNJV")
    team.now += 301
    for _ in range(5):
        await team.recover()
    assert "expired*" in words(other)
    complaints = [record for record in caplog.records if "can't be read" in record.getMessage()]
    assert len(complaints) == 1
    assert complaints[0].levelno == logging.ERROR
    team.now += 2
    await team.recover()
    assert len([record for record in caplog.records if "can't be read" in record.getMessage()]) == 2


async def test_many_rows_of_one_channel_leave_room_for_another_channels(team: World) -> None:
    for _ in range(20):
        await asked(team)
    await team.command(ALICE, f"/ticket-delete {NUMBER}", channel="C02OTHER")
    team.now += 301
    await team.serving.recovery.look()
    taken = [row["channel"] for row in team.ledger.rows() if row["owner"]]
    assert taken.count("C01SUPPORT") == CHANNEL_ROWS
    assert taken.count("C02OTHER") == 1


async def test_recovery_sends_no_receipt_that_it_cannot_put_on_record(
    empty_world: World, first: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever had the row before may have sent one from memory: each that did so would be one too many."""
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(answer_until=asyncio.Event()), carried_out=True)
    commit = empty_world.ledger.commit

    async def full(*steps: Statement) -> list[list[Row]] | None:
        if steps[0].sql == END:
            raise UnavailableError("full")
        return await commit(*steps)

    monkeypatch.setattr(empty_world.ledger, "commit", full)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert "Most likely this request deleted it" in words(request)
        assert not [posted for posted in empty_world.slack.messages if posted.channel == ALICE]
        monkeypatch.undo()
        empty_world.now += LEASE_OVER_S
        await empty_world.recover()
        assert len([posted for posted in empty_world.slack.messages if posted.channel == ALICE]) == 1
