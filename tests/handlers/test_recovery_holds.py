"""Where recovery, a click on *Check now* and a late answer meet in one row: no conversation is left without its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.audit import AuditEvent
from bot.ledger.statements import SETTLE_S
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from bot.tickets import CaseNumber
from handlers.serve import RunningBot
from tests.handlers.deletions import DELETE, FETCH, NUMBER, asked, clicked_behind_another
from tests.handlers.test_recovery import LEASE_OVER_S, clicked, first, taken_over
from tests.support.world import ALICE, CAROL, World, words

__all__ = ["first"]


@pytest.fixture
async def waiting(empty_world: World, first: RunningBot) -> AsyncIterator[tuple[SlackMessage, asyncio.Event]]:
    """A request that was clicked and waits for its turn, and what lets the one before it go on."""
    request = await asked(empty_world)
    go_on = await clicked_behind_another(empty_world, request)
    yield request, go_on
    go_on.set()


async def test_check_now_on_a_change_of_which_nothing_was_sent_goes_on_with_it(
    empty_world: World, first: RunningBot, waiting: tuple[SlackMessage, asyncio.Event]
) -> None:
    request, _ = waiting
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(empty_world.bot())
        empty_world.now += LEASE_OVER_S
        await empty_world.click(CAROL, request, "Stuck? Check now")
        await empty_world.recover()
        assert "The bot was interrupted, and nothing was sent" in words(request)
        assert request.button(DELETE)


async def test_a_late_deleting_of_a_process_that_was_taken_for_dead_is_put_right(
    empty_world: World, first: RunningBot, waiting: tuple[SlackMessage, asyncio.Event]
) -> None:
    request, go_on = waiting
    late = dict(request.payload)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert "The bot was interrupted" in words(request)
        request.payload = late
        go_on.set()
        await first.services.runner.wait_idle()
        empty_world.now += 11
        await empty_world.recover()
        assert "The bot was interrupted" in words(request)


async def test_a_ticket_that_is_closed_while_its_deletion_may_still_happen_keeps_its_copy(
    empty_world: World, first: RunningBot
) -> None:
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(until=asyncio.Event()), carried_out=False)
    async with AsyncExitStack() as stack:
        empty_world.ticket_api.tickets[NUMBER]["Status"] = True
        await taken_over(empty_world, stack)
        del empty_world.ticket_api.tickets[NUMBER]
        empty_world.now += SETTLE_S
        await empty_world.recover()
        assert "can't be found any more" in words(request)
        assert any("weekend for two" in words(posted) for posted in empty_world.slack.messages)


async def test_a_message_over_a_response_url_is_corrected_too(empty_world: World, first: RunningBot) -> None:
    empty_world.slack.chat.take_out("C01SUPPORT")
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(until=asyncio.Event()), carried_out=False)
    async with AsyncExitStack() as stack:
        await taken_over(empty_world, stack)
        assert "that may still happen" in words(request)
        empty_world.now += SETTLE_S
        await empty_world.recover()
        assert f"Ticket {NUMBER} was not deleted" in words(request)


async def test_check_now_does_not_take_an_end_for_told_that_nobody_saw(team: World) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="before"))
    await team.click(ALICE, request, DELETE)
    for method in ("chat.update", "response_url", "chat.postMessage"):
        team.slack.faults[method].extend([SlackFault(404)] * 8)
    team.now += SETTLE_S + 1
    await team.recover()
    for method in ("chat.update", "response_url", "chat.postMessage"):
        team.slack.faults[method].clear()
    assert "that may still happen" in words(request)
    await team.click(CAROL, request, "Check now")
    team.now += 400
    await team.recover()
    assert f"Ticket {NUMBER} was not deleted" in words(request)


async def test_may_still_happen_is_not_said_any_more_once_it_cannot(team: World) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="before"))
    await team.click(ALICE, request, DELETE)
    assert "that may still happen" in words(request)
    team.ticket_api.fail(FETCH, *[Fault(status=403)] * 9)
    team.now += SETTLE_S + 1
    await team.recover()
    assert "We don't know whether" in words(request)


async def test_a_click_before_it_is_on_record_that_the_request_was_posted_is_recovered_as_soon(team: World) -> None:
    request = await asked(team)
    [row] = team.ledger.rows()
    team.ledger.connection.raw.execute("UPDATE changes SET state = 'claimed', due_at = 5")
    event = AuditEvent(
        event="asked",
        change="delete",
        user=ALICE,
        asker=ALICE,
        confirmer="",
        team="T01",
        channel="C01SUPPORT",
        case_number=CaseNumber(NUMBER),
        request=row["id"],
        replaces="",
        outcome="posted the request",
        ref="-",
    )
    await team.serving.services.ledger.set_posted(row["id"], "C01SUPPORT", request.ts, event)
    assert team.ledger.rows()[0]["due_at"] == 5


async def test_who_is_not_there_any_more_is_not_written_to_for_a_day(team: World) -> None:
    request = await asked(team)
    for method in ("chat.update", "response_url"):
        team.slack.faults[method].extend([SlackFault(status=404)] * 9)
    team.slack.faults["chat.postMessage"].extend([SlackFault(error="account_inactive")] * 9)
    await team.slack.click(ALICE, request, "Cancel")
    await team.serving.services.runner.wait_idle()
    assert team.ledger.rows()[0]["state"] == "delivered"


async def test_a_receipt_whose_answer_was_lost_twice_is_sent_no_more_and_its_copy_is_kept(team: World) -> None:
    request = await asked(team)
    team.slack.faults["chat.postMessage"].extend([SlackFault(500)] * 2)
    await team.click(ALICE, request, DELETE)
    for _ in range(3):
        team.now += 10
        await team.recover()
    assert team.slack.calls.count("chat.postMessage") == 3  # the request, and twice the receipt
    [row] = team.ledger.rows()
    assert (row["state"], row["receipt"], row["copy"] is None) == ("delivered", "kept", False)


async def test_an_edit_that_may_land_late_is_put_right_though_an_earlier_one_is_due_before(
    empty_world: World, first: RunningBot
) -> None:
    request, answer_until = await asked(empty_world), asyncio.Event()
    await clicked(empty_world, request, Fault(status=504, gateway="after", answer_until=answer_until), carried_out=True)
    async with AsyncExitStack() as stack:
        empty_world.slack.faults["chat.update"].append(SlackFault(status=500))
        await taken_over(empty_world, stack)
        empty_world.now += 5
        answer_until.set()  # to a process that has lost the row, and whose "Deleting…" may be on its way still
        await first.services.runner.wait_idle()
        empty_world.now += 6  # ten seconds after the first of the two
        await empty_world.recover()
        request.payload = request.payload | {"blocks": [], "text": "Deleting…"}
        empty_world.now += 5
        await empty_world.recover()
        assert f"Ticket {NUMBER} can't be found any more" in words(request)
