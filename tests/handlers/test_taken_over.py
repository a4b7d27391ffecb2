"""A row that somebody else has by now: whoever had it leaves no line behind, and nothing is told of it twice."""

import asyncio

from bot.ledger.database import UnavailableError
from bot.ledger.statements import LEASE_S
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import FETCH, NUMBER, AuditLines, api_asked, asked
from tests.support.world import ALICE, World, words

TAKE = "UPDATE changes SET owner = 'another', fence = fence + 1 RETURNING id"


async def test_a_click_whose_row_was_taken_over_leaves_no_line_that_the_table_has_not(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    answer = asyncio.Event()
    team.ticket_api.fail(FETCH, Fault(until=answer, status=403))
    await api_asked(team, FETCH, team.slack.click(ALICE, request, f"Delete {NUMBER}"))
    assert team.ledger.rows(TAKE)
    answer.set()
    await team.serving.services.runner.wait_idle()

    assert "Nothing was changed" in words(team.latest())
    assert audit.events == recorded(team) == ["asked"]


async def test_a_row_that_could_not_be_given_back_is_put_on_record_once_by_recovery(
    team: World, audit: AuditLines
) -> None:
    request = await asked(team)
    answer = asyncio.Event()
    team.ticket_api.fail(FETCH, Fault(until=answer, status=403))
    await api_asked(team, FETCH, team.slack.click(ALICE, request, f"Delete {NUMBER}"))
    team.ledger.fault = UnavailableError("away")
    answer.set()
    await team.serving.services.runner.wait_idle()
    assert audit.events == recorded(team) == ["asked"]

    team.ledger.fault = None
    team.now += LEASE_S + 1
    await team.recover()
    assert audit.events == recorded(team) == ["asked", "failed"]


def recorded(team: World) -> list[str]:
    return [row["event"] for row in team.ledger.rows("SELECT event FROM audit ORDER BY id")]
