"""A click on a request whose time, ticket or bot is not what it was; and a click after another."""

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
from tests.support.shared_ledger import SharedLedger
from tests.support.world import ALICE, BOB, World, words


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


async def test_a_further_click_is_answered_though_the_end_cannot_be_decrypted(team: World, audit: AuditLines) -> None:
    request = await asked(team)
    payload = team.slack.click_payload(ALICE, request, request.button(DELETE))
    await team.click(ALICE, request, "Cancel")
    team.ledger.connection.raw.execute("UPDATE changes SET message = randomblob(40)")
    answer = await team.deliver(await team.slack.deliver("interactive", payload))
    assert f"<@{ALICE}> cancelled this request" in words(answer)
    assert audit.events == ["asked", "cancelled", "refused"]


async def test_if_the_ticket_cannot_be_read_again_the_request_stands(team: World) -> None:
    request = await asked(team)
    before = words(request)
    team.ticket_api.fail(FETCH, Fault(status=403))
    answer = await team.click(ALICE, request, DELETE)
    assert answer.visible_to == ALICE
    assert words(request) == before
    await team.click(ALICE, request, DELETE)
    assert deletions(team) == 1


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
async def test_a_late_click_in_another_process_leaves_the_record_as_it_is(empty_world: World, label: str) -> None:
    async with empty_world.bot():
        request = await asked(empty_world)
        late = empty_world.slack.click_payload(ALICE, request, request.button(label))
        await empty_world.click(ALICE, request, DELETE)
    empty_world.now += 400
    async with empty_world.bot():
        answer = await empty_world.deliver(await empty_world.slack.deliver("interactive", late))
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert f"<@{ALICE}> confirmed it" in words(answer)


@pytest.mark.parametrize("label", [DELETE, "Cancel"])
async def test_a_late_click_does_not_say_that_nothing_was_deleted_where_the_ledger_is_lost(
    empty_world: World, label: str
) -> None:
    async with empty_world.bot():
        request = await asked(empty_world)
        late = empty_world.slack.click_payload(ALICE, request, request.button(label))
        await empty_world.click(ALICE, request, DELETE)
    empty_world.now += 400
    empty_world.ledger = SharedLedger(lambda: empty_world.now)
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


async def test_a_click_after_the_end_leads_on_and_shows_the_end_where_the_message_does_not(team: World) -> None:
    request = await asked(team)
    team.ticket_api.tickets[NUMBER]["Status"] = True
    team.slack.faults["chat.update"].append(SlackFault(error="cant_update_message"))
    team.slack.faults["response_url"].append(SlackFault(404))
    assert "is closed" in words(await team.click(ALICE, request, DELETE))  # told directly
    assert request.button(DELETE)
    shown = words(await team.click(ALICE, request, DELETE))
    assert "clicked here" in shown
    assert f"/ticket {NUMBER}" in shown
    assert f"Ticket {NUMBER} is closed" in words(request)
    assert request.buttons == []
