"""/ticket-delete: asking, pressing, cancelling, through the real bot."""

import pytest

from bot.sandbox.slack import Fault as SlackFault
from tests.handlers.deletions import (
    DELETE,
    NUMBER,
    AuditLines,
    asked,
    deletions,
)
from tests.support.world import ALICE, CAROL, Transport, World, words


async def test_asking_deletes_nothing_and_shows_what_would_be_lost(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    shown = words(request)
    assert request.visible_to is None
    for part in (
        f"Delete ticket {NUMBER}?",
        "Winners page shows the wrong prize",
        "High priority",
        "3 notes",
        "2 files",
    ):
        assert part in shown
    assert request.button(DELETE)["style"] == "danger"
    assert request.button("Cancel")
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked"]


async def test_a_click_on_delete_deletes_once_and_leaves_a_record(
    empty_world: World, transport: Transport, audit: AuditLines
) -> None:
    async with empty_world.bot(transport):
        request = await asked(empty_world)
        await empty_world.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert f"<@{ALICE}>" in words(request)
    assert request.buttons == []
    assert NUMBER not in empty_world.ticket_api.tickets
    assert len(empty_world.ticket_api.calls("delete")) == 1
    assert audit.events == ["asked", "confirmed", "deleted"]
    assert empty_world.slack.refused == []


async def test_the_buttons_are_gone_before_the_call_is_made(team: World) -> None:
    request = await asked(team)
    team.slack.faults["chat.update"].append(SlackFault(error="cant_update_message"))
    team.slack.faults["response_url"].append(SlackFault(404))
    answer = await team.click(ALICE, request, DELETE)
    assert team.ticket_api.calls("delete") == []
    assert answer.channel == ALICE  # told directly
    assert "nothing was sent" in words(answer)


async def test_the_cards_delete_button_leads_to_the_same_request(team: World) -> None:
    card = await team.command(ALICE, f"/ticket {NUMBER}")
    request = await team.click(ALICE, card, "Delete…")
    assert request is not card
    assert request.visible_to is None
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 1


async def test_a_cancelled_request_deletes_nothing(team: World, audit: AuditLines) -> None:
    request = await team.command(ALICE, "/ticket-delete 2531581")  # the last message that came of it
    await team.click(ALICE, request, "Cancel")  # a button, by how its label begins; the message is edited in place
    assert "cancelled* by" in words(request)
    assert "2531581" in team.ticket_api.tickets
    assert audit.events == ["asked", "cancelled"]


async def test_cancel_deletes_nothing_and_shows_its_end(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    payload = team.slack.click_payload(ALICE, request, request.button(DELETE))
    await team.click(ALICE, request, "Cancel")
    assert "cancelled* by" in words(request)
    late = await team.deliver(await team.slack.deliver("interactive", payload))
    assert late.visible_to == ALICE
    assert "cancelled this request" in words(late)
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked", "cancelled", "refused"]


async def test_a_closed_ticket_is_not_asked_about(team: World) -> None:
    answer = await team.command(ALICE, "/ticket-delete ABC1234")
    assert "is closed" in words(answer)
    assert answer.visible_to == ALICE


async def test_a_ticket_whose_status_is_not_known_is_not_called_closed(team: World) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER]["Status"] = "perhaps"
    asked_again = await asked(team)
    assert "We don't know whether ticket 2531581 is open" in words(asked_again)
    await team.click(ALICE, request, DELETE)
    assert "We don't know whether ticket 2531581 is open" in words(request)
    assert team.ticket_api.calls("delete") == []


async def test_a_person_whom_no_direct_message_reaches_gets_a_private_answer(team: World) -> None:
    request = await asked(team)
    team.slack.faults["chat.update"].append(SlackFault(error="cant_update_message"))
    team.slack.faults["response_url"].append(SlackFault(404))
    team.slack.faults["chat.postMessage"].append(SlackFault(error="messages_tab_disabled"))
    answer = await team.click(ALICE, request, DELETE)
    assert (answer.channel, answer.visible_to) == ("C01SUPPORT", ALICE)
    assert "nothing was sent" in words(answer)


async def test_resolve_instead_closes_the_ticket_and_keeps_it(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    await team.click(ALICE, request, "Resolve instead")
    assert f"Ticket {NUMBER} resolved" in words(request)
    assert team.ticket_api.tickets[NUMBER]["Status"] is True
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked", "confirmed", "resolved"]


async def test_resolving_can_be_turned_off(empty_world: World) -> None:
    async with empty_world.bot():
        old = await asked(empty_world)
    async with empty_world.bot(ticket_resolve="off"):
        request = await asked(empty_world)
        assert "Resolve instead" not in [button["text"]["text"] for button in request.buttons]
        assert "doesn't work any more" in words(await empty_world.click(ALICE, old, "Resolve instead"))
    assert empty_world.ticket_api.calls("resolve") == []


async def test_a_private_request_is_seen_by_the_asker_alone(empty_world: World) -> None:
    async with empty_world.bot(delete_prompt_visibility="private"):
        request = await asked(empty_world)
        assert request.visible_to == ALICE
        await empty_world.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)


async def test_a_private_request_that_may_have_come_as_a_direct_message_is_on_record_and_works(
    empty_world: World, audit: AuditLines
) -> None:
    async with empty_world.bot(delete_prompt_visibility="private"):
        empty_world.slack.faults["response_url"].append(SlackFault(status=404))
        lost = SlackFault(reset=True, is_taken=True)
        empty_world.slack.faults["chat.postMessage"].extend([lost, SlackFault(error="msg_too_long")])
        await empty_world.slack.command(ALICE, "/ticket-delete", NUMBER)
        await empty_world.serving.services.runner.wait_idle()
        [request] = [posted for posted in empty_world.slack.messages if posted.channel == ALICE]
        assert audit.events == ["unclear"]
        await empty_world.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)


@pytest.mark.parametrize("user", [ALICE, CAROL])
@pytest.mark.parametrize("typed", ["", "help", " Help "])
async def test_who_asks_for_help_is_helped_and_not_on_record(
    team: World, audit: AuditLines, user: str, typed: str
) -> None:
    shown = words(await team.command(user, f"/ticket-delete {typed}"))
    assert "`/ticket-delete [case number]`" in shown
    assert "character" not in shown
    assert audit.lines == []


async def test_a_slip_of_the_hand_is_no_event(team: World, audit: AuditLines) -> None:
    await team.command(ALICE, "/ticket-delete 12")
    assert audit.events == []
