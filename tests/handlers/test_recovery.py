"""What a second process makes of what a first one has begun: killed, or frozen and thawed, it is all the same to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.ledger.statements import SETTLE_S
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from handlers.serve import RunningBot
from tests.handlers.deletions import DELETE, FETCH, NUMBER, AuditLines, api_asked, api_did, asked, deletions, said
from tests.support.world import ALICE, BOB, World, words

LEASE_OVER_S = 7.0


@pytest.fixture
async def first(empty_world: World) -> AsyncIterator[RunningBot]:
    """The process that gets the click, and then stands still. Its deadline is far off."""
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(empty_world.bot(sweeppea_deadline_s=120))
        yield bot
        for endpoint in ("delete", FETCH):
            for call in empty_world.ticket_api.calls(endpoint):
                for gate in (call.fault.until, call.fault.answer_until):
                    if gate:
                        gate.set()
        await bot.services.runner.wait_idle()


async def taken_over(world: World, stack: AsyncExitStack, **settings: Any) -> RunningBot:  # noqa: ANN401
    """Another process starts, and finds the first one's lease over."""
    bot = await stack.enter_async_context(world.bot(**settings))
    world.now += LEASE_OVER_S
    await world.recover()
    return bot


async def clicked(world: World, request: SlackMessage, fault: Fault, *, carried_out: bool) -> None:
    world.ticket_api.fail("delete", fault)
    await api_asked(world, "delete", world.slack.click(ALICE, request, DELETE))
    if carried_out:
        await api_did(world, "delete")


async def test_a_deletion_of_which_nobody_heard_is_found_and_its_receipt_sent(
    empty_world: World, first: RunningBot, audit: AuditLines
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(answer_until=asyncio.Event()), carried_out=True)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert f"Ticket {NUMBER} can't be found any more" in words(request)
        assert "Most likely this request deleted it" in words(request)
        receipts = [posted for posted in empty_world.slack.messages if posted.channel == ALICE]
        assert "weekend for two" in words(receipts[0])
        assert audit.events == ["asked", "confirmed", "found deleted"]
        assert len(empty_world.ticket_api.calls("delete")) == 1


async def test_the_apis_answer_to_a_process_that_was_taken_for_dead_corrects_the_message(
    empty_world: World, first: RunningBot
) -> None:
    request = await asked(empty_world)
    go_on = asyncio.Event()
    await clicked(empty_world, request, Fault(until=go_on), carried_out=False)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert f"Ticket {NUMBER} isn't deleted yet, but that may still happen" in words(request)
        go_on.set()
        await first.services.runner.wait_idle()
        await empty_world.recover()
        assert f"Ticket {NUMBER} deleted" in words(request)
        assert any("weekend for two" in words(posted) for posted in empty_world.slack.messages)


async def test_a_request_that_came_as_a_direct_message_is_ended_there(empty_world: World, audit: AuditLines) -> None:
    private = "private"
    async with AsyncExitStack() as stack:
        patient = empty_world.bot(delete_prompt_visibility=private, sweeppea_deadline_s=120)
        first = await stack.enter_async_context(patient)
        empty_world.slack.faults["response_url"].append(SlackFault(404))
        request = await asked(empty_world)
        assert request.channel == ALICE
        answer = asyncio.Event()
        await clicked(empty_world, request, Fault(answer_until=answer), carried_out=True)
        empty_world.slack.faults["response_url"].append(SlackFault(404))
        await taken_over(empty_world, stack, delete_prompt_visibility=private)
        assert "Most likely this request deleted it" in words(request)
        assert len({line["channel"] for line in audit.lines[1:]}) == 1
        answer.set()
        await first.services.runner.wait_idle()


async def test_nobody_says_that_it_was_not_deleted_before_it_cannot_be_any_more(
    empty_world: World, first: RunningBot, audit: AuditLines
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(until=asyncio.Event()), carried_out=False)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        empty_world.now += SETTLE_S - LEASE_OVER_S - 1
        await empty_world.recover()
        assert "that may still happen" in words(request)
        empty_world.now += 3
        await empty_world.recover()
        assert f"Ticket {NUMBER} was not deleted" in words(request)
        assert audit.events[-1] == "failed"


async def test_a_deletion_that_happens_late_corrects_the_message_and_sends_its_receipt(
    empty_world: World, first: RunningBot
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(until=asyncio.Event()), carried_out=False)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        empty_world.now += SETTLE_S
        await empty_world.recover()
        assert "was not deleted" in words(request)
        del empty_world.ticket_api.tickets[NUMBER]
        empty_world.now += 600
        await empty_world.recover()
        assert "can't be found any more" in words(request)
        assert any("weekend for two" in words(posted) for posted in empty_world.slack.messages)


async def test_where_the_ticket_system_is_down_recovery_goes_on_until_it_knows(
    empty_world: World, first: RunningBot
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(answer_until=asyncio.Event()), carried_out=True)
    empty_world.ticket_api.fail(FETCH, *[Fault(status=403)] * 3)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert "We don't know whether" in words(request)
        for pause_s in (1, 1, 2, 4):
            empty_world.now += pause_s + 1
            await empty_world.recover()
        assert "Most likely this request deleted it" in words(request)


async def test_a_click_of_which_nothing_was_sent_leaves_buttons_that_work(
    empty_world: World, first: RunningBot, audit: AuditLines
) -> None:
    request = await asked(empty_world)
    go_on = asyncio.Event()
    empty_world.ticket_api.fail(FETCH, Fault(until=go_on))
    await api_asked(empty_world, FETCH, empty_world.slack.click(ALICE, request, DELETE))
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert audit.events == ["asked", "failed"]
        go_on.set()
        await first.services.runner.wait_idle()
        assert audit.events == ["asked", "failed"]  # who was taken for dead says nothing more
        await empty_world.click(ALICE, request, DELETE)
        assert f"Ticket {NUMBER} deleted" in words(request)
        assert deletions(empty_world) == 1


async def test_buttons_that_had_gone_before_anything_was_sent_come_back(
    empty_world: World, first: RunningBot, audit: AuditLines
) -> None:
    other, request = await empty_world.command(BOB, "/ticket-delete HYXTNJV"), await asked(empty_world)
    go_on = asyncio.Event()
    empty_world.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(empty_world, "delete", empty_world.slack.click(BOB, other, "Delete HYXTNJV"))
    await empty_world.slack.click(ALICE, request, DELETE)  # waits for its turn
    await said(empty_world, f"Deleting ticket {NUMBER}")
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert "The bot was interrupted, and nothing was sent" in words(request)
        calls = empty_world.ticket_api.calls("delete")
        go_on.set()
        await first.services.runner.wait_idle()
        assert len(calls) == 1  # the first process, awake again, sends nothing
        await empty_world.click(ALICE, request, DELETE)
        assert f"Ticket {NUMBER} deleted" in words(request)
        assert deletions(empty_world) == 1 + calls[0].carried_out


async def test_a_receipt_that_nobody_took_is_sent_again_and_its_copy_kept_until_then(team: World) -> None:
    request = await asked(team)
    team.slack.faults["chat.postMessage"].append(SlackFault(error="messages_tab_disabled"))
    await team.click(ALICE, request, DELETE)
    assert team.ledger.rows()[0]["copy"] is not None
    team.now += 2
    await team.recover()
    assert any(posted.channel == ALICE and "weekend for two" in words(posted) for posted in team.slack.messages)
    assert team.ledger.rows()[0]["copy"] is None
    assert team.ledger.rows()[0]["state"] == "delivered"


async def test_a_record_that_slack_did_not_take_is_shown_later(team: World) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    for method in ("chat.update", "response_url", "chat.postMessage"):
        team.slack.faults[method].extend([SlackFault(404)] * 4)
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert "Deleting ticket" in words(request)
    for method in ("chat.update", "response_url", "chat.postMessage"):
        team.slack.faults[method].clear()
    team.now += 2
    await team.recover()
    assert f"Ticket {NUMBER} deleted" in words(request)


async def test_a_late_deleting_that_lands_on_the_end_is_put_right(team: World) -> None:
    """Slack took an edit, and its answer was lost: the edit may come about at any time."""
    request = await asked(team)
    team.slack.faults["chat.update"].append(SlackFault(status=500))
    team.slack.faults["response_url"].extend([SlackFault(status=500)] * 3)
    await team.click(ALICE, request, "Cancel")
    late = dict(request.payload)
    request.payload = late | {"blocks": [], "text": "Deleting…"}
    team.now += 11
    await team.recover()
    assert "cancelled*" in words(request)


async def test_a_request_nobody_clicks_on_loses_its_buttons_when_its_time_is_over(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    team.now += 301
    await team.recover()
    assert "expired*" in words(request)
    assert request.buttons == []
    assert audit.events == ["asked", "expired"]


async def test_a_row_of_another_day_ends_on_record_and_touches_no_message(
    empty_world: World, first: RunningBot, audit: AuditLines
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(answer_until=asyncio.Event()), carried_out=True)
    shown = words(request)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(empty_world.bot())
        empty_world.now += 2 * 86_400
        await empty_world.recover()
        assert words(request) == shown
        assert audit.events[-1] == "unclear"
        assert empty_world.ledger.rows()[0]["state"] == "delivered"


async def test_with_another_key_that_a_ticket_cannot_be_found_proves_nothing(
    empty_world: World, first: RunningBot
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(answer_until=asyncio.Event()), carried_out=True)
    async with AsyncExitStack() as stack:
        empty_world.ticket_api.key = None  # any key is taken
        await taken_over(empty_world, stack, sweeppea_api_key="another-key")
        assert "We don't know whether" in words(request)


async def test_the_audit_in_the_database_is_the_one_on_standard_output(team: World, audit: AuditLines) -> None:
    await team.click(ALICE, await asked(team), DELETE)
    await team.click(BOB, await team.command(BOB, "/ticket-delete HYXTNJV"), "Cancel")
    rows = team.ledger.rows("SELECT * FROM audit ORDER BY id")
    assert [row["event"] for row in rows] == audit.events
    assert [(row["case_number"], row["request"]) for row in rows] == [
        (line["case_number"], line["request"]) for line in audit.lines
    ]


async def test_a_private_request_that_nobody_clicks_on_is_over_a_day_later_and_nobody_is_told(
    empty_world: World, audit: AuditLines
) -> None:
    async with empty_world.bot(delete_prompt_visibility="private"):
        request = await asked(empty_world)
        empty_world.now += 301
        await empty_world.recover()
        assert request.button(DELETE)
        empty_world.now += 86_400
        await empty_world.recover()
        assert empty_world.slack.messages == [request]
    assert empty_world.ledger.rows()[0]["state"] == "delivered"
    assert audit.events == ["asked", "expired"]
