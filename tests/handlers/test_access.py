"""Whom the settings let look and delete."""

import re
from pathlib import Path

from bot.sandbox.ticket_api import Call
from handlers import routes
from tests.handlers.deletions import NUMBER, asked, deletions
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
