"""Details, a modal; and looking up the tickets that a message names; through the real bot."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.messages.action_ids import ActionId
from bot.sandbox import block_kit
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from tests.support.world import ALICE, BOB, CAROL, Transport, World, words

FETCH = "fetchSingleTicket"
View = dict[str, Any]


class ShownViews(dict[str, View]):
    """Views by their ids, with all that anybody has seen in them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[View] = []

    def __setitem__(self, view_id: str, view: View) -> None:
        self.seen.append(view)
        super().__setitem__(view_id, view)


async def open_details(world: World, user: str, card: SlackMessage, button: str = "Details") -> list[View]:
    """What the modal showed, one after another."""
    return await views_after(world, world.slack.click_payload(user, card, card.button(button)))


async def turn_page(world: World, user: str, view: View, label: str) -> list[View]:
    button = next(one for one in buttons(view) if one["text"]["text"] == label)
    return await views_after(world, world.slack.view_click_payload(user, view, button))


async def views_after(world: World, body: View) -> list[View]:
    world.slack.views, before = (shown := ShownViews()), world.slack.views
    dict.update(shown, before)
    acknowledged = await world.slack.deliver("interactive", body)
    assert acknowledged.status == 200
    await world.serving.services.runner.wait_idle()
    return shown.seen


async def look_up(world: World, text: str, user: str = ALICE, **message: object) -> SlackMessage:
    """The shortcut, on a message that says so."""
    body = world.slack.shortcut_payload(user, "look_up_ticket", {"text": text, **message})
    return await world.deliver(await world.slack.deliver("interactive", body))


def buttons(view: View) -> list[dict[str, Any]]:
    return [element for block in view["blocks"] if block["type"] == "actions" for element in block["elements"]]


def read(view: View) -> str:
    return words(SlackMessage("", "", None, view))


def numbers(posted: SlackMessage) -> Iterator[str]:
    return (button["value"] for button in posted.buttons)


async def test_details_open_at_once_and_are_filled_when_the_ticket_is_read(
    empty_world: World, transport: Transport
) -> None:
    async with empty_world.bot(transport):
        card = await empty_world.command(ALICE, "/ticket HYXTNJV")
        assert card.buttons[0]["text"]["text"] == "Details"
        loading, filled = await open_details(empty_world, ALICE, card)
    assert "Looking up `HYXTNJV`…" in read(loading)
    assert filled["id"] == loading["id"]
    assert filled["title"]["text"] == "Ticket HYXTNJV"
    for part in ("Issue with sweepstakes configuration", "Investigating the issue...", "People notified", "Created"):
        assert part in read(filled)
    assert empty_world.slack.refused == []


async def test_the_modal_is_asked_for_before_the_ticket_is_read(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    team.slack.faults["views.open"].append(SlackFault(error="expired_trigger_id"))
    await open_details(team, ALICE, card)
    assert len(team.ticket_api.calls(FETCH)) == 1  # for the card


@pytest.mark.parametrize("fault", [SlackFault(error="expired_trigger_id"), SlackFault(status=500)])
async def test_a_modal_that_could_not_be_opened_gets_a_private_answer(team: World, fault: SlackFault) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    team.slack.faults["views.open"].append(fault)
    assert await open_details(team, ALICE, card) == []
    answer = team.latest()
    assert answer.visible_to == ALICE
    assert "Slack didn't open the details" in words(answer)
    assert "ref\u00a0" in words(answer)


async def test_details_that_slack_does_not_take_get_a_private_answer(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    team.slack.faults["views.update"].append(SlackFault(error="internal_error"))
    await open_details(team, ALICE, card)
    answer = team.latest()
    assert answer.visible_to == ALICE
    assert "Slack didn't accept the details" in words(answer)


async def test_whoever_closed_the_modal_meanwhile_hears_nothing_more(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    team.slack.faults["views.update"].append(SlackFault(error="not_found"))
    await open_details(team, ALICE, card)
    assert team.slack.changed.empty()


@pytest.mark.parametrize("number", ["2531581", "ABC1234", "2650478", "0000007", "EMPTY01"])
async def test_the_details_of_every_sample_are_within_slacks_limits(team: World, number: str) -> None:
    card = await team.command(ALICE, f"/ticket {number}")
    for view in await open_details(team, ALICE, card):
        assert number in view["title"]["text"]
        assert block_kit.violations({key: view[key] for key in ("type", "title", "close", "blocks")}) == []
    assert team.slack.refused == []


async def test_the_modal_says_that_the_ticket_could_not_be_read_and_offers_to_try_again(team: World) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    team.ticket_api.fail(FETCH, Fault(status=401))
    _, failed = await open_details(team, ALICE, card)
    assert "rejects the bot's API key" in read(failed)
    assert "ref\u00a0" in read(failed)
    assert team.slack.changed.empty()
    *_, filled = await turn_page(team, ALICE, failed, "Try again")
    assert "Investigating the issue..." in read(filled)


async def test_the_pages_are_turned_in_place_each_from_a_fresh_read(team: World) -> None:
    card = await team.command(ALICE, "/ticket 2650478")
    *_, first = await open_details(team, ALICE, card)
    assert "Page 1 of 3" in read(first)
    team.ticket_api.tickets["2650478"]["Status"] = True
    loading, second = await turn_page(team, ALICE, first, "Next page")
    assert "Looking up" in read(loading)
    assert second["id"] == first["id"]
    assert "Page 2 of 3" in read(second)
    assert "*Closed*" in read(second)
    *_, back = await turn_page(team, ALICE, second, "Previous page")
    assert "Page 1 of 3" in read(back)
    assert team.slack.changed.empty()


async def test_only_people_on_the_list_open_and_turn_pages(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=BOB, ticket_visibility="channel"):
        card = await empty_world.command(BOB, "/ticket 2650478")
        *_, first = await open_details(empty_world, BOB, card)
        assert await open_details(empty_world, ALICE, card) == []
        assert "can't look at tickets" in words(empty_world.latest())
        (refused,) = await turn_page(empty_world, ALICE, first, "Next page")
    assert "can't look at tickets" in read(refused)
    assert len(empty_world.ticket_api.calls(FETCH)) == 2


async def test_pages_can_be_turned_where_the_commands_work_in_listed_channels_only(empty_world: World) -> None:
    async with empty_world.bot(ticket_channels="C01SUPPORT"):
        card = await empty_world.command(ALICE, "/ticket 2650478")
        *_, first = await open_details(empty_world, ALICE, card)
        *_, second = await turn_page(empty_world, ALICE, first, "Next page")
    assert "Page 2 of 3" in read(second)


async def test_pages_of_a_modal_opened_in_a_channel_that_is_not_listed_any_more_stay_shut(empty_world: World) -> None:
    async with empty_world.bot():
        card = await empty_world.command(ALICE, "/ticket 2650478", channel="C01GENERAL")
        *_, first = await open_details(empty_world, ALICE, card)
    async with empty_world.bot(ticket_channels="C01SUPPORT"):
        (refused,) = await turn_page(empty_world, ALICE, first, "Next page")
    assert "Use it in <#C01SUPPORT>." in read(refused)


@pytest.mark.parametrize("value", ["", "2", "2650478", '{"case_number":"2650478","number":-1,"channel":""}'])
async def test_a_button_whose_value_is_not_ours_says_so_in_the_modal(team: World, value: str) -> None:
    card = await team.command(ALICE, "/ticket 2650478")
    *_, first = await open_details(team, ALICE, card)
    buttons(first)[0]["value"] = value
    (stale,) = await turn_page(team, ALICE, first, "Next page")
    assert "doesn't work any more" in read(stale)
    assert "2650478" in stale["title"]["text"]


async def test_contact_data_is_in_the_modal_only_where_the_setting_says_so(empty_world: World) -> None:
    for contact, seen in (("name", False), ("none", False), ("full", True)):
        async with empty_world.bot(ticket_contact=contact):
            card = await empty_world.command(ALICE, "/ticket HYXTNJV")
            *_, filled = await open_details(empty_world, ALICE, card)
        assert all(
            (part in str(filled)) is seen for part in ("192.168.1.1", "Mozilla", "40.7128", "support@example.com")
        )
        assert ("John Doe" in str(filled)) is (contact != "none")
        assert "user-token" not in str(filled)


async def test_a_message_with_one_case_number_shows_the_card_to_the_asker_alone(
    empty_world: World, transport: Transport
) -> None:
    async with empty_world.bot(transport, ticket_visibility="channel"):
        card = await look_up(empty_world, "please look at `HYXTNJV` (HYXTNJV, that is)!")
    assert card.visible_to == ALICE
    assert "Issue with sweepstakes configuration" in words(card)


async def test_a_private_card_stays_private_when_it_is_refreshed_where_others_are_for_all(
    empty_world: World, transport: Transport
) -> None:
    async with empty_world.bot(transport, ticket_visibility="channel"):
        card = await look_up(empty_world, "HYXTNJV", user=CAROL)
        before = card.payload["blocks"]
        assert await empty_world.click(CAROL, card, "Refresh") is card
    assert card.payload["blocks"][-1] == before[-1]  # Carol may not delete, though others may


async def test_a_message_in_a_thread_is_answered_in_that_thread(team: World) -> None:
    body = team.slack.shortcut_payload(
        ALICE, "look_up_ticket", {"text": "see HYXTNJV", "thread_ts": "1700000000.000100"}
    )
    card = await team.deliver(await team.slack.deliver("interactive", body))
    assert card.payload["thread_ts"] == "1700000000.000100"
    assert card.visible_to == ALICE


async def test_a_case_number_is_found_in_a_messages_blocks_too(team: World) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*Ticket 2531581* was escalated"}}
    card = await look_up(team, "", blocks=[block])
    assert "Winners page shows the wrong prize" in words(card)


async def test_a_message_with_several_case_numbers_offers_each_once_in_order(team: World) -> None:
    choice = await look_up(team, "2531581, HYXTNJV and <2531581>, not 253158 or nothing")
    assert choice.visible_to == ALICE
    assert [button["text"]["text"] for button in choice.buttons] == ["2531581", "HYXTNJV"]
    assert len({button["action_id"] for button in choice.buttons}) == 2
    card = await team.click(ALICE, choice, "HYXTNJV")
    assert card.visible_to == ALICE
    assert "Issue with sweepstakes configuration" in words(card)
    assert choice.edits == 0


async def test_more_than_ten_case_numbers_are_counted_and_ten_offered(team: World) -> None:
    choice = await look_up(team, " ".join(str(2531580 + number) for number in range(14)))
    assert list(numbers(choice)) == [str(2531580 + number) for number in range(10)]
    assert "14 case numbers" in words(choice)
    assert "4 more case numbers" in words(choice)
    assert team.slack.refused == []


async def test_a_message_without_a_case_number_says_how_one_looks(team: World) -> None:
    answer = await look_up(team, "the winners page is broken: see example")
    assert answer.visible_to == ALICE
    assert "no case number" in words(answer)
    assert "/ticket [case number]" in words(answer)
    assert team.ticket_api.log == []


async def test_the_shortcut_and_its_choice_are_for_people_on_the_list_alone(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=BOB):
        assert "can't look at tickets" in words(await look_up(empty_world, "HYXTNJV"))
        choice = await look_up(empty_world, "HYXTNJV 2531581", user=BOB)
        assert "can't look at tickets" in words(await empty_world.click(ALICE, choice, "HYXTNJV"))
    assert empty_world.ticket_api.log == []


async def test_a_ticket_that_a_message_names_and_that_is_not_there_gets_a_private_answer(team: World) -> None:
    answer = await look_up(team, "what about NOTHERE?")
    assert answer.visible_to == ALICE
    assert "No ticket `NOTHERE`." in words(answer)


async def test_a_threads_first_message_is_answered_in_the_channel(team: World) -> None:
    parent = {"text": "see HYXTNJV", "ts": "1700000000.000100", "thread_ts": "1700000000.000100"}
    body = team.slack.shortcut_payload(ALICE, "look_up_ticket", parent)
    card = await team.deliver(await team.slack.deliver("interactive", body))
    assert "thread_ts" not in card.payload


THREAD = "1700000000.000100"


async def card_in_a_thread(world: World) -> SlackMessage:
    body = world.slack.shortcut_payload(ALICE, "look_up_ticket", {"text": "see HYXTNJV", "thread_ts": THREAD})
    return await world.deliver(await world.slack.deliver("interactive", body))


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


def in_modal(world: World, view: View, action: ActionId, user: str = ALICE) -> View:
    return world.slack.view_click_payload(user, view, {"action_id": action, "value": "HYXTNJV"})


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
