"""New buttons that came as a direct message, since Slack took no edit, and were clicked there: the channel hears."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from handlers.serve import RunningBot
from tests.handlers.deletions import DELETE, FETCH, NUMBER, api_asked, asked, clicked_behind_another, said
from tests.handlers.test_recovery import LEASE_OVER_S, first, taken_over
from tests.handlers.test_recovery_holds import waiting
from tests.support.world import ALICE, CAROL, World, words

__all__ = ["first", "waiting"]

TTL_S = 300


@pytest.fixture
async def two(
    empty_world: World, first: RunningBot, waiting: tuple[SlackMessage, asyncio.Event]
) -> AsyncIterator[tuple[SlackMessage, SlackMessage]]:
    """The request's message, which reads "Deleting…", and the direct one with the new buttons."""
    request, go_on = waiting
    async with AsyncExitStack() as stack:
        refuse_edits(empty_world, 1)
        await taken_over(empty_world, stack)
        direct = next(posted for posted in empty_world.slack.messages if posted.channel == ALICE)
        assert "is out of date" in words(direct)
        assert f"Deleting ticket {NUMBER}" in words(request)
        go_on.set()
        await first.services.runner.wait_idle()
        yield request, direct


def refuse_edits(world: World, times: int) -> None:
    world.slack.faults["chat.update"].extend([SlackFault(error="cant_update_message")] * times)
    world.slack.faults["response_url"].extend([SlackFault(status=404)] * times)


async def time_for_an_edit(world: World, wait_s: float = 11) -> None:
    world.now += wait_s
    await world.recover()


async def changed(world: World) -> tuple[SlackMessage, SlackMessage]:
    """As `two`, by one process: the ticket changed, and the request's message has its old buttons still."""
    request = await asked(world)
    world.ticket_api.tickets[NUMBER]["Subject"] = "Another subject"
    refuse_edits(world, 1)
    await world.click(ALICE, request, DELETE)
    return request, next(posted for posted in world.slack.messages if posted.channel == ALICE)


async def test_the_channels_message_shows_what_came_of_the_new_buttons(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    await empty_world.click(ALICE, direct, DELETE)
    await time_for_an_edit(empty_world)
    for message in (request, direct):
        assert f"Ticket {NUMBER} deleted" in words(message)
        assert message.buttons == []


async def test_an_edit_that_lands_after_all_of_that_is_put_right(
    empty_world: World, first: RunningBot, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    late = dict(request.payload)
    await empty_world.click(ALICE, direct, DELETE)
    await time_for_an_edit(empty_world)
    request.payload = late
    for row in empty_world.ledger.rows():
        await first.services.ledger.show_again(row["id"])
    await time_for_an_edit(empty_world)
    assert f"Ticket {NUMBER} deleted" in words(request)


async def test_while_the_new_click_is_under_way_the_channels_message_says_where_it_goes_on(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    go_on = asyncio.Event()
    empty_world.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(empty_world, "delete", empty_world.slack.click(ALICE, direct, DELETE))
    await time_for_an_edit(empty_world)
    assert f"*Request to delete {NUMBER} went on* in a message to <@{ALICE}>" in words(request)
    assert request.buttons == []
    go_on.set()


async def test_check_now_in_the_channel_shows_what_came_of_the_new_buttons(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    await empty_world.click(ALICE, direct, "Cancel")
    await empty_world.click(CAROL, request, "Stuck? Check now")
    assert "cancelled*" in words(request)
    assert request.buttons == []


async def test_an_edit_that_slack_refuses_is_tried_for_a_minute_and_no_longer(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    await empty_world.click(ALICE, direct, DELETE)
    refuse_edits(empty_world, 3)
    for _ in range(4):
        await time_for_an_edit(empty_world)
    assert f"Ticket {NUMBER} deleted" in words(request)


async def test_an_edit_that_slack_refuses_for_good_is_given_up(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    await empty_world.click(ALICE, direct, DELETE)
    refuse_edits(empty_world, 20)
    for _ in range(10):
        await time_for_an_edit(empty_world, 70)
    assert f"Deleting ticket {NUMBER}" in words(request)
    assert 0 < len(empty_world.slack.faults["chat.update"]) < 15
    assert [row["state"] for row in empty_world.ledger.rows() if row["case_number"] == NUMBER] == ["delivered"] * 2


async def test_the_channels_message_shows_the_end_of_a_new_click_that_took_its_time(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    go_on = asyncio.Event()
    empty_world.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(empty_world, "delete", empty_world.slack.click(ALICE, direct, DELETE))
    in_time_for_an_edit = f"UPDATE changes SET due_at = {empty_world.now}, show_again = 5 WHERE outcome = 'INTERRUPTED'"
    empty_world.ledger.connection.raw.execute(in_time_for_an_edit)
    await empty_world.serving.recovery.look()
    await said(empty_world, "went on")
    go_on.set()
    await empty_world.serving.services.runner.wait_idle()
    await time_for_an_edit(empty_world)
    assert f"Ticket {NUMBER} deleted" in words(request)


async def test_the_channels_message_shows_the_end_though_the_ticket_changed_once_more(team: World) -> None:
    request, direct = await changed(team)
    team.ticket_api.tickets[NUMBER]["Subject"] = "A third subject"
    await team.click(ALICE, direct, DELETE)
    await time_for_an_edit(team)
    assert "went on" in words(request)
    await team.click(ALICE, direct, DELETE)
    await time_for_an_edit(team)
    for message in (request, direct):
        assert f"Ticket {NUMBER} deleted" in words(message)
        assert message.buttons == []


async def test_each_of_three_messages_shows_the_end(team: World) -> None:
    request, direct = await changed(team)
    team.ticket_api.tickets[NUMBER]["Subject"] = "A third subject"
    refuse_edits(team, 1)
    await team.click(ALICE, direct, DELETE)
    last = [posted for posted in team.slack.messages if posted.channel == ALICE][-1]
    assert last.ts != direct.ts
    await team.click(ALICE, last, DELETE)
    await time_for_an_edit(team)
    for message in (request, direct, last):
        assert f"Ticket {NUMBER} deleted" in words(message)
        assert message.buttons == []


async def test_new_buttons_that_are_clicked_hours_later_are_shown_in_the_channel_too(empty_world: World) -> None:
    async with empty_world.bot(delete_prompt_ttl_s=86_400):
        request, direct = await changed(empty_world)
        for _ in range(2):
            await time_for_an_edit(empty_world, 3_700)
        await empty_world.click(ALICE, direct, DELETE)
        await time_for_an_edit(empty_world)
        assert f"Ticket {NUMBER} deleted" in words(request)
        assert request.buttons == []


async def test_new_buttons_that_work_again_after_a_click_expire_in_each_message(team: World) -> None:
    request, direct = await changed(team)
    team.ticket_api.fail(FETCH, Fault(status=403))
    await team.click(ALICE, direct, DELETE)
    await time_for_an_edit(team)
    assert request.button(DELETE)
    await time_for_an_edit(team, 300)
    await time_for_an_edit(team)
    for message in (request, direct):
        assert f"Request to delete {NUMBER} expired" in words(message)
        assert message.buttons == []


async def test_a_private_request_that_went_on_in_a_direct_message_is_shown_to_its_person_alone(
    empty_world: World,
) -> None:
    async with empty_world.bot(delete_prompt_visibility="private"):
        request, direct = await changed(empty_world)
        await empty_world.click(ALICE, direct, DELETE)
        await time_for_an_edit(empty_world)
        for message in (request, direct):
            assert f"Ticket {NUMBER} deleted" in words(message)
        assert {message.visible_to for message in empty_world.slack.messages} == {ALICE}


async def test_check_now_is_answered_where_slack_takes_no_edit_either(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    await empty_world.click(ALICE, direct, "Cancel")
    refuse_edits(empty_world, 1)
    await empty_world.click(CAROL, request, "Stuck? Check now")
    [answer] = empty_world.answers
    assert "was shown before" in words(answer)
    assert answer.visible_to == CAROL


async def test_check_now_in_a_message_that_is_another_requests_by_now_has_one_answer(
    empty_world: World, first: RunningBot, waiting: tuple[SlackMessage, asyncio.Event]
) -> None:
    request, _ = waiting
    late = dict(request.payload)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        await empty_world.click(ALICE, request, "Cancel")
        request.payload = late
        await empty_world.click(CAROL, request, "Stuck? Check now")
        [answer] = empty_world.answers
        assert "was shown before" in words(answer)


async def test_new_buttons_go_to_who_confirmed_also_where_somebody_else_checks(
    empty_world: World, first: RunningBot, waiting: tuple[SlackMessage, asyncio.Event]
) -> None:
    request, _ = waiting
    async with AsyncExitStack() as stack:
        empty_world.ledger.connection.raw.execute("UPDATE changes SET due_at = 9e12")  # no recovery
        await stack.enter_async_context(empty_world.bot())
        refuse_edits(empty_world, 1)
        empty_world.now += LEASE_OVER_S
        answer = await empty_world.click(CAROL, request, "Stuck? Check now")
        assert f"The bot has sent <@{ALICE}> what came of the request" in words(answer)
        assert [posted.channel for posted in empty_world.slack.messages if "is out of date" in words(posted)] == [ALICE]


async def test_the_channels_message_shows_the_end_also_where_no_time_was_left_for_newer_buttons(
    empty_world: World, two: tuple[SlackMessage, SlackMessage]
) -> None:
    request, direct = two
    go_on = await clicked_behind_another(empty_world, direct, "2650478")
    async with AsyncExitStack() as stack:
        empty_world.now += TTL_S - LEASE_OVER_S * 2
        await taken_over(empty_world, stack)
        await time_for_an_edit(empty_world)
        for message in (request, direct):
            assert "The bot was interrupted" in words(message)
            assert message.buttons == []
        go_on.set()


async def test_new_buttons_in_a_direct_message_work_though_the_bot_is_for_listed_channels_only(
    empty_world: World,
) -> None:
    async with empty_world.bot(ticket_channels="C01SUPPORT"):
        request, direct = await changed(empty_world)
        await empty_world.click(ALICE, direct, DELETE)
        await time_for_an_edit(empty_world)
        for message in (request, direct):
            assert f"Ticket {NUMBER} deleted" in words(message)


@pytest.mark.parametrize("before", [{}, {"ticket_channels": "C01SUPPORT"}])
async def test_buttons_in_a_direct_message_of_a_channel_that_is_not_listed_any_more_change_nothing(
    empty_world: World, before: dict[str, Any]
) -> None:
    async with empty_world.bot(**before):
        _, direct = await changed(empty_world)
    async with empty_world.bot(ticket_channels="C01GENERAL"):
        for button in (DELETE, "Cancel"):
            refused = await empty_world.click(ALICE, direct, button)
            assert "Use it in <#C01GENERAL>." in words(refused)
    assert NUMBER in empty_world.ticket_api.tickets


async def test_a_private_request_that_came_as_a_direct_message_works_though_the_bot_is_for_listed_channels_only(
    empty_world: World,
) -> None:
    async with empty_world.bot(ticket_channels="C01SUPPORT", delete_prompt_visibility="private"):
        empty_world.slack.faults["response_url"].append(SlackFault(status=404))
        direct = await empty_world.command(ALICE, f"/ticket-delete {NUMBER}")
        assert direct.channel == ALICE
        await empty_world.click(ALICE, direct, "Cancel")
    assert "cancelled*" in words(direct)
