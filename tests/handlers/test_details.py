"""Details, a modal, through the real bot."""

import pytest

from bot.sandbox import block_kit
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from tests.handlers.modals import FETCH, buttons, open_details, read, turn_page
from tests.support.world import ALICE, BOB, Transport, World, words


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
