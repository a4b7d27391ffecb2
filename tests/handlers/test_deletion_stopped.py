"""Stopping the bot in the middle of a deletion makes nothing untrue, and leaves nobody without an answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.ledger.database import Row, Statement, UnavailableError
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from handlers.slack.runner import CANCEL_GRACE_S
from tests.handlers.deletions import (
    DELETE,
    FETCH,
    FOREVER_S,
    NUMBER,
    PATIENCE_S,
    AuditLines,
    api_asked,
    api_did,
    api_is_asked,
    asked,
)
from tests.support.world import ALICE, CAROL, World, words


async def test_what_comes_too_late_for_a_stopping_bot_is_refused_and_on_record(team: World, audit: AuditLines) -> None:
    card = await team.command(ALICE, f"/ticket {NUMBER}")
    request, lost = await asked(team), await asked(team)
    team.ticket_api.fail("delete", Fault(reset="before"))
    await team.click(ALICE, lost, DELETE)
    before = len(audit.lines)
    team.serving.services.runner.draining = True

    answers = [await asked(team), await team.command(ALICE, "/ticket-delete help")]
    buttons = [(card, "Delete…"), (request, DELETE), (request, "Resolve instead"), (request, "Cancel")]
    answers += [await team.click(ALICE, *button) for button in [*buttons, (lost, "Check now")]]

    assert ["restarting" in words(answer) for answer in answers] == [True] * 7
    assert "othing was" not in words(answers[-1])  # whoever checks would take that for the answer
    refused = [(line["event"], line["case_number"], line["outcome"]) for line in audit.lines[before:]]
    assert refused == [("refused", NUMBER, "the bot is stopping")] * 6  # who asks for help is none
    assert [line["change"] for line in audit.lines[before:]] == ["delete"] * 3 + ["resolve"] + ["delete"] * 2


@pytest.fixture
async def patient(empty_world: World) -> AsyncIterator[World]:
    """With a bot that waits for long before it sends an answer again: not longer than 10 s, or it would not wait."""
    empty_world.reply_pause_s = 9.0
    async with empty_world.bot():
        yield empty_world


async def stop(world: World) -> None:
    """With no time left: what is under way is cut off."""
    await world.serving.services.runner.drain(CANCEL_GRACE_S)
    world.latest()


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_bot_stopped_during_the_call_leaves_the_end_to_another(
    team: World, audit: AuditLines, *, carried_out: bool
) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(delay_after_s=FOREVER_S) if carried_out else Fault(until=asyncio.Event()))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    if carried_out:
        await api_did(team, "delete")
    await stop(team)
    assert "Deleting" in words(request)
    assert not any("Nothing was changed" in words(posted) for posted in team.answers)
    assert audit.events == ["asked", "confirmed"]

    await team.serving.services.ledger.hand_over()  # as at the end of a process
    async with team.bot():
        await team.recover()
    assert ("can't be found any more" if carried_out else "may still happen") in words(request)
    assert audit.events == ["asked", "confirmed", "found deleted" if carried_out else "unclear"]


async def test_a_bot_stopped_after_it_was_refused_does_not_make_that_unclear(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(status=503, retry_after="600"))
    team.ticket_api.fail(FETCH, Fault(), Fault(until=asyncio.Event()))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    await api_is_asked(team, FETCH)
    await stop(team)
    assert "This click did not delete the ticket" in words(request)
    assert request.button(DELETE)
    assert audit.events == ["asked", "confirmed", "failed"]


async def slack_refuses_once(world: World) -> None:
    """Returns once the bot, which has something to tell, has to wait before it tells it again."""
    world.slack.faults["chat.update"].append(SlackFault(500))
    async with asyncio.timeout(PATIENCE_S):
        await world.slack.faulted.get()


async def stop_while_telling(world: World, times: int) -> None:
    """As at a shutdown: the bot gets some time before its transport is closed, and some after that."""
    await slack_refuses_once(world)
    stopping = []
    for _ in range(times - 1):
        stopping.append(asyncio.create_task(world.serving.services.runner.drain(CANCEL_GRACE_S)))
        await slack_refuses_once(world)
    await stop(world)
    await asyncio.gather(*stopping)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_bot_stopped_while_it_tells_of_a_deletion_tells_it_all_the_same(patient: World, times: int) -> None:
    request = await asked(patient)
    go_on = asyncio.Event()
    patient.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(patient, "delete", patient.slack.click(ALICE, request, DELETE))
    go_on.set()
    await stop_while_telling(patient, times)
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert not any("Nothing was changed" in words(posted) for posted in patient.slack.messages)


async def test_a_click_cut_off_before_anything_was_tried_is_on_record(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    team.ticket_api.fail(FETCH, Fault(until=asyncio.Event()))
    await api_asked(team, FETCH, team.slack.click(ALICE, request, DELETE))
    await stop(team)
    assert "Nothing was changed" in words(team.answers[-1])
    assert audit.events == ["asked", "failed"]


async def test_a_stopped_check_does_not_say_that_nothing_was_changed(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="after"))
    team.ticket_api.fail(FETCH, Fault(), Fault(status=403), Fault(until=asyncio.Event()))
    await team.click(ALICE, request, DELETE)
    await api_asked(team, FETCH, team.slack.click(CAROL, request, "Check now"))
    await stop(team)
    assert "We don't know whether" in words(team.answers[-1])
    assert not any("Nothing was changed" in words(posted) for posted in team.answers)
    assert audit.events[-1] == "checked"


@pytest.mark.parametrize("times", [1, 2])
async def test_a_bot_stopped_while_it_tells_what_a_check_found_tells_the_same_again(
    patient: World, times: int, audit: AuditLines
) -> None:
    request = await asked(patient)
    patient.ticket_api.fail("delete", Fault(reset="after"))
    patient.ticket_api.fail(FETCH, Fault(), Fault(status=403))
    await patient.click(ALICE, request, DELETE)
    before = len(patient.slack.messages)
    assert (await patient.slack.click(CAROL, request, "Check now")).status == 200
    await stop_while_telling(patient, times)
    assert f"Ticket {NUMBER} can't be found any more" in words(request)
    assert [posted.channel for posted in patient.slack.messages[before:]] == [ALICE]  # the receipt
    assert [line["outcome"] for line in audit.lines if line["event"] == "checked"] == ["can't be found"]


async def test_a_check_that_a_stop_cuts_off_while_it_answers_in_another_message_answers_there(patient: World) -> None:
    request = await asked(patient)
    patient.ticket_api.fail("delete", Fault(reset="after"))
    patient.ticket_api.fail(FETCH, Fault(), Fault(status=403), Fault(status=403))
    await patient.click(ALICE, request, DELETE)
    private = await patient.click(CAROL, request, "Check now")
    patient.slack.faults["response_url"].append(SlackFault(500))
    assert (await patient.slack.click(CAROL, private, "Check now")).status == 200
    async with asyncio.timeout(PATIENCE_S):
        await patient.slack.faulted.get()
    await stop(patient)
    assert f"Ticket {NUMBER} can't be found any more" in words(private)
    assert not any("Nothing was changed" in words(posted) for posted in patient.slack.messages)


async def test_a_check_that_a_stop_cuts_off_before_it_looked_says_so(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="after"))
    team.ticket_api.fail(FETCH, Fault(), Fault(status=403))
    await team.click(ALICE, request, DELETE)
    begun = asyncio.Event()

    async def stands_still(*_: Statement) -> list[list[Row]] | None:
        begun.set()
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(team.ledger, "commit", stands_still)
    await team.slack.click(CAROL, request, "Check now")
    await begun.wait()
    await stop(team)
    assert "The ticket was not looked up" in words(team.answers[-1])
    assert not any("Nothing was changed" in words(posted) for posted in team.answers)


@pytest.mark.parametrize("is_away", [False, True])
async def test_a_check_that_a_stop_cuts_off_while_it_says_why_it_does_not_look_says_that_it_did_not(
    patient: World, *, is_away: bool
) -> None:
    request = await asked(patient)
    patient.ticket_api.fail("delete", Fault(reset="after"))
    patient.ticket_api.fail(FETCH, Fault(), Fault(status=403))
    await patient.click(ALICE, request, DELETE)
    [row] = patient.ledger.rows()
    assert await patient.serving.services.ledger.take_over(row["id"], None)  # as another process would
    patient.ledger.fault = UnavailableError("away") if is_away else None
    patient.slack.faults["response_url"].append(SlackFault(500))
    assert (await patient.slack.click(CAROL, request, "Check now")).status == 200
    async with asyncio.timeout(PATIENCE_S):
        await patient.slack.faulted.get()
    await stop(patient)
    assert "The ticket was not looked up" in words(patient.answers[-1])
    assert not any("Nothing was changed" in words(posted) for posted in patient.answers)


async def test_a_request_that_a_stop_cuts_off_while_it_is_posted_is_posted_and_on_record(
    empty_world: World, audit: AuditLines
) -> None:
    empty_world.reply_pause_s = 9.0
    async with empty_world.bot(delete_prompt_visibility="private"):
        empty_world.slack.faults["response_url"].append(SlackFault(500))
        await empty_world.slack.command(ALICE, "/ticket-delete", NUMBER)
        async with asyncio.timeout(PATIENCE_S):
            await empty_world.slack.faulted.get()
        await stop(empty_world)
        [request] = empty_world.slack.messages
        assert request.button(DELETE)
        assert audit.events == ["asked"]


async def test_a_receipt_that_a_stop_cuts_off_is_sent_by_the_next_bot(patient: World) -> None:
    request = await asked(patient)
    before = len(patient.slack.messages)
    patient.slack.faults["chat.postMessage"].append(SlackFault(500))
    await patient.slack.click(ALICE, request, DELETE)
    async with asyncio.timeout(PATIENCE_S):
        await patient.slack.faulted.get()
    await stop(patient)
    patient.now += 10
    async with patient.bot():
        await patient.recover()
    lines = [words(posted) for posted in patient.slack.messages[before:]]
    assert len(lines) == 1
    assert "weekend for two" in lines[0]


async def test_a_stop_does_not_keep_the_answer_to_a_cancelled_request_back(patient: World) -> None:
    request = await asked(patient)
    patient.slack.faults["chat.update"].append(SlackFault(500))  # so that the bot waits before it tells again
    assert (await patient.slack.click(ALICE, request, "Cancel")).status == 200
    await patient.slack.faulted.get()
    await stop(patient)
    assert "cancelled*" in words(request)
    assert not any("Nothing was changed" in words(posted) for posted in patient.answers)
