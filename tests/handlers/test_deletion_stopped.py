"""Stopping the bot in the middle of a deletion makes nothing untrue, and leaves nobody without an answer."""

import asyncio
from collections.abc import Awaitable

import pytest

from bot.sandbox import Fault
from bot.stand_in import Acknowledgement
from bot.stand_in import Fault as SlackFault
from handlers.runner import FAREWELL_S
from tests.handlers.deletions import DELETE, FETCH, NUMBER, AuditLines, asked
from tests.support.world import ALICE, CAROL, World, words


async def stopped_while(world: World, press: Awaitable[Acknowledgement], wait_for: str) -> None:
    """Stops the bot with no time left, once the ticket API was asked for that."""
    assert (await press).status == 200
    while (await world.sandbox.arrived.get()).endpoint != wait_for:
        pass
    await asyncio.sleep(0.05)  # what the sandbox does at once is done, and the answer is still to come
    await world.serving.services.runner.drain(FAREWELL_S)
    world.latest()


@pytest.mark.parametrize("fault", [Fault(delay_after_s=5), Fault(delay_s=5)])
async def test_a_bot_stopped_during_the_call_does_not_say_that_nothing_was_changed(
    team: World, fault: Fault, audit: AuditLines
) -> None:
    prompt = await asked(team)
    team.sandbox.fail("delete", fault)
    await stopped_while(team, team.slack.press(ALICE, prompt, DELETE), "delete")
    assert "cannot be told" in words(prompt)
    assert not any("Nothing was changed" in words(posted) for posted in team.answers)
    assert audit.events == ["asked", "confirmed", "unclear"]


async def test_a_bot_stopped_while_it_tells_of_a_deletion_tells_it_all_the_same(team: World) -> None:
    prompt = await asked(team)
    press = team.slack.press(ALICE, prompt, DELETE)
    team.sandbox.fail("delete", Fault(delay_s=0.03))
    object.__setattr__(team.serving.services.replies, "pause_s", 5.0)
    await press
    while (await team.sandbox.arrived.get()).endpoint != "delete":
        pass
    team.slack.faults["response_url"].append(SlackFault(500))  # so that it waits before it tells again
    await asyncio.sleep(0.2)
    await team.serving.services.runner.drain(FAREWELL_S)
    team.latest()
    assert f"Ticket {NUMBER} was deleted" in words(prompt)
    assert not any("Nothing was changed" in words(posted) for posted in team.answers)


async def test_a_press_cut_off_before_anything_was_tried_is_on_record(team: World, audit: AuditLines) -> None:
    prompt = await asked(team)
    while not team.sandbox.arrived.empty():
        team.sandbox.arrived.get_nowait()
    team.sandbox.fail(FETCH, Fault(delay_s=5))
    await stopped_while(team, team.slack.press(ALICE, prompt, DELETE), FETCH)
    assert "Nothing was changed" in words(team.answers[-1])
    assert audit.events == ["asked", "failed"]


async def test_a_stopped_check_does_not_say_that_nothing_was_changed(team: World, audit: AuditLines) -> None:
    prompt = await asked(team)
    team.sandbox.fail("delete", Fault(reset="after"))
    team.sandbox.fail(FETCH, Fault(), Fault(status=403), Fault(delay_s=5))
    await team.presses(ALICE, prompt, DELETE)
    while not team.sandbox.arrived.empty():
        team.sandbox.arrived.get_nowait()
    await stopped_while(team, team.slack.press(CAROL, prompt, "Check now"), FETCH)
    assert "cannot be told" in words(team.answers[-1])
    assert not any("Nothing was changed" in words(posted) for posted in team.answers)
    assert audit.events[-1] == "checked"
