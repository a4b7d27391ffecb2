"""Whatever the ticket API answers, what is said of a deletion is true."""

import asyncio
import dataclasses
import re

import pytest
from pytest_mock import MockerFixture

from bot.api.client import SweeppeaClient
from bot.ledger.database import Statement
from bot.ledger.statements import SETTLE_S
from bot.sandbox.ticket_api import HTML_PAGE, TRUNCATED, Fault
from tests.handlers.deletions import (
    DELETE,
    FETCH,
    NUMBER,
    AuditLines,
    api_asked,
    asked,
    deletions,
)
from tests.support.world import ALICE, BOB, CAROL, World, words

_BUSY = Fault(status=503, retry_after="600")  # longer than anybody waits


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(status=404), f"Ticket {NUMBER} was not deleted"),
        (Fault(status=404), "someone else's account"),
        (Fault(status=401), "doesn't accept the bot's API key"),
        (Fault(status=403), "doesn't accept the bot's API key"),
    ],
)
async def test_a_refused_deletion_says_why_and_takes_the_buttons_away(team: World, fault: Fault, sentence: str) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", fault)
    await team.click(ALICE, request, DELETE)
    assert sentence in words(request)
    assert "was deleted" not in words(request)
    assert request.buttons == []
    assert NUMBER in team.ticket_api.tickets


@pytest.mark.parametrize(("closed", "sentence"), [(False, "can't be found any more"), (True, "is closed")])
async def test_a_refused_deletion_of_what_somebody_else_was_faster_with(
    team: World, sentence: str, *, closed: bool
) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    if closed:
        team.ticket_api.tickets[NUMBER]["Status"] = True
    else:
        del team.ticket_api.tickets[NUMBER]
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert sentence in words(request)
    assert "was not deleted" not in words(request)


@pytest.mark.parametrize(
    ("fault", "readable", "sentence"),
    [
        (_BUSY, True, "can't be found any more"),
        (_BUSY, False, "This click did not delete"),
        (Fault(status=404), True, "can't be found any more"),
        (Fault(status=404), False, "This click did not delete"),
        (Fault(status=403), False, "This click did not delete"),
    ],
)
async def test_a_click_that_came_to_nothing_denies_no_deletion_by_somebody_else(
    team: World, fault: Fault, sentence: str, *, readable: bool
) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", dataclasses.replace(fault, until=go_on))
    await api_asked(team, "delete", team.slack.click(ALICE, request, DELETE))
    del team.ticket_api.tickets[NUMBER]
    if not readable:
        team.ticket_api.fail(FETCH, Fault(status=403))
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert sentence in words(request)
    assert not re.search("othing was deleted|was not deleted|othing has been deleted", words(request) + request.text)


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=400), Fault(status=502)])
async def test_after_an_unusable_answer_the_ticket_is_read_and_the_buttons_come_back(
    team: World, fault: Fault, audit: AuditLines
) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", fault)
    await team.click(ALICE, request, DELETE)
    assert "Not deleted." in words(request)
    assert len(team.ticket_api.calls("delete")) == 1
    assert audit.events == ["asked", "confirmed", "failed"]
    await team.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)


@pytest.mark.parametrize(
    "fault", [HTML_PAGE, TRUNCATED, Fault(body=b'{"Response": false}'), Fault(reset="after"), Fault(body=b"{}")]
)
async def test_a_deletion_whose_answer_was_lost_is_found_out_and_not_repeated(team: World, fault: Fault) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", fault)
    await team.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} can't be found any more" in words(request)
    assert "never confirmed the deletion" in words(request)
    assert len(team.ticket_api.calls("delete")) == 1


async def test_a_ticket_that_is_gone_after_resolving_it_is_not_on_record_as_not_resolved(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    team.ticket_api.fail(FETCH, Fault(), Fault(status=404))  # somebody else deletes it between the two reads
    team.ticket_api.fail("resolve", TRUNCATED)
    await team.click(ALICE, request, "Resolve instead")
    assert "can't be found any more" in words(request)
    assert "not resolved" not in words(request)
    assert audit.events == ["asked", "confirmed", "unclear"]


async def test_whatever_breaks_before_the_call_is_said_to_have_sent_nothing(
    team: World, mocker: MockerFixture, audit: AuditLines
) -> None:
    request = await asked(team)
    mocker.patch.object(SweeppeaClient, "change", side_effect=RuntimeError("Jane Roe"))
    await team.click(ALICE, request, DELETE)
    assert "nothing was sent to the ticket system" in words(request)
    assert request.button(DELETE)
    assert audit.events[-1] == "failed"


async def test_a_busy_system_is_waited_for(team: World) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(status=503), Fault(status=429, retry_after="0"))
    await team.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert deletions(team) == 1


async def test_a_system_that_stays_busy_deletes_nothing_and_the_buttons_come_back(empty_world: World) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1):
        request = await asked(empty_world)
        empty_world.ticket_api.fail("delete", *[Fault(status=503)] * 50)
        await empty_world.click(ALICE, request, DELETE)
        assert "Not deleted." in words(request)
        assert "is busy" in words(request)
        empty_world.ticket_api.heal()
        await empty_world.click(ALICE, request, DELETE)
    assert deletions(empty_world) == 1


async def test_after_no_answer_a_ticket_still_there_may_yet_be_deleted(empty_world: World, audit: AuditLines) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1):
        request = await asked(empty_world)
        empty_world.ticket_api.fail("delete", Fault(reset="before"))
        await empty_world.click(ALICE, request, DELETE)
        assert "that may still happen" in words(request)
        assert [button["text"]["text"] for button in request.buttons] == ["Check now"]

        await empty_world.click(CAROL, request, "Check now")  # anybody may look, and the time is not over
        assert "that may still happen" in words(request)
        empty_world.now += SETTLE_S + 2
        await empty_world.click(CAROL, request, "Check now")
    assert f"Ticket {NUMBER} was not deleted" in words(request)
    assert audit.events == ["asked", "confirmed", "unclear", "checked", "checked", "failed"]


async def test_a_gateway_that_knows_no_page_makes_no_record_of_a_deletion(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    gateway = Fault(status=404, body=b"<html>404 Not Found</html>")
    team.ticket_api.fail("delete", Fault(reset="before"))
    team.ticket_api.fail(FETCH, Fault(), gateway)
    await team.click(ALICE, request, DELETE)
    assert "We don't know whether" in words(request)
    assert request.button("Check now")
    assert audit.events[-1] == "unclear"
    assert NUMBER in team.ticket_api.tickets


async def test_where_two_requests_may_have_deleted_it_both_people_are_named(team: World, audit: AuditLines) -> None:
    """Only where an operator settled one of them too early: a ticket is locked for as long as it may be deleted."""
    first, second = await asked(team, ALICE), await asked(team, BOB)
    team.ticket_api.fail("delete", Fault(reset="before"), Fault(reset="after"))
    await team.click(ALICE, first, DELETE)
    team.ledger.connection.run([Statement("UPDATE changes SET busy = 0")])
    await team.click(BOB, second, DELETE)
    assert NUMBER not in team.ticket_api.tickets
    assert f"one of the requests of <@{BOB}> and <@{ALICE}>" in words(second)
    receipts = [posted for posted in team.slack.messages if "Keep this" in words(posted)]
    assert {posted.channel for posted in receipts} == {BOB}
    assert ("deleted", BOB) not in [(line["event"], line["user"]) for line in audit.lines]


async def test_after_a_gateways_404_the_deletion_may_still_happen(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(status=404, body=b""))
    await team.click(ALICE, request, DELETE)
    assert "that may still happen" in words(request)
    assert [button["text"]["text"] for button in request.buttons] == ["Check now"]
    assert audit.events[-1] == "unclear"


async def test_a_bug_while_the_ticket_is_verified_leaves_no_ticket_content_in_the_log(
    team: World, mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(gateway="instead", status=503))
    decide = mocker.patch("handlers.execute.decide", side_effect=RuntimeError("Jane Roe"))
    await team.click(ALICE, request, DELETE)
    assert decide.called
    assert "Jane Roe" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert deletions(team) == 0
