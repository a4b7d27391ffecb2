"""Whom the settings let look and delete."""

from bot.sandbox.ticket_api import Call
from tests.handlers.deletions import NUMBER, asked, deletions
from tests.support.world import ALICE, BOB, CAROL, World, words

SUBJECT = "Winners page"


def calls(world: World) -> list[Call]:
    return world.sandbox.calls("fetchSingleTicket")


async def test_who_may_delete_but_not_look_is_shown_nothing(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=f"{BOB},{CAROL}"):
        answer = await asked(empty_world, ALICE)
    assert "You can't look at tickets here" in words(answer)
    assert SUBJECT not in str(empty_world.slack.messages)
    assert calls(empty_world) == []


async def test_a_press_of_who_may_no_longer_look_deletes_nothing(empty_world: World) -> None:
    async with empty_world.bot():
        request = await asked(empty_world, ALICE)
        assert SUBJECT in words(request)
    async with empty_world.bot(ticket_viewers=f"{BOB},{CAROL}"):
        answer = await empty_world.press(ALICE, request, f"Delete {NUMBER}")
        assert "You can't look at tickets here" in words(answer)
        assert deletions(empty_world) == 0
