"""Whom the settings let look and delete."""

import re
from pathlib import Path

import pytest

from bot.sandbox.ticket_api import Call
from handlers import routes
from tests.handlers.deletions import (
    DELETE,
    NUMBER,
    AuditLines,
    asked,
    deletions,
)
from tests.support.world import ALICE, BOB, CAROL, World, words

SUBJECT = "Winners page"


def calls(world: World) -> list[Call]:
    return world.ticket_api.calls("fetchSingleTicket")


async def test_who_may_delete_but_not_look_is_shown_nothing(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=f"{BOB},{CAROL}"):
        answer = await asked(empty_world, ALICE)
    assert "You can't look at tickets here" in words(answer)
    assert SUBJECT not in str(empty_world.slack.messages)
    assert calls(empty_world) == []


async def test_a_click_of_somebody_who_may_no_longer_look_deletes_nothing(empty_world: World) -> None:
    async with empty_world.bot():
        request = await asked(empty_world, ALICE)
        assert SUBJECT in words(request)
    async with empty_world.bot(ticket_viewers=f"{BOB},{CAROL}"):
        answer = await empty_world.click(ALICE, request, f"Delete {NUMBER}")
        assert "You can't look at tickets here" in words(answer)
        assert deletions(empty_world) == 0


async def test_no_button_of_a_card_or_a_request_does_anything_for_a_stranger(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers="*", ticket_deleters="*"):
        card = await empty_world.command(ALICE, f"/ticket {NUMBER}")
        request = await asked(empty_world, ALICE)
        before = calls(empty_world)
        for message in (card, request):
            for button in message.buttons:
                click = empty_world.slack.click_payload("U09STRANGER", message, button, team="T09OTHER")
                answer = await empty_world.deliver(await empty_world.slack.deliver("interactive", click))
                assert "Only members of this bot's workspace" in words(answer)
    assert calls(empty_world) == before
    assert deletions(empty_world) == 0


def test_every_route_has_beside_it_who_may_use_it() -> None:
    registered = re.findall(r"^ +app\..*", Path(routes.__file__).read_text(), flags=re.MULTILINE)
    assert registered
    assert [route for route in registered if not re.search(r", access\.\w+[,)]", route)] == []


async def test_any_deleter_may_cancel_and_nobody_else(team: World) -> None:
    request = await asked(team)
    assert "can't delete tickets" in words(await team.click(CAROL, request, "Cancel"))
    await team.click(BOB, request, "Cancel")
    assert f"cancelled* by <@{BOB}>" in words(request)


@pytest.mark.parametrize("user", [BOB, CAROL])
async def test_nobody_but_the_asker_can_confirm(team: World, user: str, audit: AuditLines) -> None:
    request = await asked(team)
    before = words(request)
    answer = await team.click(user, request, DELETE)
    assert answer.visible_to == user
    assert ("who asked, can confirm this" if user == BOB else "can't delete tickets") in words(answer)
    assert words(request) == before
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked", "refused"]


async def test_somebody_of_another_workspace_cannot_confirm(team: World) -> None:
    request = await asked(team)
    assert "Only members of this bot's workspace, “Sweeppea”, can use it." in words(
        await team.click(ALICE, request, DELETE, team="T0OTHER")
    )
    assert deletions(team) == 0


async def test_deletion_is_off_until_somebody_is_listed(empty_world: World) -> None:
    async with empty_world.bot(ticket_deleters=""):
        answer = await asked(empty_world)
        card = await empty_world.command(ALICE, f"/ticket {NUMBER}")
    assert "turned off" in words(answer)
    assert "Delete…" not in words(card)
    assert empty_world.ticket_api.calls("delete") == []


async def test_whoever_was_taken_off_the_list_cannot_confirm_any_more(empty_world: World) -> None:
    async with empty_world.bot():
        request = await asked(empty_world)
    async with empty_world.bot(ticket_deleters=BOB):
        assert "can't delete tickets" in words(await empty_world.click(ALICE, request, DELETE))
    assert deletions(empty_world) == 0


async def test_in_second_person_mode_another_deleter_confirms_and_not_the_asker(empty_world: World) -> None:
    async with empty_world.bot(delete_second_person="on"):
        request = await asked(empty_world)
        assert "A second person must confirm" in words(request)
        assert "You asked, so you can't" in words(await empty_world.click(ALICE, request, DELETE))
        assert deletions(empty_world) == 0
        await empty_world.click(BOB, request, DELETE)
    assert f"Confirmed by <@{BOB}>" in words(request)
