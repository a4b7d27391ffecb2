"""Check now on a request that the ledger knows nothing of, as after a start with a new database."""

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from tests.handlers.deletions import FETCH, NUMBER, AuditLines, unclear
from tests.support.world import CAROL, World, words


async def forgotten(world: World, *, carried_out: bool) -> SlackMessage:
    """A request whose deletion nobody heard the end of, and that is not on record any more."""
    request = await unclear(world, carried_out=carried_out)
    assert world.ledger.rows("DELETE FROM changes RETURNING id")
    return request


async def test_that_the_ticket_is_gone_is_shown_in_the_message(team: World, audit: AuditLines) -> None:
    request = await forgotten(team, carried_out=True)
    await team.click(CAROL, request, "Check now")
    assert f"Ticket {NUMBER} can't be found any more" in words(request)
    assert f"checked by <@{CAROL}>" in words(request)
    assert (audit.lines[-1]["event"], audit.lines[-1]["outcome"]) == ("checked", "can't be found")


async def test_what_may_still_happen_is_shown_with_the_button_and_later_what_became_of_it(team: World) -> None:
    request = await forgotten(team, carried_out=False)
    await team.click(CAROL, request, "Check now")
    assert f"Ticket {NUMBER} isn't deleted yet, but that may still happen" in words(request)
    team.now += 100
    await team.click(CAROL, request, "Check now")
    assert f"Ticket {NUMBER} was not deleted" in words(request)
    assert request.buttons == []


async def test_where_the_ticket_cannot_be_read_whoever_checks_hears_so_and_the_button_stays(
    team: World, audit: AuditLines
) -> None:
    request = await forgotten(team, carried_out=True)
    before = words(request)
    team.ticket_api.fail(FETCH, Fault(status=403))
    answer = await team.click(CAROL, request, "Check now")
    assert answer.visible_to == CAROL
    assert "We don't know whether" in words(answer)
    assert words(request) == before
    assert audit.lines[-1]["outcome"].startswith("not read: ")


async def test_where_the_message_cannot_be_edited_whoever_checks_hears_directly(team: World) -> None:
    request = await forgotten(team, carried_out=True)
    team.slack.faults["response_url"].append(SlackFault(status=404))
    answer = await team.click(CAROL, request, "Check now")
    assert answer.channel == CAROL
    assert f"Ticket {NUMBER} can't be found any more" in words(answer)
