"""/ticket-delete: asking, pressing, cancelling, through the real bot."""

import asyncio

import pytest

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import (
    DELETE,
    FETCH,
    NUMBER,
    AuditLines,
    api_asked,
    asked,
    deletions,
    said,
)
from tests.support.world import ALICE, BOB, CAROL, Transport, World, words


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
    team.slack.faults["response_url"].extend([SlackFault(404)])
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


async def test_an_expired_request_says_so_at_the_next_click(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    team.now += 300
    await team.click(ALICE, request, DELETE)
    assert "expired" in words(request)
    assert deletions(team) == 0
    assert audit.events == ["asked", "expired"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("Subject", "Another one", "the subject"),
        ("Priority", 1, "the priority (it was High)"),
        ("ResourceAffected", "api", "the product"),
        ("Notes", [{"Note": "one"}] * 4, "1 new note"),
        ("Files", [], "2 fewer files"),
    ],
)
async def test_a_ticket_that_changed_gets_a_new_request(team: World, field: str, value: object, sentence: str) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER][field] = value
    await team.click(ALICE, request, DELETE)
    assert "changed after it was shown" in words(request)
    assert sentence in words(request)
    assert deletions(team) == 0
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 1


async def test_what_a_mere_read_changes_is_no_change(team: World) -> None:
    request = await asked(team)
    await team.command(BOB, f"/ticket {NUMBER}")  # counts a view
    team.ticket_api.tickets[NUMBER]["Statistics"].append({"Action": "view"})
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 1


async def test_a_click_on_a_ticket_closed_or_gone_in_the_meantime_says_so(team: World) -> None:
    first, second = await asked(team), await asked(team)
    team.ticket_api.tickets[NUMBER]["Status"] = True
    await team.click(ALICE, first, DELETE)
    assert "is closed" in words(first)
    del team.ticket_api.tickets[NUMBER]
    await team.click(ALICE, second, DELETE)
    assert "can't be found any more" in words(second)
    assert first.buttons == second.buttons == []
    assert team.ticket_api.calls("delete") == []


async def test_a_closed_ticket_is_not_asked_about(team: World) -> None:
    answer = await team.command(ALICE, "/ticket-delete ABC1234")
    assert "is closed" in words(answer)
    assert answer.visible_to == ALICE


async def test_further_clicks_get_a_true_private_answer_and_delete_nothing(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    payload = team.slack.click_payload(ALICE, request, request.button(DELETE))
    go_on = asyncio.Event()
    team.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(team, "delete", team.slack.deliver("interactive", payload))
    for _ in range(2):
        assert (await team.slack.deliver("interactive", payload)).status == 200
    await said(team, "is at it", times=2)
    go_on.set()
    await team.serving.services.runner.wait_idle()
    assert len(team.ticket_api.calls("delete")) == 1
    assert [posted.visible_to for posted in team.slack.messages if "is at it" in words(posted)] == [ALICE] * 2
    again = await team.deliver(await team.slack.deliver("interactive", payload))
    assert f"was deleted. <@{ALICE}> confirmed it" in words(again)
    assert sorted(audit.events) == ["asked", "confirmed", "deleted", "refused", "refused", "refused"]


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
    team.slack.faults["response_url"].append(SlackFault(404))
    team.slack.faults["chat.postMessage"].append(SlackFault(error="messages_tab_disabled"))
    answer = await team.click(ALICE, request, DELETE)
    assert (answer.channel, answer.visible_to) == ("C01SUPPORT", ALICE)
    assert "nothing was sent" in words(answer)


async def test_if_the_ticket_cannot_be_read_again_the_request_stands(team: World) -> None:
    request = await asked(team)
    before = words(request)
    team.ticket_api.fail(FETCH, Fault(status=403))
    answer = await team.click(ALICE, request, DELETE)
    assert answer.visible_to == ALICE
    assert words(request) == before
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 1


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


async def test_a_restarted_bot_honours_the_request(empty_world: World) -> None:
    async with empty_world.bot():
        request = await asked(empty_world)
    async with empty_world.bot():
        await empty_world.click(ALICE, request, DELETE)
    assert deletions(empty_world) == 1


@pytest.mark.parametrize("value", ["", "{}", "2531581", '{"case_number": "2531581"}', "x" * 2000])
async def test_a_button_of_another_version_is_answered(team: World, value: str) -> None:
    request = await asked(team)
    for label in (DELETE, "Resolve instead", "Cancel"):
        button = request.button(label) | {"value": value}
        answer = await team.deliver(
            await team.slack.deliver("interactive", team.slack.click_payload(ALICE, request, button))
        )
        assert "doesn't work any more" in words(answer)
    unknown = {"action_id": "of_long_ago", "value": value}
    answer = await team.deliver(
        await team.slack.deliver("interactive", team.slack.click_payload(ALICE, request, unknown))
    )
    assert "doesn't work any more" in words(answer)
    assert team.ticket_api.calls("delete") == []


@pytest.mark.parametrize("label", [DELETE, "Cancel"])
async def test_a_late_click_in_another_process_does_not_say_that_nothing_was_deleted(
    empty_world: World, label: str
) -> None:
    async with empty_world.bot():
        request = await asked(empty_world)
        late = empty_world.slack.click_payload(ALICE, request, request.button(label))
        await empty_world.click(ALICE, request, DELETE)
    empty_world.now += 400
    async with empty_world.bot():
        await empty_world.deliver(await empty_world.slack.deliver("interactive", late))
    assert "can't be found any more" in words(request)
    assert "othing was deleted" not in words(request)


@pytest.mark.parametrize("gone", [True, False])
async def test_cancel_works_without_the_ticket_and_does_not_say_that_it_is_there(
    team: World, audit: AuditLines, *, gone: bool
) -> None:
    request = await asked(team)
    if gone:  # by another process, whose record has not come yet
        del team.ticket_api.tickets[NUMBER]
    team.ticket_api.fail(FETCH, Fault(status=403))
    await team.click(ALICE, request, "Cancel")
    assert "cancelled* by" in words(request)
    assert "othing was deleted" not in words(request)
    assert audit.events == ["asked", "cancelled"]


@pytest.mark.parametrize("ended", ["cancelled this request", "expired"])
async def test_a_click_after_the_end_says_what_it_did_and_not_what_others_did_not(team: World, ended: str) -> None:
    first = await asked(team)
    late = team.slack.click_payload(ALICE, first, first.button(DELETE))
    if ended == "expired":
        team.now += 300
    await team.click(ALICE, first, DELETE if ended == "expired" else "Cancel")
    await team.click(ALICE, await asked(team), DELETE)
    shown = words(await team.deliver(await team.slack.deliver("interactive", late)))
    assert ended in shown
    assert "This click changed nothing" in shown
    assert "othing was deleted" not in shown


async def test_a_click_after_the_end_leads_on_where_the_message_does_not_show_the_end(team: World) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER]["Status"] = True
    team.slack.faults["response_url"].append(SlackFault(404))
    assert "is closed" in words(await team.click(ALICE, request, DELETE))  # told directly
    assert request.button(DELETE)
    shown = words(await team.click(ALICE, request, DELETE))
    assert "clicked here" in shown
    assert f"/ticket {NUMBER}" in shown


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
