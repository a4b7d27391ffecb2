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
    prompt = await asked(team)
    told = words(prompt)
    assert prompt.visible_to is None
    for part in (
        f"Delete ticket {NUMBER}?",
        "Winners page shows the wrong prize",
        "High priority",
        "3 notes",
        "2 files",
    ):
        assert part in told
    assert prompt.button(DELETE)["style"] == "danger"
    assert prompt.button("Cancel")
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked"]


async def test_pressing_delete_deletes_once_and_leaves_a_record(
    empty_world: World, transport: Transport, audit: AuditLines
) -> None:
    async with empty_world.bot(transport):
        prompt = await asked(empty_world)
        await empty_world.press(ALICE, prompt, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(prompt)
    assert f"<@{ALICE}>" in words(prompt)
    assert prompt.buttons == []
    assert NUMBER not in empty_world.ticket_api.tickets
    assert len(empty_world.ticket_api.calls("delete")) == 1
    assert audit.events == ["asked", "confirmed", "deleted"]
    assert empty_world.slack.refused == []


async def test_the_buttons_are_gone_before_the_call_is_made(team: World) -> None:
    prompt = await asked(team)
    team.slack.faults["response_url"].extend([SlackFault(404)])
    told = await team.press(ALICE, prompt, DELETE)
    assert team.ticket_api.calls("delete") == []
    assert told.channel == ALICE  # told directly
    assert "nothing was sent" in words(told)


async def test_the_cards_delete_button_leads_to_the_same_prompt(team: World) -> None:
    card = await team.command(ALICE, f"/ticket {NUMBER}")
    prompt = await team.press(ALICE, card, "Delete…")
    assert prompt is not card
    assert prompt.visible_to is None
    await team.press(ALICE, prompt, DELETE)
    assert deletions(team) == 1


async def test_cancel_deletes_nothing_and_shows_its_end(team: World, audit: AuditLines) -> None:
    prompt = await asked(team)
    payload = team.slack.press_payload(ALICE, prompt, prompt.button(DELETE))
    await team.press(ALICE, prompt, "Cancel")
    assert "cancelled* by" in words(prompt)
    late = await team.deliver(await team.slack.deliver("interactive", payload))
    assert late.visible_to == ALICE
    assert "cancelled this request" in words(late)
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked", "cancelled", "refused"]


async def test_any_deleter_may_cancel_and_nobody_else(team: World) -> None:
    prompt = await asked(team)
    assert "can't delete tickets" in words(await team.press(CAROL, prompt, "Cancel"))
    await team.press(BOB, prompt, "Cancel")
    assert f"cancelled* by <@{BOB}>" in words(prompt)


@pytest.mark.parametrize("user", [BOB, CAROL])
async def test_nobody_but_the_asker_can_press(team: World, user: str, audit: AuditLines) -> None:
    prompt = await asked(team)
    before = words(prompt)
    told = await team.press(user, prompt, DELETE)
    assert told.visible_to == user
    assert ("who asked, can confirm this" if user == BOB else "can't delete tickets") in words(told)
    assert words(prompt) == before
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked", "refused"]


async def test_somebody_of_another_workspace_cannot_press(team: World) -> None:
    prompt = await asked(team)
    assert "Only members of this bot's workspace, “Sweeppea”, can use it." in words(
        await team.press(ALICE, prompt, DELETE, team="T0OTHER")
    )
    assert deletions(team) == 0


async def test_deletion_is_off_until_somebody_is_listed(empty_world: World) -> None:
    async with empty_world.bot(ticket_deleters=""):
        told = await asked(empty_world)
        card = await empty_world.command(ALICE, f"/ticket {NUMBER}")
    assert "turned off" in words(told)
    assert "Delete…" not in words(card)
    assert empty_world.ticket_api.calls("delete") == []


async def test_whoever_was_taken_off_the_list_cannot_confirm_any_more(empty_world: World) -> None:
    async with empty_world.bot():
        prompt = await asked(empty_world)
    async with empty_world.bot(ticket_deleters=BOB):
        assert "can't delete tickets" in words(await empty_world.press(ALICE, prompt, DELETE))
    assert deletions(empty_world) == 0


async def test_in_second_person_mode_another_deleter_confirms_and_not_the_asker(empty_world: World) -> None:
    async with empty_world.bot(delete_second_person="on"):
        prompt = await asked(empty_world)
        assert "A second person must confirm" in words(prompt)
        assert "You asked, so you can't" in words(await empty_world.press(ALICE, prompt, DELETE))
        assert deletions(empty_world) == 0
        await empty_world.press(BOB, prompt, DELETE)
    assert f"Confirmed by <@{BOB}>" in words(prompt)


async def test_a_prompt_that_ran_out_says_so_at_the_next_press(team: World, audit: AuditLines) -> None:
    prompt = await asked(team)
    team.now += 300
    await team.press(ALICE, prompt, DELETE)
    assert "expired" in words(prompt)
    assert deletions(team) == 0
    assert audit.events == ["asked", "expired"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("Subject", "Another one", "the subject"),
        ("Priority", 1, "the priority (it was High)"),
        ("ResourceAffected", "api", "the product"),
        ("Notes", [{"Note": "one"}] * 4, "1 new note"),
        ("Files", [], "2 fewer files"),
    ],
)
async def test_a_ticket_that_changed_is_asked_about_anew(team: World, field: str, value: object, told: str) -> None:
    prompt = await asked(team)
    team.ticket_api.tickets[NUMBER][field] = value
    await team.press(ALICE, prompt, DELETE)
    assert "changed after it was shown" in words(prompt)
    assert told in words(prompt)
    assert deletions(team) == 0
    await team.press(ALICE, prompt, DELETE)
    assert deletions(team) == 1


async def test_what_a_mere_read_changes_is_no_change(team: World) -> None:
    prompt = await asked(team)
    await team.command(BOB, f"/ticket {NUMBER}")  # counts a view
    team.ticket_api.tickets[NUMBER]["Statistics"].append({"Action": "view"})
    await team.press(ALICE, prompt, DELETE)
    assert deletions(team) == 1


async def test_a_ticket_closed_or_gone_in_the_meantime_is_told_so(team: World) -> None:
    first, second = await asked(team), await asked(team)
    team.ticket_api.tickets[NUMBER]["Status"] = True
    await team.press(ALICE, first, DELETE)
    assert "is closed" in words(first)
    del team.ticket_api.tickets[NUMBER]
    await team.press(ALICE, second, DELETE)
    assert "can't be found any more" in words(second)
    assert first.buttons == second.buttons == []
    assert team.ticket_api.calls("delete") == []


async def test_a_closed_ticket_is_not_asked_about(team: World) -> None:
    told = await team.command(ALICE, "/ticket-delete ABC1234")
    assert "is closed" in words(told)
    assert told.visible_to == ALICE


async def test_further_presses_get_a_true_private_answer_and_delete_nothing(team: World, audit: AuditLines) -> None:
    prompt = await asked(team)
    payload = team.slack.press_payload(ALICE, prompt, prompt.button(DELETE))
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
    prompt = await asked(team)
    team.ticket_api.tickets[NUMBER]["Status"] = "perhaps"
    asked_again = await asked(team)
    assert "We don't know whether ticket 2531581 is open" in words(asked_again)
    await team.press(ALICE, prompt, DELETE)
    assert "We don't know whether ticket 2531581 is open" in words(prompt)
    assert team.ticket_api.calls("delete") == []


async def test_where_neither_the_message_nor_a_direct_one_can_be_had_the_person_is_told_privately(team: World) -> None:
    prompt = await asked(team)
    team.slack.faults["response_url"].append(SlackFault(404))
    team.slack.faults["chat.postMessage"].append(SlackFault(error="messages_tab_disabled"))
    told = await team.press(ALICE, prompt, DELETE)
    assert (told.channel, told.visible_to) == ("C01SUPPORT", ALICE)
    assert "nothing was sent" in words(told)


async def test_if_the_ticket_cannot_be_read_again_the_prompt_stands(team: World) -> None:
    prompt = await asked(team)
    before = words(prompt)
    team.ticket_api.fail(FETCH, Fault(status=403))
    told = await team.press(ALICE, prompt, DELETE)
    assert told.visible_to == ALICE
    assert words(prompt) == before
    await team.press(ALICE, prompt, DELETE)
    assert deletions(team) == 1


async def test_resolve_instead_closes_the_ticket_and_keeps_it(team: World, audit: AuditLines) -> None:
    prompt = await asked(team)
    await team.press(ALICE, prompt, "Resolve instead")
    assert f"Ticket {NUMBER} resolved" in words(prompt)
    assert team.ticket_api.tickets[NUMBER]["Status"] is True
    assert team.ticket_api.calls("delete") == []
    assert audit.events == ["asked", "confirmed", "resolved"]


async def test_resolving_can_be_turned_off(empty_world: World) -> None:
    async with empty_world.bot():
        old = await asked(empty_world)
    async with empty_world.bot(ticket_resolve="off"):
        prompt = await asked(empty_world)
        assert "Resolve instead" not in [button["text"]["text"] for button in prompt.buttons]
        assert "doesn't work any more" in words(await empty_world.press(ALICE, old, "Resolve instead"))
    assert empty_world.ticket_api.calls("resolve") == []


async def test_a_private_prompt_is_seen_by_the_asker_alone(empty_world: World) -> None:
    async with empty_world.bot(delete_prompt_visibility="private"):
        prompt = await asked(empty_world)
        assert prompt.visible_to == ALICE
        await empty_world.press(ALICE, prompt, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(prompt)


async def test_a_restarted_bot_honours_the_prompt(empty_world: World) -> None:
    async with empty_world.bot():
        prompt = await asked(empty_world)
    async with empty_world.bot():
        await empty_world.press(ALICE, prompt, DELETE)
    assert deletions(empty_world) == 1


@pytest.mark.parametrize("value", ["", "{}", "2531581", '{"case_number": "2531581"}', "x" * 2000])
async def test_a_button_of_another_version_is_answered(team: World, value: str) -> None:
    prompt = await asked(team)
    for label in (DELETE, "Resolve instead", "Cancel"):
        button = prompt.button(label) | {"value": value}
        told = await team.deliver(
            await team.slack.deliver("interactive", team.slack.press_payload(ALICE, prompt, button))
        )
        assert "doesn't work any more" in words(told)
    unknown = {"action_id": "of_long_ago", "value": value}
    told = await team.deliver(await team.slack.deliver("interactive", team.slack.press_payload(ALICE, prompt, unknown)))
    assert "doesn't work any more" in words(told)
    assert team.ticket_api.calls("delete") == []


@pytest.mark.parametrize("label", [DELETE, "Cancel"])
async def test_a_late_press_in_another_process_leaves_no_word_that_nothing_was_deleted(
    empty_world: World, label: str
) -> None:
    async with empty_world.bot():
        prompt = await asked(empty_world)
        late = empty_world.slack.press_payload(ALICE, prompt, prompt.button(label))
        await empty_world.press(ALICE, prompt, DELETE)
    empty_world.now += 400
    async with empty_world.bot():
        await empty_world.deliver(await empty_world.slack.deliver("interactive", late))
    assert "can't be found any more" in words(prompt)
    assert "othing was deleted" not in words(prompt)


@pytest.mark.parametrize("gone", [True, False])
async def test_cancel_works_where_the_ticket_cannot_be_read_and_does_not_say_that_it_is_there(
    team: World, audit: AuditLines, *, gone: bool
) -> None:
    prompt = await asked(team)
    if gone:  # by another process, whose record has not come yet
        del team.ticket_api.tickets[NUMBER]
    team.ticket_api.fail(FETCH, Fault(status=403))
    await team.press(ALICE, prompt, "Cancel")
    assert "cancelled* by" in words(prompt)
    assert "othing was deleted" not in words(prompt)
    assert audit.events == ["asked", "cancelled"]


@pytest.mark.parametrize("ended", ["cancelled this request", "expired"])
async def test_a_press_after_the_end_is_told_what_it_did_and_not_what_others_did_not(team: World, ended: str) -> None:
    first = await asked(team)
    late = team.slack.press_payload(ALICE, first, first.button(DELETE))
    if ended == "expired":
        team.now += 300
    await team.press(ALICE, first, DELETE if ended == "expired" else "Cancel")
    await team.press(ALICE, await asked(team), DELETE)
    told = words(await team.deliver(await team.slack.deliver("interactive", late)))
    assert ended in told
    assert "This click changed nothing" in told
    assert "othing was deleted" not in told


async def test_a_press_after_the_end_leads_on_where_the_message_does_not_show_the_end(team: World) -> None:
    prompt = await asked(team)
    team.ticket_api.tickets[NUMBER]["Status"] = True
    team.slack.faults["response_url"].append(SlackFault(404))
    assert "is closed" in words(await team.press(ALICE, prompt, DELETE))  # told directly
    assert prompt.button(DELETE)
    told = words(await team.press(ALICE, prompt, DELETE))
    assert "clicked here" in told
    assert f"/ticket {NUMBER}" in told


@pytest.mark.parametrize("user", [ALICE, CAROL])
@pytest.mark.parametrize("typed", ["", "help", " Help "])
async def test_who_asks_for_help_is_helped_and_not_on_record(
    team: World, audit: AuditLines, user: str, typed: str
) -> None:
    told = words(await team.command(user, f"/ticket-delete {typed}"))
    assert "`/ticket-delete [case number]`" in told
    assert "character" not in told
    assert audit.lines == []


async def test_a_slip_of_the_hand_is_no_event(team: World, audit: AuditLines) -> None:
    await team.command(ALICE, "/ticket-delete 12")
    assert audit.events == []
