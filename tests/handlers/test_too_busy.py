"""What people hear when more is asked for than the ticket system can serve."""

import asyncio

import pytest

from bot.api import outage, queue
from bot.api.retry import Backoff
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import AuditLines
from tests.support.world import ALICE, BOB, CAROL, World, words

FETCH = "fetchSingleTicket"


@pytest.fixture
def no_time_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has somebody ahead is turned away."""
    monkeypatch.setattr(queue, "MAX_WAIT_S", 0.0)
    monkeypatch.setattr(queue, "BURST", 0)


async def somebody_is_served(world: World) -> asyncio.Event:
    """Until the event is set."""
    until = asyncio.Event()
    world.ticket_api.fail(FETCH, Fault(until=until))
    acknowledged = await world.slack.command(BOB, "/ticket", "HYXTNJV")
    assert acknowledged.status == 200
    await world.ticket_api.arrived.get()
    return until


@pytest.mark.usefixtures("no_time_for_a_second")
async def test_who_cannot_be_served_in_time_hears_so_at_once_with_an_estimate(team: World) -> None:
    until = await somebody_is_served(team)
    assert (await team.slack.command(CAROL, "/ticket", "2531581")).status == 200
    told = await team.slack.changed.get()
    assert "Too busy right now" in words(told)
    assert "1 lookup is ahead of yours. Try again in 10 seconds." in words(told)
    assert told.visible_to == CAROL
    until.set()
    await team.serving.services.runner.wait_idle()
    assert len(team.ticket_api.log) == 1


@pytest.mark.usefixtures("no_time_for_a_second")
@pytest.mark.parametrize("label", ["Delete", "Resolve"])
async def test_a_click_that_is_turned_away_claims_nothing_and_leaves_the_buttons(
    team: World, audit: AuditLines, label: str
) -> None:
    request = await team.command(ALICE, "/ticket-delete 2531581")
    before = words(request)
    while not team.ticket_api.arrived.empty():
        team.ticket_api.arrived.get_nowait()
    until = await somebody_is_served(team)
    assert (await team.slack.click(ALICE, request, label)).status == 200
    told = await team.slack.changed.get()
    assert "Nothing was changed. 1 lookup is ahead of yours." in words(told)
    assert told.visible_to == ALICE
    until.set()
    await team.serving.services.runner.wait_idle()
    assert words(request) == before
    await team.click(ALICE, request, label)
    assert team.ticket_api.tickets.get("2531581", {"Status": True})["Status"] is True
    done = "deleted" if label == "Delete" else "resolved"
    assert audit.events == ["asked", "failed", "confirmed", done]


async def test_an_outage_is_told_at_once_and_ends_by_itself(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "MIN_LASTED_S", 0.0)
    empty_world.backoff = Backoff(0.001, 0.01)
    it_is_over = asyncio.Event()
    api = empty_world.ticket_api
    api.fail(FETCH, *[Fault(status=503)] * 3, Fault(status=503, until=it_is_over))
    async with empty_world.bot() as serving:
        assert (await empty_world.slack.command(BOB, "/ticket", "HYXTNJV")).status == 200
        for _ in range(4):
            await api.arrived.get()
        assert (await empty_world.slack.command(CAROL, "/ticket", "2531581")).status == 200
        told = await empty_world.slack.changed.get()
        assert told.visible_to == CAROL
        assert "The ticket system has not answered for" in words(told)
        assert "The bot tries again by itself." in words(told)
        it_is_over.set()
        await serving.services.runner.wait_idle()
        assert "HYXTNJV" in words(empty_world.latest())
        assert "2531581" in words(await empty_world.command(CAROL, "/ticket 2531581"))
