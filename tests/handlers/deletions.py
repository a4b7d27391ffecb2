"""What the tests of a deletion share."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from bot.sandbox.slack import Acknowledgement, SlackMessage
from bot.sandbox.ticket_api import Call, Fault
from tests.support.world import ALICE, BOB, World, words

FETCH = "fetchSingleTicket"
NUMBER = "2531581"
DELETE = f"Delete {NUMBER}"
FOREVER_S = 3600.0
PATIENCE_S = 20.0  # for what has to come about


@dataclass
class AuditLines:
    lines: list[dict[str, str]]

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


def deletions(world: World) -> int:
    return sum(call.carried_out for call in world.ticket_api.calls("delete"))


async def asked(world: World, user: str = ALICE) -> SlackMessage:
    return await world.command(user, f"/ticket-delete {NUMBER}")


async def unclear(world: World, *, carried_out: bool = True) -> SlackMessage:
    """A request whose deletion nobody heard the end of."""
    request = await asked(world)
    world.ticket_api.fail("delete", Fault(reset="after" if carried_out else "before"))
    world.ticket_api.fail(FETCH, Fault(), Fault(status=403))
    await world.click(ALICE, request, DELETE)
    assert "We don't know whether" in words(request)
    return request


async def api_asked(world: World, endpoint: str, click: Awaitable[Acknowledgement]) -> None:
    """Presses, and returns once the ticket API has been asked for that."""
    while not world.ticket_api.arrived.empty():  # what was asked before
        world.ticket_api.arrived.get_nowait()
    assert (await click).status == 200
    await api_is_asked(world, endpoint)


async def api_is_asked(world: World, endpoint: str) -> None:
    await _comes(world.ticket_api.arrived, endpoint)


async def api_did(world: World, endpoint: str) -> None:
    """Returns once the ticket API has carried that out, be it that it has not answered yet."""
    await _comes(world.ticket_api.done, endpoint)


async def clicked_behind_another(world: World, posted: SlackMessage, number: str = "HYXTNJV") -> asyncio.Event:
    """Alice's click waits for its turn: the ticket system is at Bob's deletion of that other ticket.

    Until the event is set.
    """
    other = await world.command(BOB, f"/ticket-delete {number}")
    go_on = asyncio.Event()
    world.ticket_api.fail("delete", Fault(until=go_on))
    await api_asked(world, "delete", world.slack.click(BOB, other, f"Delete {number}"))
    await world.slack.click(ALICE, posted, DELETE)
    await said(world, f"Deleting ticket {NUMBER}")
    return go_on


async def _comes(queue: "asyncio.Queue[Call]", endpoint: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await queue.get()).endpoint != endpoint:
            pass


async def said(world: World, part: str, times: int = 1) -> None:
    """Returns once so many messages have said that, of those that nobody has looked at yet."""
    async with asyncio.timeout(PATIENCE_S):
        while times:
            times -= part in words(await world.slack.changed.get())
