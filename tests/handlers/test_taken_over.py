"""A row that somebody else has by now: whoever had it leaves no line behind, and nothing is told of it twice."""

import asyncio

import pytest

from bot.ledger import lease
from bot.ledger.database import Row, Statement, UnavailableError, Value
from bot.ledger.statements import LEASE_S, RENEW
from bot.runtime import Runtime
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import (
    FETCH,
    NUMBER,
    PATIENCE_S,
    AuditLines,
    api_asked,
    asked,
    clicked_behind_another,
)
from tests.support.world import ALICE, BOB, World, words

TAKE = "UPDATE changes SET owner = 'another', fence = fence + 1 RETURNING id"


async def test_a_click_that_lost_its_row_says_nothing_was_changed_and_is_not_on_record(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    answer = asyncio.Event()
    team.ticket_api.fail(FETCH, Fault(until=answer, status=403))
    await api_asked(team, FETCH, team.slack.click(ALICE, request, f"Delete {NUMBER}"))
    assert team.ledger.rows(TAKE)
    answer.set()
    await team.serving.services.runner.wait_idle()

    assert "Nothing was changed" in words(team.latest())
    assert audit.events == recorded(team) == ["asked"]


async def test_a_row_that_could_not_be_given_back_is_put_on_record_once_by_recovery(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    answer = asyncio.Event()
    team.ticket_api.fail(FETCH, Fault(until=answer, status=403))
    await api_asked(team, FETCH, team.slack.click(ALICE, request, f"Delete {NUMBER}"))
    team.ledger.fault = UnavailableError("away")
    answer.set()
    await team.serving.services.runner.wait_idle()
    assert audit.events == recorded(team) == ["asked"]

    team.ledger.fault = None
    team.now += LEASE_S + 1
    await team.recover()
    assert audit.events == recorded(team) == ["asked", "failed"]


async def test_a_bot_ends_its_own_work_after_the_database_was_away(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a lease: whoever was awake renews its own, and only then others look."""
    monkeypatch.setattr(lease, "RENEW_S", 0.01)
    request = await asked(team)
    answer = asyncio.Event()
    team.ticket_api.fail(FETCH, Fault(until=answer))
    await api_asked(team, FETCH, team.slack.click(ALICE, request, f"Delete {NUMBER}"))
    team.ledger.fault = UnavailableError("away")
    await team.serving.recovery.look()
    await asyncio.sleep(0.05)
    team.now += LEASE_S + 1
    team.ledger.fault = None
    await team.serving.recovery.look()  # that of any process
    [row] = team.ledger.rows()
    async with asyncio.timeout(PATIENCE_S):
        while row["lease_until"] <= team.now:
            await asyncio.sleep(0.01)
            [row] = team.ledger.rows()
    team.now += LEASE_S - 1
    await asyncio.sleep(0.05)
    team.now += 2
    await asyncio.sleep(0.05)
    await team.serving.recovery.look()
    assert team.ledger.rows()[0]["fence"] == row["fence"] == 1
    answer.set()
    await team.serving.services.runner.wait_idle()
    assert f"Ticket {NUMBER} deleted" in words(request)


async def test_a_ticket_is_read_again_where_the_database_knows_of_time_that_this_machine_does_not(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hypervisor had paused it while the database was away: by its own clocks it has just read the ticket."""
    monkeypatch.setattr(lease, "RENEW_S", 0.01)
    request = await asked(team)
    turn_is_over, is_away = await clicked_behind_another(team, request), asyncio.Event()
    not_renewed: set[Value] = set()

    async def away(*steps: Statement) -> list[list[Row]] | None:
        if steps[0].sql == RENEW:
            not_renewed.add(steps[0].values[0])
        if len(not_renewed) == len((ALICE, BOB)):
            is_away.set()
        raise UnavailableError("away")

    with monkeypatch.context() as without_database:
        without_database.setattr(team.ledger, "commit", away)
        await is_away.wait()
        team.now += LEASE_S + 1
        team.ticket_api.tickets[NUMBER]["Subject"] = "Another subject"
    async with asyncio.timeout(PATIENCE_S):
        while any(row["lease_until"] <= team.now for row in team.ledger.rows()):  # noqa: ASYNC110 - a row sets no event
            await asyncio.sleep(0.01)
    turn_is_over.set()
    await team.serving.services.runner.wait_idle()
    assert "The ticket changed" in words(request)
    assert NUMBER in team.ticket_api.tickets


def test_a_frozen_process_does_not_renew_a_lease_that_ran_out() -> None:
    async def write(_: lease.Lease) -> bool:
        return True

    clock = 100.0
    held = lease.Lease("a", "b", 1, clock, Runtime(boottime=lambda: clock), write, failed_at=clock - 1)
    assert held.saw_outage
    clock += lease.FRESH_S
    assert not held.saw_outage


def recorded(team: World) -> list[str]:
    return [row["event"] for row in team.ledger.rows("SELECT event FROM audit ORDER BY id")]
