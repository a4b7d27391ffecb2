"""What is kept of a deletion: the ticket's text, and who did what."""

import threading
from typing import Any

from pytest_mock import MockerFixture

from bot.blockkit.blocks import SEPARATOR, Message
from bot.changes.request import LATE_EXECUTION_S
from bot.messages import receipt as receipts
from bot.sandbox.sample_tickets import TICKETS
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from handlers.serve import RunningBot
from tests.handlers.deletions import DELETE, NUMBER, asked, deletions, unclear
from tests.support.world import ALICE, BOB, CAROL, World, words


async def test_the_deleter_gets_the_tickets_text_directly(team: World) -> None:
    request = await asked(team)
    await team.click(ALICE, request, DELETE)
    receipt = next(posted for posted in team.answers if posted.channel == ALICE)
    shown = words(receipt)
    assert receipt.text.startswith(f"Ticket {NUMBER} was deleted.")
    for part in (
        "Keep this: it is the only copy.",
        "Also deleted: 2 files, 1 collaborator and the history.",
        "Winners page shows the wrong prize",
        "weekend for two",
        "Asked legal",
        "High priority",
    ):
        assert part in shown
    assert "maria" not in shown.lower()


async def test_a_receipt_that_slack_has_no_time_for_is_sent_again(team: World) -> None:
    object.__setattr__(team.serving.services.replies, "pause_s", 0.0)
    request = await asked(team)
    limited = SlackFault(429, error="ratelimited", retry_after="0")
    team.slack.faults["chat.postMessage"].extend([limited, SlackFault(500)])
    await team.click(ALICE, request, DELETE)
    assert not any(posted.channel == ALICE for posted in team.answers)  # it may have arrived, so not at once
    team.now += 2
    await team.recover()
    team.latest()
    receipt = next(posted for posted in team.answers if posted.channel == ALICE)
    assert "Asked legal" in words(receipt)


async def test_a_receipt_that_cannot_be_sent_comes_shortened_and_privately(team: World) -> None:
    request = await asked(team)
    team.slack.faults["chat.postMessage"].append(SlackFault(error="messages_tab_disabled"))
    await team.click(ALICE, request, DELETE)
    receipt = team.slack.messages[-1]
    assert (receipt.channel, receipt.visible_to) == ("C01SUPPORT", ALICE)
    assert "could not be sent to you directly" in words(receipt)


async def test_who_asked_and_may_not_look_any_more_gets_no_receipt_in_place_of_who_confirmed(
    empty_world: World,
) -> None:
    async with empty_world.bot(delete_second_person="on"):
        request = await asked(empty_world)
    async with empty_world.bot(delete_second_person="on", ticket_viewers=BOB):
        empty_world.slack.faults["chat.postMessage"].append(SlackFault(error="messages_tab_disabled"))
        await empty_world.click(BOB, request, DELETE)
        empty_world.now += 2
        await empty_world.recover()
    having = [posted.visible_to for posted in empty_world.slack.messages if "weekend for two" in words(posted)]
    assert having == [BOB, BOB]  # shortened at once, and whole later


async def test_who_confirmed_and_may_not_look_any_more_gets_no_receipt(empty_world: World) -> None:
    async with empty_world.bot():
        request = await unclear(empty_world)
    async with empty_world.bot(ticket_viewers=BOB):
        for method, fault in (("chat.update", SlackFault(error="is_archived")), ("response_url", SlackFault(404))):
            empty_world.slack.faults[method].extend([fault] * 9)
        for _ in range(3):
            empty_world.now += 10
            await empty_world.recover()
    told, *more = (posted for posted in empty_world.slack.messages if posted != request)
    assert "Most likely this request deleted it" in words(told)
    assert more == []  # which is said once
    assert empty_world.ledger.rows()[0]["copy"] is not None  # for `app.py receipt`


async def test_a_second_try_whose_answer_is_lost_has_its_receipt_too(team: World) -> None:
    first = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="before"), Fault(reset="after"))
    await team.click(ALICE, first, DELETE)
    team.now += LATE_EXECUTION_S + 1
    second = await asked(team)
    await team.click(ALICE, second, DELETE)
    assert "Most likely this request deleted it" in words(second)
    assert any("Keep this" in words(posted) for posted in team.slack.messages if posted.channel == ALICE)


async def test_a_large_receipt_holds_up_nobody_else(team: World, mocker: MockerFixture) -> None:
    """The event loop's thread makes the small ones alone."""
    threads = []
    make = receipts.receipt

    def made(*args: Any, **kwargs: Any) -> list[Message]:  # noqa: ANN401
        threads.append(threading.current_thread() is threading.main_thread())
        return make(*args, **kwargs)

    mocker.patch.object(receipts, "receipt", made)
    await team.click(ALICE, await asked(team), DELETE)
    team.ticket_api.tickets[NUMBER] = TICKETS[NUMBER] | {"Notes": ["word " * 200] * 50}
    await team.click(ALICE, await asked(team), DELETE)
    assert threads == [True, False]
    assert "Note 1 of 50" in " ".join(words(posted) for posted in team.answers if posted.channel == ALICE)


async def test_a_receipt_that_is_turned_on_later_does_not_say_that_the_ticket_had_no_text(empty_world: World) -> None:
    async with empty_world.bot(delete_receipt="off"):
        request = await unclear(empty_world)
    async with empty_world.bot():
        empty_world.now += 10
        await empty_world.recover()
    assert "Most likely this request deleted it" in words(request)
    assert empty_world.slack.messages == [request]


async def test_the_receipt_can_be_turned_off(empty_world: World) -> None:
    async with empty_world.bot(delete_receipt="off"):
        await empty_world.click(ALICE, await asked(empty_world), DELETE)
    assert empty_world.slack.calls.count("chat.postMessage") == 1  # the request


def hurry(bot: RunningBot) -> None:
    """Slack is not, but the stand-in takes any number of messages a second."""
    assert bot.services.audit_channel
    bot.services.audit_channel.pause_s = 0.0


async def test_the_audit_channel_gets_each_step_and_fails_nothing(empty_world: World) -> None:
    async with empty_world.bot(audit_channel="C01AUDIT", delete_receipt="off") as bot:
        hurry(bot)
        await asked(empty_world)
        request = next(posted for posted in empty_world.answers if posted.buttons)
        empty_world.slack.faults["chat.postMessage"].append(SlackFault(error="not_in_channel"))
        await empty_world.click(ALICE, request, DELETE)
    lines = [posted.text for posted in empty_world.slack.messages if posted.channel == "C01AUDIT"]
    titles = ["*Request to delete* `2531581`", "*Deletion confirmed* `2531581`", "*Deleted* `2531581`"]
    assert [line.split(SEPARATOR)[0].partition(" ")[2] for line in lines] == titles  # the first was not taken at first
    assert lines[-1].split(SEPARATOR)[1:] == [f"asked and confirmed by <@{ALICE}>", "<#C01SUPPORT>"]
    assert deletions(empty_world) == 1


async def test_audit_channel_does_not_say_that_who_cancels_or_checks_wanted_to_delete(
    empty_world: World,
) -> None:
    async with empty_world.bot(audit_channel="C01AUDIT") as bot:
        hurry(bot)
        await asked(empty_world)
        await asked(empty_world)
        request, gone = (posted for posted in empty_world.slack.messages if posted.buttons)
        await empty_world.click(CAROL, request, "Cancel")
        empty_world.ticket_api.fail("delete", Fault(reset="before"))
        await empty_world.click(ALICE, request, DELETE)
        await empty_world.click(CAROL, request, "Check now", team="T0OTHER")
        del empty_world.ticket_api.tickets[NUMBER]
        await empty_world.click(BOB, gone, "Cancel")
    lines = [posted.text for posted in empty_world.slack.messages if posted.channel == "C01AUDIT"]
    assert [line.partition(":lock: ")[2].split(SEPARATOR)[:3] for line in lines if f"<@{CAROL}>" in line] == [
        ["*Refused* `2531581`", f"by <@{CAROL}>", "not in TICKET_DELETERS"],
        ["*Refused* `2531581`", f"by <@{CAROL}>", "not of this workspace"],
    ]
    assert any("*Request cancelled* `2531581`" in line and f"<@{BOB}>" in line for line in lines)
