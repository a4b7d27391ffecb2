"""Check now: what became of a deletion whose end nobody saw."""

import asyncio

import pytest

from bot.changes.outcome import Kind
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import (
    DELETE,
    FETCH,
    NUMBER,
    AuditLines,
    api_asked,
    asked,
    unclear,
)
from tests.support.world import ALICE, BOB, CAROL, World, words

SUBJECT = "Winners page shows the wrong prize"


async def test_a_late_deletion_is_found_by_check(empty_world: World) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1):
        request = await asked(empty_world)
        empty_world.ticket_api.fail("delete", Fault(reset="before"))
        await empty_world.click(ALICE, request, DELETE)
        del empty_world.ticket_api.tickets[NUMBER]  # carried out after nobody listened any more
        await empty_world.click(BOB, request, "Check now")
    assert f"Ticket {NUMBER} can't be found any more" in words(request)


async def test_an_unclear_deletion_says_so_and_check_now_finds_out_later(empty_world: World) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1):
        request = await asked(empty_world)
        empty_world.ticket_api.fail("delete", Fault(reset="after"))
        empty_world.ticket_api.fail(FETCH, Fault(), Fault(status=403))
        await empty_world.click(ALICE, request, DELETE)
        assert "We don't know whether" in words(request)
        await empty_world.click(CAROL, request, "Check now")
    assert f"Ticket {NUMBER} can't be found any more" in words(request)


async def test_a_check_that_cannot_read_does_not_say_that_nothing_was_changed(empty_world: World) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1):
        request = await asked(empty_world)
        empty_world.ticket_api.fail("delete", Fault(reset="after"))
        empty_world.ticket_api.fail(FETCH, Fault(), Fault(status=403), Fault(status=403))
        await empty_world.click(ALICE, request, DELETE)
        answer = await empty_world.click(CAROL, request, "Check now")
    assert answer.visible_to == CAROL
    assert "We don't know whether" in words(answer)
    assert "Nothing was changed" not in words(answer)


@pytest.mark.parametrize(
    ("who", "value", "sentence"),
    [({"team": "T0OTHER"}, None, "for members of this workspace"), ({}, "{}", "another version of this bot")],
)
async def test_a_check_that_is_refused_says_nothing_that_passes_for_what_was_found(
    team: World, who: dict[str, str], value: str | None, sentence: str, audit: AuditLines
) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", Fault(reset="after"))
    team.ticket_api.fail(FETCH, Fault(), Fault(status=403))
    await team.click(ALICE, request, DELETE)
    button = request.button("Check now")
    clicked = button if value is None else button | {"value": value}
    answer = await team.deliver(
        await team.slack.deliver("interactive", team.slack.click_payload(CAROL, request, clicked, **who))
    )
    assert sentence in words(answer)
    assert "othing was" not in words(answer)
    assert answer.visible_to == CAROL
    assert audit.events[-1] == "refused"


async def test_that_a_check_finds_a_ticket_closed_is_on_record_as_closed(empty_world: World, audit: AuditLines) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1):
        request = await asked(empty_world)
        empty_world.ticket_api.fail("resolve", Fault(reset="after"))
        empty_world.ticket_api.fail(FETCH, Fault(), Fault(status=403))
        await empty_world.click(ALICE, request, "Resolve instead")
        await empty_world.click(CAROL, request, "Check now")
    assert "Most likely this request resolved it" in words(request)
    assert [line["outcome"] for line in audit.lines if line["event"] == "checked"] == ["closed"]


async def test_a_late_check_of_a_request_that_was_replaced_hears_what_the_ticket_system_said_of_that_one(
    empty_world: World,
) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1) as bot:
        request = await asked(empty_world)
        go_on = asyncio.Event()
        busy = [Fault(status=503)] * 20
        empty_world.ticket_api.fail("delete", Fault(until=go_on, status=503), *busy)
        await api_asked(empty_world, "delete", empty_world.slack.click(ALICE, request, DELETE))
        check = empty_world.slack.click_payload(CAROL, request, request.button("Stuck? Check now"))
        go_on.set()
        await bot.services.runner.wait_idle()
        assert "ticket system is busy" in words(request)
        await empty_world.click(ALICE, request, "Cancel")
        replaced = await bot.services.ledger.row(empty_world.ledger.rows()[0]["id"])
        assert replaced
        await bot.services.ledger.add_answer(replaced.click, Kind.DONE)  # as of a try that was taken for lost
        answer = await empty_world.deliver(await empty_world.slack.deliver("interactive", check))
        heard = [words(posted) for posted in empty_world.answers if posted.visible_to == CAROL]
        assert any(f"Ticket {NUMBER} deleted" in said for said in heard), (heard, words(answer))
        assert "cancelled*" in words(request)


async def test_whoever_checks_and_may_not_look_gets_no_text_of_the_ticket_where_the_message_cannot_be_edited(
    empty_world: World,
) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1, ticket_viewers=f"{ALICE},{BOB}"):
        request = await unclear(empty_world)
        for method in ("chat.update", "response_url"):
            empty_world.slack.faults[method].append(SlackFault(status=404))
        await empty_world.click(CAROL, request, "Check now")
        empty_world.slack.faults.clear()
        assert f"The bot has sent <@{ALICE}> what came of the request" in said_to(empty_world, CAROL)
        assert SUBJECT not in said_to(empty_world, CAROL)
        assert f"Ticket {NUMBER} can't be found any more" in said_to(empty_world, ALICE)


async def test_whoever_checks_and_may_not_look_hears_where_nobody_could_be_sent_what_came_of_the_request(
    empty_world: World,
) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1, ticket_viewers=f"{ALICE},{BOB}"):
        request = await unclear(empty_world)
        for method in ("chat.update", "response_url"):
            empty_world.slack.faults[method].append(SlackFault(status=404))
        empty_world.slack.faults["chat.postMessage"].extend([SlackFault(error="user_not_found")] * 9)
        await empty_world.click(CAROL, request, "Check now")
        assert f"<@{ALICE}> is to hear what came of the request, but Slack" in said_to(empty_world, CAROL)
        assert SUBJECT not in said_to(empty_world, CAROL)


@pytest.mark.parametrize(("viewers", "reads"), [(f"{ALICE},{BOB}", False), ("*", True)])
async def test_a_check_on_a_private_answer_shows_the_end_with_the_tickets_text_to_whoever_may_look(
    empty_world: World,
    viewers: str,
    reads: bool,  # noqa: FBT001
) -> None:
    async with empty_world.bot(sweeppea_deadline_s=1, ticket_viewers=viewers):
        request = await unclear(empty_world)
        empty_world.ticket_api.fail(FETCH, Fault(status=403))
        private = await empty_world.click(CAROL, request, "Check now")
        await empty_world.click(CAROL, private, "Check now")
        assert f"Ticket {NUMBER} can't be found any more" in words(request)
        assert (SUBJECT in said_to(empty_world, CAROL)) is reads
        assert ("is in the message of the request" in words(private)) is not reads


async def test_a_check_on_a_private_answer_leaves_what_may_still_change_to_the_requests_message(
    empty_world: World,
) -> None:
    """Nobody comes back to a private answer to bring it up to date."""
    async with empty_world.bot(sweeppea_deadline_s=1):
        request = await unclear(empty_world, carried_out=False)
        empty_world.ticket_api.fail(FETCH, Fault(status=403))
        private = await empty_world.click(CAROL, request, "Check now")
        await empty_world.click(CAROL, private, "Check now")
        assert "that may still happen" in words(request)
        assert "is in the message of the request" in words(private)
        assert "may still happen" not in words(private)


def said_to(world: World, user: str) -> str:
    return " ".join(words(one) for one in world.slack.messages if user in {one.visible_to, one.channel})


async def test_what_recovery_sends_later_does_not_go_to_whoever_checked_and_may_not_look(empty_world: World) -> None:
    """Over whose response_url the request's message is edited from then on."""
    async with empty_world.bot(sweeppea_deadline_s=1, ticket_viewers=f"{ALICE},{BOB}"):
        request = await unclear(empty_world)
        faults = empty_world.slack.faults
        faults["chat.postMessage"].extend([SlackFault(status=404)] * 9)
        for method in ("chat.update", "response_url"):
            faults[method].append(SlackFault(status=404))
        await empty_world.click(CAROL, request, "Check now")
        for method in ("chat.update", "response_url"):
            faults[method].append(SlackFault(status=404))
        empty_world.now += 20
        await empty_world.recover()
        empty_world.now += 20
        assert SUBJECT not in said_to(empty_world, CAROL)
        faults.clear()
        await empty_world.recover()
        assert f"Ticket {NUMBER} can't be found any more" in words(request)
