"""Sharing a ticket and reading it again, from a card, in a thread, and in the modal."""

import pytest

from bot.messages.action_ids import ActionId
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from tests.handlers.modals import FETCH, THREAD, card_in_a_thread, in_modal, open_details, read, views_after
from tests.support.world import ALICE, BOB, CAROL, World, words


async def test_a_card_in_a_thread_is_shared_and_refreshed_there(team: World) -> None:
    card = await card_in_a_thread(team)
    assert await team.click(ALICE, card, "Refresh") is card
    assert card.payload["thread_ts"] == THREAD
    shared = await team.click(ALICE, card, "Share")
    assert shared.visible_to is None
    assert shared.payload["thread_ts"] == THREAD


async def test_a_card_that_could_not_be_refreshed_is_sent_again_in_its_thread(team: World) -> None:
    card = await card_in_a_thread(team)
    team.slack.faults["response_url"].append(SlackFault(status=404))
    refreshed = await team.click(ALICE, card, "Refresh")
    assert refreshed is not card
    assert refreshed.payload["thread_ts"] == THREAD


async def test_a_refresh_in_the_modal_is_seen_in_the_modal(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    *_, filled = await open_details(team, ALICE, card)
    team.ticket_api.tickets["HYXTNJV"]["Subject"] = "Solved, nearly"
    *_, back = await views_after(team, in_modal(team, filled, ActionId.REFRESH))
    assert back["id"] == filled["id"]
    assert "Solved, nearly" in read(back)
    assert team.slack.changed.empty()


@pytest.mark.parametrize("thread_ts", [None, THREAD])
async def test_a_share_in_the_modal_is_posted_where_the_modal_was_opened(team: World, thread_ts: str | None) -> None:
    card = await card_in_a_thread(team) if thread_ts else await team.command(ALICE, "/ticket HYXTNJV")
    *_, filled = await open_details(team, ALICE, card)
    shared = await team.deliver(await team.slack.deliver("interactive", in_modal(team, filled, ActionId.SHARE)))
    assert (shared.channel, shared.visible_to) == ("C01SUPPORT", None)
    assert shared.payload.get("thread_ts") == thread_ts
    assert "John" not in words(shared)


async def test_the_modal_says_that_a_share_did_not_work(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    *_, filled = await open_details(team, ALICE, card)
    team.ticket_api.fail(FETCH, Fault(status=401))
    *_, unread = await views_after(team, in_modal(team, filled, ActionId.SHARE))
    assert "rejects the bot's API key" in read(unread)
    team.slack.faults["chat.postMessage"].append(SlackFault(error="not_in_channel"))
    *_, unposted = await views_after(team, in_modal(team, filled, ActionId.SHARE))
    assert "didn't accept the message" in read(unposted)
    assert team.slack.changed.empty()


async def test_only_people_on_the_list_share_from_the_modal(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=BOB):
        card = await empty_world.command(BOB, "/ticket HYXTNJV")
        *_, filled = await open_details(empty_world, BOB, card)
        *_, refused = await views_after(empty_world, in_modal(empty_world, filled, ActionId.SHARE))
    assert "can't look at tickets here" in read(refused)
    assert empty_world.slack.changed.empty()


async def test_refresh_changes_the_card_in_place(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    team.ticket_api.tickets["HYXTNJV"]["Subject"] = "Solved, nearly"
    assert await team.click(ALICE, card, "Refresh") is card
    assert "Solved, nearly" in words(card)


async def test_a_card_that_all_see_goes_on_offering_what_anybody_may(empty_world: World) -> None:
    async with empty_world.bot(ticket_visibility="channel"):
        card = await empty_world.command(ALICE, "/ticket HYXTNJV")
    async with empty_world.bot():
        assert await empty_world.click(CAROL, card, "Refresh") is card
    assert card.button("Delete…")


@pytest.mark.parametrize(("visibility", "container"), [("private", {}), ("channel", {"is_ephemeral": "no"})])
async def test_a_card_whose_audience_slack_does_not_name_is_refreshed_as_the_setting_says(
    empty_world: World, visibility: str, container: dict[str, object]
) -> None:
    async with empty_world.bot(ticket_visibility=visibility):
        card = await empty_world.command(CAROL, "/ticket HYXTNJV")
        click = empty_world.slack.click_payload(CAROL, card, card.button("Refresh"))
        await empty_world.deliver(await empty_world.slack.deliver("interactive", click | {"container": container}))
    assert card.edits == 1
    assert ("Delete…" in words(card)) is (visibility == "channel")  # Carol may not, others may


async def test_a_card_that_could_not_be_refreshed_is_sent_again_to_whoever_clicked(empty_world: World) -> None:
    async with empty_world.bot(ticket_visibility="channel"):
        card = await empty_world.command(ALICE, "/ticket HYXTNJV")
        empty_world.slack.faults["response_url"].append(SlackFault(status=404))
        refreshed = await empty_world.click(CAROL, card, "Refresh")
    assert refreshed is not card
    assert refreshed.visible_to == CAROL
    assert "Delete…" not in words(refreshed)


async def test_a_shared_subject_calls_nobody_and_has_no_emoji_that_a_stranger_chose(team: World) -> None:
    team.ticket_api.tickets["HYXTNJV"]["Subject"] = "@channel :rotating_light: look"
    shared = await team.click(ALICE, await team.command(ALICE, "/ticket HYXTNJV"), "Share")
    assert "look" in words(shared)
    assert "@channel" not in words(shared)
    assert ":rotating_light:" not in words(shared)


async def test_share_shows_the_channel_the_ticket_as_it_is_now_without_anybodys_data(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    team.ticket_api.tickets["HYXTNJV"]["Subject"] = "Solved, nearly"
    shared = await team.click(ALICE, card, "Share")
    assert shared.visible_to is None
    assert "Solved, nearly" in words(shared)
    assert "John" not in words(shared)
    assert "Investigating" not in words(shared)
    assert [button["text"]["text"] for button in shared.buttons] == ["Details"]
