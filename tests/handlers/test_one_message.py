"""The message that was clicked shows its end, and so does the request's own, whatever edit came late."""

import asyncio
from contextlib import AsyncExitStack

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from handlers.serve import RunningBot
from tests.handlers.deletions import DELETE, FETCH, NUMBER, asked, deletions
from tests.handlers.test_recovery import first, taken_over
from tests.handlers.test_recovery_holds import waiting
from tests.support.world import ALICE, CAROL, World, words

__all__ = ["first", "waiting"]


async def test_a_late_edit_on_top_of_the_end_of_the_request_that_came_after_is_put_right(
    empty_world: World, first: RunningBot, waiting: tuple[SlackMessage, asyncio.Event]
) -> None:
    request, go_on = waiting
    late = dict(request.payload)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert "The bot was interrupted" in words(request)
        go_on.set()
        await first.services.runner.wait_idle()  # sees that it lost the row, and that its edit may come late
        await empty_world.click(ALICE, request, DELETE)
        assert f"Ticket {NUMBER} deleted" in words(request)
        request.payload = late
        for _ in range(2):
            empty_world.now += 11
            await empty_world.recover()
        assert f"Ticket {NUMBER} deleted" in words(request)


async def test_check_now_in_a_private_answer_ends_the_requests_message_and_that_answer(team: World) -> None:
    team.slack.chat.take_out("C01SUPPORT")
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="after"))
    team.ticket_api.fail(FETCH, Fault(), Fault(status=403), Fault(status=403))
    await team.click(ALICE, request, DELETE)
    private = await team.click(CAROL, request, "Check now")
    assert private.visible_to == CAROL
    assert "We don't know whether" in words(private)
    await team.click(CAROL, private, "Check now")
    for message in (request, private):
        assert f"Ticket {NUMBER} can't be found any more" in words(message)
        assert message.buttons == []


async def test_each_try_over_a_response_url_counts_and_there_are_five_of_them(team: World) -> None:
    team.slack.chat.take_out("C01SUPPORT")
    request = await asked(team)
    team.slack.faults["response_url"].extend([SlackFault(status=500)] * 9)
    await team.click(ALICE, request, "Cancel")
    assert team.ledger.rows()[0]["response_url_uses"] == 3
    for _ in range(4):
        team.now += 20
        await team.recover()
    assert team.ledger.rows()[0]["response_url_uses"] == 5
    assert len(team.slack.faults["response_url"]) == 4
    assert any("is out of date" in words(posted) for posted in team.slack.messages)


async def test_a_request_that_came_as_a_direct_message_ends_there(team: World) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER]["Subject"] = "Another one"
    for method in ("chat.update", "response_url"):
        team.slack.faults[method].extend([SlackFault(status=404)] * 2)
    direct = await team.click(ALICE, request, DELETE)
    assert "is out of date" in words(direct)
    for method in ("chat.update", "response_url"):
        team.slack.faults[method].clear()
    await team.click(ALICE, direct, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(direct)
    assert direct.buttons == []
    assert deletions(team) == 1
