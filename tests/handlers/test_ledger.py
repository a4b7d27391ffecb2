"""One request, one winner; one ticket, one change at a time; and what happens without a database."""

import asyncio

from bot.ledger.database import UnavailableError
from bot.ledger.statements import SETTLE_S
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import DELETE, NUMBER, AuditLines, api_asked, asked, deletions, said
from tests.support.world import ALICE, BOB, World, words

AWAY = UnavailableError("the database is away")


async def test_of_two_requests_for_a_ticket_the_second_click_is_refused_and_keeps_its_buttons(
    team: World, audit: AuditLines
) -> None:
    alices, bobs = await asked(team), await asked(team, BOB)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(team, "delete", team.slack.click(ALICE, alices, DELETE))
    assert (await team.slack.click(BOB, bobs, "Resolve instead")).status == 200
    await said(team, f"Another request for ticket {NUMBER} is under way")
    assert f"<@{ALICE}> confirmed it" in words(team.slack.messages[-1])
    assert bobs.button(DELETE)
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert f"Ticket {NUMBER} deleted" in words(alices)
    await team.click(BOB, bobs, DELETE)
    assert "can't be found any more" in words(bobs)
    assert deletions(team) == 1


async def test_who_asks_while_a_deletion_may_still_happen_hears_of_it_and_gets_no_button(team: World) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="before"))
    await team.click(ALICE, request, DELETE)
    assert "that may still happen" in words(request)
    answer = await asked(team, BOB)
    assert f"A deletion of ticket {NUMBER} is under way" in words(answer)
    assert f"<@{ALICE}> confirmed it" in words(answer)
    assert answer.buttons == []
    team.now += SETTLE_S + 1
    assert (await asked(team, BOB)).button(DELETE)


async def test_a_cancelled_request_stays_cancelled_across_a_restart(empty_world: World, audit: AuditLines) -> None:
    async with empty_world.bot():
        request = await asked(empty_world)
        late = empty_world.slack.click_payload(ALICE, request, request.button(DELETE))
        await empty_world.click(ALICE, request, "Cancel")
    async with empty_world.bot():
        answer = await empty_world.deliver(await empty_world.slack.deliver("interactive", late))
    assert "cancelled this request" in words(answer)
    assert deletions(empty_world) == 0
    assert audit.events == ["asked", "cancelled", "refused"]


async def test_the_same_click_at_two_processes_deletes_once_and_both_clicks_are_answered(empty_world: World) -> None:
    async with empty_world.bot() as one, empty_world.bot() as two:
        request = await asked(empty_world)
        payload = empty_world.slack.click_payload(ALICE, request, request.button(DELETE))
        before = len(empty_world.slack.messages)
        for bot in (one, two):
            empty_world.slack.app_url = f"http://127.0.0.1:{bot.port}/slack/events"
            assert (await empty_world.slack.deliver("interactive", payload)).status == 200
        await one.services.runner.wait_idle()
        await two.services.runner.wait_idle()
    assert deletions(empty_world) == 1
    assert f"Ticket {NUMBER} deleted" in words(request)
    private = [posted for posted in empty_world.slack.messages[before:] if posted.visible_to == ALICE]
    assert len([posted for posted in private if posted.channel != ALICE]) == 1


async def test_without_a_database_tickets_are_shown_and_nothing_is_asked_or_deleted(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    team.ledger.fault = AWAY
    assert "Issue with" in words(await team.command(ALICE, "/ticket HYXTNJV"))
    assert "can't put a request on record" in words(await asked(team))
    refusal = await team.click(ALICE, request, DELETE)
    assert "can't put this on record" in words(refusal)
    assert refusal.visible_to == ALICE
    team.ledger.fault = None
    await team.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert deletions(team) == 1


async def test_a_deletion_under_way_is_told_from_memory_where_the_database_goes_away(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    team.ledger.fault = AWAY
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert any("weekend for two" in words(posted) for posted in team.slack.messages)
    assert audit.events[-1] == "deleted"


async def test_a_database_that_goes_away_before_the_first_byte_keeps_it_from_being_sent(team: World) -> None:
    other, request = await team.command(BOB, "/ticket-delete HYXTNJV"), await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(team, "delete", team.slack.click(BOB, other, "Delete HYXTNJV"))
    await team.slack.click(ALICE, request, DELETE)  # waits for its turn
    await said(team, f"Deleting ticket {NUMBER}")
    team.ledger.fault = AWAY
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert len(team.ticket_api.calls("delete")) == 1
    assert "nothing was sent to the ticket system" in words(request)
