"""What is known once is not forgotten: the API's own word, and whose request it was."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.api import pending_change
from bot.ledger.database import Row, Statement, UnavailableError, UnclearCommitError
from bot.ledger.statements import SEND, SETTLE_S
from bot.sandbox.ticket_api import Fault
from handlers import execute
from handlers.begun import Begun
from handlers.resume import Resume
from handlers.serve import RunningBot
from tests.handlers.deletions import (
    DELETE,
    FETCH,
    NUMBER,
    AuditLines,
    api_asked,
    api_did,
    api_is_asked,
    asked,
    said,
)
from tests.handlers.test_recovery import LEASE_OVER_S, clicked, first, taken_over
from tests.handlers.test_taken_over import TAKE
from tests.support.world import ALICE, BOB, CAROL, World, words

__all__ = ["first"]

AWAY = UnavailableError("the database is away")
REFUSALS = [(404, "REFUSED"), (403, "REJECTED_KEY"), (503, "BUSY")]


@pytest.mark.parametrize(("status", "outcome"), REFUSALS)
async def test_the_apis_no_to_a_process_that_was_taken_for_dead_corrects_the_message(
    empty_world: World, first: RunningBot, status: int, outcome: str
) -> None:
    request = await asked(empty_world)
    go_on = asyncio.Event()
    await clicked(empty_world, request, Fault(until=go_on, status=status), carried_out=False)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert "that may still happen" in words(request)
        go_on.set()
        await first.services.runner.wait_idle()
        await empty_world.recover()
        assert "may still happen" not in words(request)
        assert empty_world.ledger.rows()[0]["outcome"] == outcome
        assert not any("weekend for two" in words(posted) for posted in empty_world.slack.messages)
        assert bool(request.buttons) == (outcome == "BUSY")  # the buttons are back, on a ticket that was read afresh


async def test_an_answer_that_comes_while_recovery_waits_for_the_channels_pace_is_what_people_read(
    empty_world: World, first: RunningBot, audit: AuditLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await asked(empty_world)
    go_on, wait = asyncio.Event(), Resume._in_pace
    await clicked(empty_world, request, Fault(until=go_on), carried_out=False)

    async def answered_meanwhile(self: Resume, begun: Begun) -> None:
        go_on.set()
        await first.services.runner.wait_idle()
        await wait(self, begun)

    monkeypatch.setattr(Resume, "_in_pace", answered_meanwhile)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert f"Ticket {NUMBER} deleted" in words(request)
        assert audit.events == ["asked", "confirmed", "deleted"]


@pytest.mark.parametrize(("status", "outcome"), REFUSALS)
async def test_the_apis_no_that_comes_after_the_deadline_corrects_the_message(
    empty_world: World, status: int, outcome: str
) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1) as bot:
        request = await asked(empty_world)
        go_on = asyncio.Event()
        await clicked(empty_world, request, Fault(until=go_on, status=status), carried_out=False)
        await said(empty_world, "that may still happen")
        await bot.services.runner.wait_idle()
        late = list(bot.services.client._sending)
        go_on.set()
        await asyncio.gather(*late, return_exceptions=True)
        await empty_world.recover()
        assert empty_world.ledger.rows()[0]["outcome"] == outcome
        assert "may still happen" not in words(request)


async def test_that_each_try_was_refused_stays_known_where_the_ticket_could_not_be_read_before_the_next_one(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1) as bot:
        request = await asked(empty_world)
        go_on, read = asyncio.Event(), asyncio.Event()
        await clicked(empty_world, request, Fault(until=go_on, status=503), carried_out=False)
        empty_world.ticket_api.fail(FETCH, Fault(until=read))
        monkeypatch.setattr(pending_change, "MAX_READ_AGE_S", -1)  # the read that decided is old by now
        monkeypatch.setattr(execute, "READ_BACK_S", 0.01)
        go_on.set()
        await api_is_asked(empty_world, FETCH)
        assert empty_world.ledger.rows(TAKE)
        await bot.services.runner.wait_idle()
        read.set()
        await api_did(empty_world, FETCH)
        empty_world.now += LEASE_OVER_S
        await empty_world.recover()
        assert empty_world.ledger.rows()[0]["outcome"] == "BUSY"
        assert "may still happen" not in words(request)
        assert request.button(DELETE)


async def test_the_apis_no_is_written_once_the_database_is_back(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(until=go_on, status=404))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    team.ledger.fault = AWAY
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert f"Ticket {NUMBER} was not deleted" in words(request)
    team.ledger.fault = None
    reads = len(team.ticket_api.calls(FETCH))
    team.now += LEASE_OVER_S
    await team.recover()
    assert team.ledger.rows()[0]["outcome"] == "REFUSED"
    assert "may still happen" not in words(request)
    assert len(team.ticket_api.calls(FETCH)) == reads  # proven, so that nobody looks


@pytest.mark.parametrize(("status", "outcome"), REFUSALS[:2])
async def test_check_now_shows_the_apis_own_word_without_reading(
    empty_world: World, first: RunningBot, status: int, outcome: str
) -> None:
    request = await asked(empty_world)
    go_on = asyncio.Event()
    await clicked(empty_world, request, Fault(until=go_on, status=status), carried_out=False)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        go_on.set()
        await first.services.runner.wait_idle()
        reads = len(empty_world.ticket_api.calls(FETCH))
        await empty_world.click(CAROL, request, "Check now")
        assert empty_world.ledger.rows()[0]["outcome"] == outcome
        assert len(empty_world.ticket_api.calls(FETCH)) == reads


async def test_who_surely_deleted_the_ticket_is_named_alone(team: World) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="before"))
    await team.click(ALICE, request, DELETE)
    team.now += SETTLE_S + 1
    await team.recover()
    assert f"Ticket {NUMBER} was not deleted" in words(request)
    bobs = await asked(team, BOB)
    await team.click(BOB, bobs, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(bobs)
    team.now += 600
    await team.recover()
    assert f"The request of <@{BOB}> deleted it" in words(request)
    assert "one of the requests" not in words(request)


async def test_a_click_while_recovery_expires_the_request_hears_that_it_expired(team: World) -> None:
    request = await asked(team)
    team.now += 301
    assert await team.serving.services.ledger.take_due(1)  # recovery has it, and has not shown it yet
    answer = await team.click(ALICE, request, DELETE)
    assert "This request expired" in words(answer)
    assert "<@>" not in words(answer)


async def test_what_people_read_was_not_sent_stands_though_the_ticket_is_gone_since_by_other_hands(
    team: World, audit: AuditLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await asked(team)
    commit = team.ledger.commit

    async def silent_from_sending_on(*steps: Statement) -> list[list[Row]] | None:
        rows = await commit(*steps)
        if steps[0].sql == SEND:
            team.ledger.fault = AWAY
            raise UnclearCommitError("no answer")
        return rows

    monkeypatch.setattr(team.ledger, "commit", silent_from_sending_on)
    await team.click(ALICE, request, DELETE)
    assert "nothing was sent to the ticket system" in words(request)
    del team.ticket_api.tickets[NUMBER]
    team.ledger.fault = None
    team.now += LEASE_OVER_S
    await team.recover()
    assert "nothing was sent to the ticket system" in words(request)
    assert team.ledger.rows()[0]["outcome"] == "NOT_SAVED"
    assert audit.events[-1] == "failed"
    assert team.ticket_api.calls("delete") == []
