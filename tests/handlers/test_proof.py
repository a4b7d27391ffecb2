"""Nothing is believed that was not proven: the seven findings of a review, each staged on the whole bot."""

import asyncio
from copy import deepcopy
from typing import Any

import pytest

from bot.changes.request import MAX_CLOCK_SKEW_S
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import DELETE, FETCH, NUMBER, AuditLines, api_asked, api_did, asked, deletions
from tests.support.world import ALICE, BOB, World, words

_MAYBE_DONE = [SlackFault(error="fatal_error"), SlackFault(error="internal_error")]


async def test_a_click_reads_afresh_while_an_older_look_is_still_being_answered(team: World) -> None:
    request = await asked(team)
    answer = asyncio.Event()
    team.ticket_api.strict = False
    team.ticket_api.fail(FETCH, Fault(answer_until=answer))
    looking = asyncio.create_task(team.slack.command(BOB, "/ticket", NUMBER))
    await api_did(team, FETCH)
    team.ticket_api.tickets[NUMBER]["Subject"] = "LEGAL HOLD"
    assert (await team.slack.click(ALICE, request, DELETE)).status == 200
    answer.set()
    await looking
    await team.serving.services.runner.wait_idle()
    assert deletions(team) == 0
    assert "changed after it was shown" in words(request)
    assert "LEGAL HOLD" in words(request)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 504])
async def test_a_gateways_answer_to_a_deletion_that_was_carried_out_loses_no_receipt(
    team: World, audit: AuditLines, status: int
) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(gateway="after", status=status))
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 1
    assert "can't be found any more" in words(request)
    assert "Most likely this request deleted it" in words(request)
    assert "changed nothing" not in words(request)
    assert any("weekend for two" in words(posted) for posted in team.slack.messages if posted.channel == ALICE)
    assert audit.events == ["asked", "confirmed", "found deleted"]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_gateways_quick_no_is_followed_by_a_read_and_by_a_second_try(team: World, status: int) -> None:
    request = await asked(team)
    reads = len(team.ticket_api.calls(FETCH))
    team.ticket_api.fail("delete", Fault(gateway="instead", status=status))
    await team.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert len(team.ticket_api.calls("delete")) == 2
    assert len(team.ticket_api.calls(FETCH)) - reads == 2  # at the click, and before the repetition


async def test_a_ticket_that_changed_after_a_gateways_no_is_not_tried_again(
    team: World,
) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(gateway="before", status=503, until=go_on))
    team.ticket_api.fail(FETCH, Fault(), Fault(until=(changed := asyncio.Event())))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    team.ticket_api.tickets[NUMBER]["Subject"] = "LEGAL HOLD"
    changed.set()
    await team.serving.services.runner.wait_idle()
    assert "that may still happen" in words(request)
    assert [button["text"]["text"] for button in request.buttons] == ["Check now"]
    assert len(team.ticket_api.calls("delete")) == 1
    go_on.set()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda ticket: ticket["Notes"][0].update(Note="do not delete"), "a note's text"),
        (lambda ticket: ticket.update(Files=deepcopy(ticket["Files"][::-1])), "a file"),
        (lambda ticket: ticket.update(Collaborators=["Somebody else"]), "a collaborator"),
        (lambda ticket: ticket["AccountInfo"].update(FullName="Jo Doe"), "who opened the ticket"),
        (lambda ticket: ticket.update(Survey={"Keep": "yes"}), "the survey"),
        (lambda ticket: ticket.update(LegalHold=True), "the field LegalHold"),
        (lambda ticket: ticket.update(NotifyUsers=["legal@example.com"]), "who is notified"),
    ],
)
async def test_a_change_that_changes_no_number_is_noticed_and_named(team: World, change: Any, what: str) -> None:  # noqa: ANN401
    request = await asked(team)
    change(team.ticket_api.tickets[NUMBER])
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 0
    assert f"Changed: {what}" in words(request)


async def test_a_field_that_nobody_knows_is_shown_once_and_then_left_out(team: World) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER]["ReadAt"] = 1
    await team.click(ALICE, request, DELETE)
    assert "won't be compared again" in words(request)
    team.ticket_api.tickets[NUMBER]["ReadAt"] = 2
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 1


@pytest.mark.parametrize("fault", [SlackFault(status=500), SlackFault(reset=True), *_MAYBE_DONE])
async def test_a_request_that_slack_may_have_posted_is_not_posted_again_nor_denied(
    team: World, audit: AuditLines, fault: SlackFault
) -> None:
    team.slack.faults["chat.postMessage"].append(fault)
    answer = await asked(team)
    assert answer.visible_to == ALICE
    assert "didn't confirm" in words(answer)
    assert "Nothing was changed" not in words(answer)
    assert team.slack.messages == [answer]
    assert audit.events == ["unclear"]


async def test_buttons_that_an_error_of_slacks_may_have_taken_away_come_back(empty_world: World) -> None:
    empty_world.reply_pause_s = 0.0
    async with empty_world.bot():
        request = await asked(empty_world)
        fault = SlackFault(error="internal_error", is_taken=True)
        empty_world.slack.faults["chat.update"].extend([fault] * 3)
        empty_world.slack.faults["response_url"].append(SlackFault(404))
        await empty_world.click(ALICE, request, DELETE)
        assert "nothing was sent to the ticket system" in words(request)
        await empty_world.click(ALICE, request, DELETE)
        assert f"Ticket {NUMBER} deleted" in words(request)
    assert deletions(empty_world) == 1


async def test_after_an_error_the_deletion_may_be_somebody_elses_and_is_not_claimed(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(status=500, until=go_on))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    del team.ticket_api.tickets[NUMBER]  # in the vendor's own page
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert f"Ticket {NUMBER} deleted" not in words(request)
    assert "The ticket system never confirmed the deletion" in words(request)
    assert audit.events[-1] == "found deleted"


async def test_where_nothing_can_be_recorded_nothing_is_deleted(empty_world: World) -> None:
    async def full(line: str) -> None:
        if '"confirmed"' in line:
            raise OSError(28, "No space left on device")

    empty_world.write_audit = full  # type: ignore[method-assign]  # a full disk
    async with empty_world.bot():
        request = await asked(empty_world)
        answer = await empty_world.click(ALICE, request, DELETE)
    assert empty_world.ticket_api.calls("delete") == []
    assert "can't put this on record" in words(answer)
    assert request.button(DELETE)


async def test_every_audit_line_names_the_request_who_asked_and_who_confirmed(
    empty_world: World, audit: AuditLines
) -> None:
    async with empty_world.bot(delete_second_person="on"):
        request = await asked(empty_world)
        empty_world.ticket_api.tickets[NUMBER]["Subject"] = "Another one"
        await empty_world.click(BOB, request, DELETE)
        await empty_world.click(BOB, request, DELETE)
    events = [(line["event"], line["asker"], line["confirmer"]) for line in audit.lines]
    assert events == [("asked", ALICE, ""), ("failed", ALICE, BOB), ("confirmed", ALICE, BOB), ("deleted", ALICE, BOB)]
    first, second, *others = [line["request"] for line in audit.lines]
    assert first == second
    assert {line["replaces"] for line in audit.lines[2:]} == {first}
    assert len(set(others)) == 1
    assert f"Confirmed by <@{BOB}>, asked by <@{ALICE}>" in words(request)


@pytest.mark.parametrize(("seconds", "deleted"), [(MAX_CLOCK_SKEW_S, 1), (MAX_CLOCK_SKEW_S + 1, 0)])
async def test_a_request_from_the_future_counts_as_expired(team: World, seconds: int, deleted: int) -> None:
    team.now += seconds
    request = await asked(team)
    team.now -= seconds  # the clock was set back
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == deleted
    assert ("expired" in words(request)) == (not deleted)
    if not deleted:
        assert f"expired* <!date^{team.now:.0f}^" in words(request)  # not in the future
