"""/ticket: command in, card out, through the real bot."""

import asyncio
import re

import pytest

from bot.sandbox.ticket_api import HTML_PAGE, TRUNCATED, Fault
from tests.support.world import ALICE, BOB, CAROL, Transport, World, words

FETCH = "fetchSingleTicket"


async def test_the_asker_alone_sees_the_ticket_on_either_transport(empty_world: World, transport: Transport) -> None:
    async with empty_world.bot(transport):
        card = await empty_world.command(ALICE, "/ticket HYXTNJV")

    assert card.visible_to == ALICE
    shown = words(card)
    for part in ("Issue with sweepstakes configuration", "HYXTNJV", "Open", "Medium priority", "Renaissance"):
        assert part in shown
    for part in (
        "Summer Giveaway 2025",
        "50 %",
        "John Doe",
        "Unable to configure",
        "Investigating the issue",
        "1 note",
    ):
        assert part in shown
    assert empty_world.slack.refused == []


async def test_the_whole_channel_sees_the_ticket_where_the_setting_says_so(empty_world: World) -> None:
    async with empty_world.bot(ticket_visibility="channel"):
        card = await empty_world.command(CAROL, "/ticket HYXTNJV")

    assert card.visible_to is None
    assert card.button("Delete…")  # who may is decided at the click


@pytest.mark.parametrize(
    "typed",
    [" hyxtnjv ", "`HYXTNJV`", '"HYXTNJV"', "#HYXTNJV", "<HYXTNJV>", "\nHYXTNJV\n", "“hyxtnjv”", "\u3000HYXTNJV\u202c"],
)
async def test_what_stands_around_a_case_number_is_forgiven(team: World, typed: str) -> None:
    card = await team.command(ALICE, f"/ticket {typed}")
    assert "Issue with sweepstakes configuration" in words(card)


@pytest.mark.parametrize(
    "typed", ["", "help", "HYXTNJ", "HYXTNJVV", "HYXTNJV 2531581", "HYX-NJV", "ſſſſſſſ", "x" * 10_000]
)
async def test_anything_else_gets_a_private_usage_answer_and_costs_no_call(team: World, typed: str) -> None:
    answer = await team.command(ALICE, f"/ticket {typed}")
    assert answer.visible_to == ALICE
    assert "/ticket [case number]" in words(answer)
    assert team.ticket_api.log == []


@pytest.mark.parametrize("typed", ["a payload", "my payload=1", "&payload={}", "{payload"])
async def test_what_slack_names_a_field_can_be_typed_too(empty_world: World, transport: Transport, typed: str) -> None:
    async with empty_world.bot(transport):
        for command in ("/ticket", "/ticket-delete"):
            assert f"`{command}" in words(await empty_world.command(ALICE, f"{command} {typed}"))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(status=400), "didn't understand the bot"),
        (Fault(status=401), "rejects the bot's API key"),
        (Fault(status=403), "rejects the bot's API key"),
        (Fault(status=404), "No ticket `HYXTNJV`."),
        (Fault(status=418), "an error of its own (HTTP 418)"),
        (HTML_PAGE, "can't read the ticket system's answer about `HYXTNJV`"),
        (TRUNCATED, "can't read the ticket system's answer about `HYXTNJV`"),
        (Fault(body=b'{"Response": false, "Message": "Not <!channel> today"}'), "Not &lt;"),
        (Fault(body=b'{"Response": true}'), "can't read the ticket system's answer about `HYXTNJV`"),
        (Fault(body=b"[]"), "can't read the ticket system's answer about `HYXTNJV`"),
        (
            Fault(body=b'{"Response": true, "Data": {"CaseNumber": "OTHER77"}}'),
            "can't read the ticket system's answer about `HYXTNJV`",
        ),
        (Fault(body=b"[" * 100_000), "can't read the ticket system's answer about `HYXTNJV`"),
    ],
)
async def test_every_failure_has_its_own_sentence_and_a_reference(team: World, fault: Fault, sentence: str) -> None:
    team.ticket_api.fail(FETCH, fault)
    answer = await team.command(ALICE, "/ticket HYXTNJV")
    assert answer.visible_to == ALICE
    assert sentence in words(answer)
    assert "ref\u00a0" in words(answer)


@pytest.mark.parametrize("status", [500, 429, 503, 502])
async def test_a_passing_fault_is_not_noticed(team: World, status: int) -> None:
    team.ticket_api.fail(FETCH, Fault(status=status, retry_after="0"))
    assert "Issue with sweepstakes configuration" in words(await team.command(ALICE, "/ticket HYXTNJV"))
    assert len(team.ticket_api.calls(FETCH)) == 2


@pytest.mark.parametrize("status", [500, 429, 503])
async def test_a_lasting_fault_is_reported_when_the_time_is_up(empty_world: World, status: int) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1):
        empty_world.ticket_api.fail(FETCH, *[Fault(status=status)] * 50)
        answer = await empty_world.command(ALICE, "/ticket HYXTNJV")
    shown = words(answer)
    assert ("is busy" if status != 500 else "an error of its own (HTTP 500)") in shown
    assert "Nothing was changed" not in shown  # nothing could have been


async def test_a_reset_connection_is_tried_again(team: World) -> None:
    team.ticket_api.fail(FETCH, Fault(reset="before"), Fault(reset="after"))
    assert "Issue with sweepstakes configuration" in words(await team.command(ALICE, "/ticket HYXTNJV"))


async def test_whoever_waits_gets_one_notice_and_then_the_answer(
    empty_world: World,
) -> None:
    empty_world.slow_s = 0.0
    go_on = asyncio.Event()
    empty_world.ticket_api.fail(FETCH, Fault(until=go_on))
    async with empty_world.bot():
        await empty_world.slack.command(ALICE, "/ticket", "HYXTNJV")
        assert (await empty_world.slack.changed.get()).text.startswith("Still looking")
        go_on.set()
        await empty_world.serving.services.runner.wait_idle()
    assert [answer.text[:5] for answer in empty_world.slack.messages] == ["Still", "Ticke"]


async def test_a_number_that_lost_its_zeros_on_the_way_is_seven_digits_again(team: World) -> None:
    assert "0000007" in words(await team.command(ALICE, "/ticket 0000007"))


@pytest.mark.parametrize("number", ["2531581", "ABC1234", "2650478", "0000007", "EMPTY01"])
async def test_every_sample_ticket_is_shown_within_slacks_limits(team: World, number: str) -> None:
    card = await team.command(ALICE, f"/ticket {number}")
    assert number in words(card)
    assert team.slack.refused == []


async def test_a_closed_ticket_offers_no_deletion(team: World) -> None:
    card = await team.command(ALICE, "/ticket ABC1234")
    assert "Closed" in words(card)
    assert "Delete…" not in words(card)


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({}, ["Opened", "Progress", "Sweepstakes:"]),
        ({"Completion": 0}, ["Opened", "Sweepstakes"]),
        ({"Status": True, "ClosedBy": "Jane Roe"}, ["Opened", "Closed", "Sweepstakes:"]),
        ({"Completion": 0, "AccountInfo": {}}, ["Opened:"]),
        ({"Completion": 0, "AccountInfo": {}, "Date": None}, []),
    ],
)
async def test_facts_stand_two_in_a_row_and_none_has_an_empty_place_beside_it(
    team: World, known: dict[str, object], shown: list[str]
) -> None:
    team.ticket_api.tickets["HYXTNJV"].update(known)
    card = await team.command(ALICE, "/ticket HYXTNJV")
    assert [len(block["fields"]) for block in card.blocks if "fields" in block] == [2] * (len(shown) > 1)
    assert re.findall(r"\*(\w+:?)\*(?=\n| \S)", words(card)) == shown


async def test_only_people_on_the_list_see_tickets(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=BOB):
        refused = await empty_world.command(ALICE, "/ticket HYXTNJV")
        assert "can't look at tickets" in words(refused)
        assert "Issue with" in words(await empty_world.command(BOB, "/ticket HYXTNJV"))
    assert len(empty_world.ticket_api.log) == 1


async def test_the_commands_work_in_the_listed_channels_only(empty_world: World) -> None:
    async with empty_world.bot(ticket_channels="C01SUPPORT"):
        elsewhere = await empty_world.command(ALICE, "/ticket HYXTNJV", channel="C01GENERAL")
        assert "Use it in <#C01SUPPORT>." in words(elsewhere)
        assert "Issue with" in words(await empty_world.command(ALICE, "/ticket HYXTNJV"))


async def test_who_may_open_the_details_of_a_shared_card_is_decided_at_the_click(empty_world: World) -> None:
    async with empty_world.bot(ticket_viewers=ALICE):
        card = await empty_world.command(ALICE, "/ticket HYXTNJV")
        shared = await empty_world.click(ALICE, card, "Share")
        denied = await empty_world.click(BOB, shared, "Details")
    assert denied.visible_to == BOB
    assert "can't look at tickets" in words(denied)
    assert empty_world.slack.views == {}


@pytest.mark.parametrize(
    ("visibility", "label"), [("channel", "Delete… (asks in this channel)"), ("private", "Delete…")]
)
async def test_the_menu_says_where_it_asks(empty_world: World, visibility: str, label: str) -> None:
    async with empty_world.bot(delete_prompt_visibility=visibility):
        card = await empty_world.command(ALICE, "/ticket HYXTNJV")
        request = await empty_world.click(ALICE, card, "Delete…")
    assert [button["text"]["text"] for button in card.buttons] == ["Details", "Share", "Refresh", label]
    assert request.visible_to == (ALICE if visibility == "private" else None)


@pytest.mark.parametrize("action_id", ["refresh_ticket", "ask_to_delete_ticket", "share_ticket"])
async def test_buttons_of_the_release_before_go_on_working(team: World, transport: Transport, action_id: str) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    button = {"type": "button", "action_id": action_id, "value": "HYXTNJV"}
    answer = await team.deliver(await team.slack.deliver("interactive", team.slack.click_payload(ALICE, card, button)))
    assert "Issue with sweepstakes configuration" in words(answer)


@pytest.mark.parametrize(
    "value", ["", "refresh_ticket", "nonsense HYXTNJV", " HYXTNJV", "refresh_ticket  ", "ticket_menu x"]
)
async def test_a_menu_of_another_version_says_that_it_does_not_work_any_more(team: World, value: str) -> None:
    card = await team.command(ALICE, "/ticket HYXTNJV")
    option = card.button("Refresh") | {"value": value}
    answer = await team.deliver(await team.slack.deliver("interactive", team.slack.click_payload(ALICE, card, option)))
    assert "doesn't work any more" in words(answer)
