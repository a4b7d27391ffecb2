"""An edit that Slack shows late lies on top of a newer one: what people read in the end is the newest."""

import asyncio
from typing import Any

import pytest

from bot.ledger.database import Row, Statement, UnavailableError
from bot.ledger.statements import SETTLE_S, SHOW_AGAIN
from bot.sandbox.slack import Fault as SlackFault
from handlers.slack.replies import Replies
from handlers.slack.tries import SendResult
from tests.handlers.deletions import DELETE, NUMBER, asked, said, unclear
from tests.handlers.test_taken_over import TAKE
from tests.support.world import ALICE, World, words


async def test_an_edit_that_may_land_late_is_put_right_though_the_database_was_away_for_a_moment(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await asked(team)
    commit, away = team.ledger.commit, asyncio.Event()

    async def away_once(*steps: Statement) -> list[list[Row]] | None:
        if steps[0].sql == SHOW_AGAIN and not away.is_set():
            away.set()
            raise UnavailableError("away")
        return await commit(*steps)

    monkeypatch.setattr(team.ledger, "commit", away_once)
    team.slack.faults["chat.update"].append(SlackFault(status=500))
    await team.click(ALICE, request, "Cancel")
    assert away.is_set()
    request.payload = request.payload | {"blocks": [], "text": "an older message"}
    team.now += 11
    await team.recover()
    assert "cancelled*" in words(request)


async def test_an_end_that_lands_on_top_of_what_another_process_has_shown_since_is_put_right(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine stood still, clocks and all: it finds out only when it gives the row back."""
    request = await asked(team)
    edit = Replies.edit

    async def taken_meanwhile(self: Replies, *what: Any, **how: Any) -> SendResult:  # noqa: ANN401
        assert team.ledger.rows(TAKE)
        return await edit(self, *what, **how)

    monkeypatch.setattr(Replies, "edit", taken_meanwhile)
    await team.click(ALICE, request, "Cancel")
    assert team.ledger.rows()[0]["show_again"]


async def test_what_is_shown_once_more_says_when_the_ticket_was_still_open(team: World) -> None:
    request = await unclear(team, carried_out=False)
    team.now += SETTLE_S + 1
    await team.recover()
    end = words(request)
    assert f"It was still open <!date^{int(team.now)}^" in end
    request.payload = request.payload | {"blocks": [], "text": "an older message"}
    del team.ticket_api.tickets[NUMBER]
    [row] = team.ledger.rows()
    await team.serving.services.ledger.show_again(row["id"])
    team.now += 11
    await team.recover()
    assert words(request) == end


async def test_what_came_of_new_buttons_stands_though_they_were_being_shown_once_more(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER]["Subject"] = "Another subject"
    team.slack.faults["chat.update"].append(SlackFault(status=500))
    await team.click(ALICE, request, DELETE)
    assert "The ticket changed" in words(request)
    edit = Replies.edit

    async def is_overtaken(self: Replies, *what: Any, **how: Any) -> SendResult:  # noqa: ANN401
        monkeypatch.undo()
        await team.slack.click(ALICE, request, "Cancel")
        await said(team, "cancelled*")
        return await edit(self, *what, **how)

    monkeypatch.setattr(Replies, "edit", is_overtaken)
    team.now += 11
    await team.recover()
    assert "The ticket changed" in words(request)
    team.now += 11
    await team.recover()
    assert "cancelled*" in words(request)
    assert request.buttons == []


async def test_what_lands_late_on_a_message_with_new_buttons_is_put_right_without_a_second_wait(team: World) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER]["Subject"] = "Another subject"
    await team.click(ALICE, request, DELETE)
    assert "The ticket changed" in words(request)
    await team.click(ALICE, request, "Cancel")
    [changed] = team.ledger.rows("SELECT id FROM changes WHERE outcome = 'CHANGED'")
    await team.serving.services.ledger.show_again(changed["id"])
    request.payload = request.payload | {"blocks": [], "text": "an older message"}
    team.now += 11
    await team.recover()
    await team.recover()
    assert "cancelled*" in words(request)
