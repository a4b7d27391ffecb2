"""After the acknowledgement nothing is lost, and at shutdown nobody is left without an answer."""

import asyncio

import aiohttp
import pytest
from pytest_mock import MockerFixture

from bot.api.client import SweeppeaClient
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from handlers import serve
from handlers.slack import runner as runner_module
from handlers.slack.runner import CANCEL_GRACE_S
from tests.handlers.deletions import FOREVER_S, NUMBER, api_did
from tests.support.world import ALICE, Transport, World, words


async def test_a_bug_right_after_the_acknowledgement_loses_neither_it_nor_the_answer(
    empty_world: World, transport: Transport, mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    mocker.patch.object(SweeppeaClient, "look", side_effect=RuntimeError("Jane Roe's ticket"))
    async with empty_world.bot(transport):
        answer = await empty_world.command(ALICE, "/ticket HYXTNJV")
    assert "bug in this bot" in words(answer)
    reference = words(answer).rpartition("ref\u00a0")[2]
    assert len(reference) == 5
    assert "RuntimeError" in caplog.text
    assert "Jane" not in caplog.text + words(answer)


async def test_a_bug_behind_a_button_is_answered_too(team: World, mocker: MockerFixture) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    mocker.patch.object(SweeppeaClient, "look", side_effect=RuntimeError)
    assert "bug in this bot" in words(await team.click(ALICE, card, "Refresh"))


async def test_a_payload_that_lacks_something_is_acknowledged_with_a_sentence(
    empty_world: World, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    async with empty_world.bot(transport):
        acknowledgement = await empty_world.slack.deliver("slash_commands", {"command": "/ticket", "text": "secret"})
    assert acknowledgement.status == 200
    assert "bug in this bot" in acknowledgement.body
    assert "secret" not in caplog.text


async def test_an_answer_that_slack_does_not_take_at_first_is_sent_again(team: World) -> None:
    team.slack.faults["response_url"].extend([SlackFault(429, retry_after="0"), SlackFault(500)])
    assert "Issue with" in words(await team.command(ALICE, "/ticket HYXTNJV"))


async def test_an_answer_whose_connection_breaks_is_sent_again(team: World) -> None:
    team.slack.faults["response_url"].append(SlackFault(reset=True))
    assert "Issue with" in words(await team.command(ALICE, "/ticket HYXTNJV"))


@pytest.mark.parametrize("faults", [[SlackFault(404)], [SlackFault(500)] * 3, [SlackFault(429, retry_after="3600")]])
async def test_an_answer_that_slack_refuses_reaches_the_person_directly(
    team: World, faults: list[SlackFault], caplog: pytest.LogCaptureFixture
) -> None:
    team.slack.faults["response_url"].extend(faults)
    answer = await team.command(ALICE, "/ticket HYXTNJV")
    assert answer.channel == ALICE
    assert "Issue with" in words(answer)
    assert "Slack did not take an answer" in caplog.text
    assert "/response/" not in caplog.text


async def test_a_request_that_the_channel_refuses_asks_nothing_and_the_asker_hears_why(team: World) -> None:
    team.slack.faults["chat.postMessage"].append(SlackFault(error="not_in_channel"))
    team.slack.faults["response_url"].append(SlackFault(404))
    answer = await team.command(ALICE, f"/ticket-delete {NUMBER}")
    assert answer.channel == ALICE
    assert "didn't accept the message" in words(answer)
    assert answer.buttons == []


async def test_where_nobody_can_be_reached_the_log_says_so(team: World, caplog: pytest.LogCaptureFixture) -> None:
    team.slack.faults["response_url"].append(SlackFault(404))
    team.slack.faults["chat.postMessage"].append(SlackFault(error="channel_not_found"))
    await team.slack.command(ALICE, "/ticket", "HYXTNJV")
    await team.serving.services.runner.wait_idle()
    assert team.slack.messages == []
    assert "chat.postMessage failed: 127.0.0.1:" in caplog.text
    assert ": channel_not_found\n" in caplog.text


async def test_while_stopping_new_work_is_refused_politely_and_health_says_so(
    empty_world: World, transport: Transport
) -> None:
    async with empty_world.bot(transport) as serving:
        serving.services.runner.draining = True
        answer = await empty_world.command(ALICE, "/ticket HYXTNJV")
        if transport == "http":
            health = f"http://127.0.0.1:{serving.port}/healthz"
            async with aiohttp.ClientSession() as session, session.get(health) as response:
                assert response.status == 503
    assert "restarting" in words(answer)
    assert empty_world.ticket_api.log == []


async def test_what_is_under_way_at_shutdown_is_finished(empty_world: World, transport: Transport) -> None:
    async with empty_world.bot(transport):
        go_on = asyncio.Event()
        empty_world.ticket_api.fail("fetchSingleTicket", Fault(until=go_on))
        await empty_world.slack.command(ALICE, "/ticket", "HYXTNJV")
        await empty_world.ticket_api.arrived.get()
        asyncio.get_running_loop().call_soon(go_on.set)  # once the shutdown waits
    assert "Issue with" in words(empty_world.latest())


async def test_a_look_up_that_shutdown_cuts_short_says_so(empty_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "DRAIN_TIMEOUT_S", CANCEL_GRACE_S)
    async with empty_world.bot():
        empty_world.ticket_api.fail("fetchSingleTicket", Fault(until=asyncio.Event()))
        await empty_world.slack.command(ALICE, "/ticket", "HYXTNJV")
        await empty_world.ticket_api.arrived.get()
    assert "stopped before it had an answer" in words(empty_world.latest())


async def test_whoever_comes_at_the_very_moment_of_the_cut_is_answered(team: World, mocker: MockerFixture) -> None:
    runner = team.serving.services.runner
    team.ticket_api.fail("fetchSingleTicket", Fault(until=asyncio.Event()))
    await team.slack.command(ALICE, "/ticket", "HYXTNJV")
    await team.ticket_api.arrived.get()
    begun: list[str] = []

    async def late() -> None:
        begun.append("late")

    mocker.patch.object(runner_module.log, "warning", side_effect=lambda *_: runner.start(late()))
    await runner.drain(CANCEL_GRACE_S)
    assert begun == ["late"]


async def test_a_deletion_that_shutdown_cuts_short_is_handed_over_and_ended_by_the_next_bot(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "DRAIN_TIMEOUT_S", CANCEL_GRACE_S)
    async with empty_world.bot():
        request = await empty_world.command(ALICE, f"/ticket-delete {NUMBER}")
        empty_world.ticket_api.fail("delete", Fault(delay_after_s=FOREVER_S))
        await empty_world.slack.click(ALICE, request, f"Delete {NUMBER}")
        await api_did(empty_world, "delete")
    assert "Deleting" in words(request)
    empty_world.latest()
    async with empty_world.bot():
        await empty_world.recover()
    empty_world.latest()
    assert "can't be found any more" in words(request)
    assert [posted.channel for posted in empty_world.answers] == ["C01SUPPORT", ALICE]  # the record, and the receipt
