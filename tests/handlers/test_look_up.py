"""Looking up the tickets that a message names, through the real bot."""

from collections.abc import Iterator

from bot.sandbox.slack import SlackMessage
from tests.handlers.modals import look_up
from tests.support.world import ALICE, BOB, CAROL, Transport, World, words


def numbers(posted: SlackMessage) -> Iterator[str]:
    return (button["value"] for button in posted.buttons)


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
