"""What stands in front of the ticket API answers a deletion: nothing is believed of that, and nothing is lost."""

import asyncio

import pytest

from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import DELETE, FETCH, NUMBER, AuditLines, api_did, api_is_asked, asked, deletions
from tests.support.world import ALICE, BOB, World, words

MOST_LIKELY = "Most likely this request deleted it"


@pytest.mark.parametrize("status", [429, 503])
async def test_a_gateways_quick_refusal_is_repeated_after_a_fresh_look(team: World, status: int) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(status=status, gateway="instead"))
    await team.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert [call.carried_out for call in team.ticket_api.calls("delete")] == [False, True]
    assert len(team.ticket_api.calls(FETCH)) == 3  # asked for, clicked, repeated


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500, 502, 503, 504])
async def test_a_deletion_that_a_gateway_answered_is_not_sent_twice(
    team: World, audit: AuditLines, status: int
) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(status=status, gateway="after"))
    await team.click(ALICE, request, DELETE)
    assert MOST_LIKELY in words(request)
    assert len(team.ticket_api.calls("delete")) == 1
    assert audit.events[-1] != "failed"
    assert ALICE in [message.channel for message in team.answers]  # the receipt


async def test_a_repetition_that_meets_the_apis_404_was_most_likely_deleted_before(team: World) -> None:
    """The fresh look was answered before the API had carried the first request out."""
    request = await asked(team)
    first, second = asyncio.Event(), asyncio.Event()
    team.ticket_api.strict = False
    team.ticket_api.fail("delete", Fault(status=503, gateway="before", until=first), Fault(until=second))
    clicked = await team.slack.click(ALICE, request, DELETE)
    await api_is_asked(team, "delete")
    await api_is_asked(team, "delete")
    first.set()
    await api_did(team, "delete")
    second.set()
    await team.deliver(clicked)
    assert [call.carried_out for call in team.ticket_api.calls("delete")] == [True, False]
    assert MOST_LIKELY in words(request)


async def test_a_click_shares_no_look_that_was_begun_before(team: World) -> None:
    request = await asked(team)
    go_on = asyncio.Event()
    team.ticket_api.fail(FETCH, Fault(answer_until=go_on))
    while not team.ticket_api.done.empty():
        team.ticket_api.done.get_nowait()
    await team.slack.command(BOB, "/ticket", NUMBER, "C01SUPPORT")
    await team.ticket_api.done.get()
    team.ticket_api.tickets[NUMBER]["Subject"] = "LEGAL HOLD"
    clicked = await team.slack.click(ALICE, request, DELETE)
    go_on.set()
    await team.deliver(clicked)
    assert deletions(team) == 0
    assert "LEGAL HOLD" in words(request)
