"""One line for one command or click: who, where, what, which ticket, what came of it, and how long."""

import asyncio
import logging
import re

import pytest
from pytest_mock import MockerFixture

from bot import logs
from bot.api.client import SweeppeaClient
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from handlers import serve
from handlers.slack.runner import CANCEL_GRACE_S
from tests.handlers.deletions import NUMBER, asked, deletions
from tests.support.world import ALICE, BOB, CAROL, Transport, World, words

DURATION = re.compile(r"[\d.]+ m?s\b(?!:)")
COMMANDS = ("/ticket", "/ticket-delete")


@pytest.fixture
def lines(team: World, caplog: pytest.LogCaptureFixture) -> "Lines":
    caplog.set_level(logging.INFO)
    caplog.clear()
    return Lines(caplog)


class Lines:
    """What was logged since it was looked at last: level and text, without how long it took."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def new(self) -> list[str]:
        ours = [record for record in self.caplog.records if record.name.startswith(("bot", "handlers"))]
        told = [f"{record.levelname} {DURATION.sub('…', record.getMessage())}" for record in ours]
        self.caplog.clear()
        return told


async def test_a_look_at_a_ticket_is_one_line(team: World, lines: Lines) -> None:
    await team.command(ALICE, "/ticket hyxtnjv")
    assert lines.new() == ["INFO /ticket HYXTNJV by U01ALICE in C01SUPPORT: answered, …"]


async def test_each_button_is_one_line_with_its_name(team: World, lines: Lines) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    lines.new()
    await team.click(BOB, card, "Refresh")
    await team.click(ALICE, card, "Share")
    assert lines.new() == [
        "INFO refresh_ticket HYXTNJV by U01BOB in C01SUPPORT: answered, …",
        "INFO share_ticket HYXTNJV by U01ALICE in C01SUPPORT: answered, …",
    ]


async def test_a_click_in_a_window_names_the_ticket(team: World, lines: Lines) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    lines.new()
    await team.slack.click(ALICE, card, "Details")
    await team.serving.services.runner.wait_idle()
    assert lines.new() == ["INFO ticket_details HYXTNJV by U01ALICE in C01SUPPORT: answered, …"]


@pytest.mark.parametrize("typed", ["my password is hunter2", "help", ""])
async def test_what_is_no_case_number_is_not_repeated(team: World, lines: Lines, typed: str) -> None:
    await team.command(ALICE, f"/ticket {typed}")
    await team.command(ALICE, f"/ticket-delete {typed}")
    assert lines.new() == [f"INFO {name} by U01ALICE in C01SUPPORT: answered, …" for name in COMMANDS]


async def test_a_wrong_number_is_no_warning(team: World, lines: Lines) -> None:
    for name in COMMANDS:
        await team.command(ALICE, f"{name} NONE000")
    look, ask = lines.new()
    assert look.startswith("INFO /ticket NONE000 by U01ALICE in C01SUPPORT: not found, …")
    assert ask.startswith("INFO /ticket-delete NONE000 by U01ALICE in C01SUPPORT: failed: not read: HTTP 404, …")


async def test_whoever_may_not_is_named_with_the_reason(empty_world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with empty_world.bot(ticket_viewers=ALICE):
        caplog.clear()
        await empty_world.command(CAROL, "/ticket HYXTNJV")
        await empty_world.command(CAROL, f"/ticket-delete {NUMBER}")
        assert Lines(caplog).new() == [
            "INFO /ticket HYXTNJV by U01CAROL in C01SUPPORT: refused: not in TICKET_VIEWERS, …",
            f"INFO /ticket-delete {NUMBER} by U01CAROL in C01SUPPORT: refused: not in TICKET_DELETERS, …",
        ]


async def test_a_deletion_is_two_lines_and_the_second_has_the_request_to_the_api(team: World, lines: Lines) -> None:
    request = await asked(team)
    await team.click(ALICE, request, f"Delete {NUMBER}")
    assert lines.new() == [
        f"INFO /ticket-delete {NUMBER} by U01ALICE in C01SUPPORT: asked: posted the request, …",
        (
            f"INFO delete_ticket {NUMBER} by U01ALICE in C01SUPPORT: deleted: confirmed by the API, …; "
            f"/tickets/delete {NUMBER}: 200, …"
        ),
    ]


async def test_a_failure_is_one_warning_with_its_reason(team: World, lines: Lines) -> None:
    team.ticket_api.fail("fetchSingleTicket", *[Fault(status=500)] * 20)
    await team.command(ALICE, "/ticket HYXTNJV")
    (line,) = lines.new()
    assert line.startswith("WARNING /ticket HYXTNJV by U01ALICE in C01SUPPORT: failed: HTTP 500, …; /tickets/fetch")


async def test_a_ticket_system_that_is_not_there_is_named_with_the_reason(
    empty_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with empty_world.bot(sweeppea_base_url="http://127.0.0.1:9", sweeppea_deadline_s=1):
        caplog.clear()
        await empty_world.command(ALICE, "/ticket HYXTNJV")
        (line,) = Lines(caplog).new()
    assert "WARNING /ticket HYXTNJV by U01ALICE in C01SUPPORT: failed: 127.0.0.1:9: Connection refused, …" in line


async def test_a_deletion_without_an_answer_is_one_warning(team: World, lines: Lines) -> None:
    request = await asked(team)
    lines.new()
    team.ticket_api.fail("delete", Fault(reset="after"))
    await team.click(ALICE, request, f"Delete {NUMBER}")
    (line,) = lines.new()
    assert deletions(team) == 1
    assert line.startswith(f"WARNING delete_ticket {NUMBER} by U01ALICE in C01SUPPORT: found deleted: ")
    assert f"/tickets/delete {NUMBER}: NoResponseError (127.0.0.1:" in line


async def test_what_slack_refuses_is_in_the_line_with_host_and_reason(team: World, lines: Lines) -> None:
    team.slack.faults["response_url"].append(SlackFault(404))
    await team.command(ALICE, "/ticket HYXTNJV")
    assert lines.new() == [
        (
            "WARNING /ticket HYXTNJV by U01ALICE in C01SUPPORT: answered, …; "
            "Slack did not take an answer: 127.0.0.1: HTTP 404"
        )
    ]


async def test_a_bug_is_one_error_with_its_place(team: World, lines: Lines, mocker: MockerFixture) -> None:
    mocker.patch.object(SweeppeaClient, "look", side_effect=RuntimeError("Jane Roe's ticket"))
    await team.command(ALICE, "/ticket HYXTNJV")
    (line,) = lines.new()
    assert line.startswith(
        "ERROR /ticket HYXTNJV by U01ALICE in C01SUPPORT: failed: a bug in this bot, …; RuntimeError"
    )
    assert " handlers/reading.py:" in line
    assert "Jane" not in line


async def test_whoever_is_cut_off_by_a_stop_is_named(
    empty_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serve, "DRAIN_TIMEOUT_S", CANCEL_GRACE_S)
    async with empty_world.bot():
        empty_world.ticket_api.fail("fetchSingleTicket", Fault(until=asyncio.Event()))
        await empty_world.slack.command(ALICE, "/ticket", "HYXTNJV")
        await empty_world.ticket_api.arrived.get()
    assert "/ticket HYXTNJV by U01ALICE in C01SUPPORT: interrupted: the bot is stopping, " in caplog.text


async def test_an_audit_channel_that_refuses_is_named_with_what_to_do(
    empty_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with empty_world.bot(audit_channel="C09AUDIT"):
        empty_world.slack.chat.take_out("C09AUDIT")
        await empty_world.command(ALICE, f"/ticket-delete {NUMBER}")
    (warning,) = {r.getMessage() for r in caplog.records if r.levelno == logging.WARNING}
    assert warning.startswith("AUDIT_CHANNEL: chat.postMessage failed: 127.0.0.1:")
    assert warning.endswith(": not_in_channel (invite the bot into that channel: @ and its name there)")


async def test_an_odd_name_of_a_button_is_not_repeated(team: World, lines: Lines) -> None:
    button = SlackMessage("1.1", "C01SUPPORT", None, {"text": "x", "blocks": []})
    payload = team.slack.click_payload(ALICE, button, {"action_id": "John Doe", "value": "v", "type": "button"})
    await team.deliver(await team.slack.deliver("interactive", payload))
    assert lines.new() == ["INFO unknown by U01ALICE in C01SUPPORT: refused: the button is out of date, …"]


async def test_the_ref_that_a_person_reads_is_that_of_the_line(
    empty_world: World, transport: Transport, mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    refs: list[str] = []

    def hear(_: logging.LogRecord) -> bool:
        refs.append(logs.reference.get())
        return True

    caplog.handler.addFilter(hear)
    mocker.patch.object(SweeppeaClient, "look", side_effect=RuntimeError)
    async with empty_world.bot(transport):
        refs.clear()
        answer = await empty_world.command(ALICE, "/ticket HYXTNJV")
    assert refs[0] == words(answer).rpartition("ref\u00a0")[2]


async def test_a_token_that_slack_refuses_is_named_in_the_line_of_the_command(team: World, lines: Lines) -> None:
    """`account_inactive` alone reads as if it were about a person."""
    team.slack.faults["chat.postMessage"].append(SlackFault(error="account_inactive"))
    await asked(team)
    assert "account_inactive (Slack refuses SLACK_BOT_TOKEN: see `python app.py check`)" in lines.new()[-1]
