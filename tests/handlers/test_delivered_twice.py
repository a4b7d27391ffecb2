"""What Slack, or a proxy in front of the bot, delivers twice: to one process, or to two."""

import asyncio

import pytest

from bot.ledger.database import Statement
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import Json, SlackMessage
from handlers import delete
from handlers.slack.interaction import Interaction
from tests.handlers.deletions import DELETE, NUMBER, AuditLines, asked, deletions
from tests.support.world import ALICE, World, words


async def payload(world: World, line: str) -> Json:
    """Of a command that nobody has delivered yet."""
    deliver, kept = world.slack.deliver, []

    async def keep(kind: str, body: Json) -> None:
        kept.append(body)

    world.slack.deliver = keep  # type: ignore[method-assign, assignment]
    command, _, text = line.partition(" ")
    await world.slack.command(ALICE, command, text)
    world.slack.deliver = deliver  # type: ignore[method-assign]
    return kept[0]


def requests(world: World) -> list[SlackMessage]:
    return [posted for posted in world.slack.messages if "Delete ticket" in words(posted) and posted.buttons]


async def test_a_command_that_is_delivered_twice_asks_once(team: World, audit: AuditLines) -> None:
    body = await payload(team, f"/ticket-delete {NUMBER}")
    for _ in range(2):
        assert (await team.slack.deliver("slash_commands", body)).status == 200
        await team.serving.services.runner.wait_idle()
    assert len(requests(team)) == 1
    assert len(team.slack.messages) == 1  # nothing more is said
    assert audit.events == ["asked"]


async def test_two_processes_that_get_the_same_command_at_once_ask_once(empty_world: World, audit: AuditLines) -> None:
    async with empty_world.bot() as one, empty_world.bot() as other:
        body = await payload(empty_world, f"/ticket-delete {NUMBER}")
        empty_world.ticket_api.service_s = 0.05
        for bot in (one, other):
            empty_world.slack.app_url = f"http://127.0.0.1:{bot.port}/slack/events"
            assert (await empty_world.slack.deliver("slash_commands", body)).status == 200
        await asyncio.gather(*(bot.services.runner.wait_idle() for bot in (one, other)))
    assert len(requests(empty_world)) == 1
    assert len(empty_world.slack.messages) == 1
    assert audit.events == ["asked"]


async def test_delete_on_a_card_that_is_delivered_twice_asks_once(team: World) -> None:
    card = await team.command(ALICE, f"/ticket {NUMBER}")
    body = team.slack.click_payload(ALICE, card, card.button("Delete…"))
    for _ in range(2):
        await team.slack.deliver("interactive", body)
        await team.serving.services.runner.wait_idle()
    assert len(requests(team)) == 1


async def test_who_asks_twice_is_asked_twice(team: World) -> None:
    await asked(team)
    await asked(team)
    assert len(requests(team)) == 2


async def test_a_second_delivery_after_the_ticket_is_gone_says_nothing(team: World) -> None:
    body = await payload(team, f"/ticket-delete {NUMBER}")
    await team.slack.deliver("slash_commands", body)
    await team.serving.services.runner.wait_idle()
    await team.click(ALICE, requests(team)[0], DELETE)
    before = len(team.slack.messages)
    await team.slack.deliver("slash_commands", body)
    await team.serving.services.runner.wait_idle()
    assert len(team.slack.messages) == before
    assert deletions(team) == 1


async def test_where_the_first_delivery_stopped_on_the_way_the_second_says_what_is_known(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete, "FIRST_S", 1)
    body = await payload(team, f"/ticket-delete {NUMBER}")
    first = Interaction.parse(body, deadline=0, reference="-")
    await asked(team)  # as a process that was killed before it posted the request has left it
    await team.ledger.commit(
        Statement("UPDATE changes SET delivery = $1, case_number = 'AAAAAAA' RETURNING id", (first.delivery,))
    )
    before = len(team.slack.messages)
    await team.slack.deliver("slash_commands", body)
    await team.serving.services.runner.wait_idle()
    [answer] = team.slack.messages[before:]
    assert "Look into the channel" in words(answer)


async def test_a_request_that_slack_did_not_take_can_be_asked_for_again(team: World) -> None:
    body = await payload(team, f"/ticket-delete {NUMBER}")
    team.slack.faults["chat.postMessage"].append(SlackFault(error="channel_not_found"))
    team.slack.faults["response_url"].extend([SlackFault(404)] * 2)
    await team.slack.deliver("slash_commands", body)
    await team.serving.services.runner.wait_idle()
    assert requests(team) == []
    await team.slack.deliver("slash_commands", body)
    await team.serving.services.runner.wait_idle()
    assert len(requests(team)) == 1
