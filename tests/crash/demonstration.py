"""`make killed`: `kill -9` during a slow deletion, and the message completes itself; drawn for the README and docs.

Once the bot is started again, once another one is at work beside it, on the same PostgreSQL.
Real processes and real HTTP, between a fake Slack and a fake ticket API; nobody clicks after the kill.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from bot.sandbox.sample_tickets import TICKETS
from bot.sandbox.slack import FakeSlack
from bot.sandbox.slack_messages import SlackMessage
from bot.sandbox.ticket_api import FakeTicketApi, Fault
from tests.crash.listening import DELETE, now
from tests.crash.world import ALICE, MEMBER, World, last_of, until
from tests.gallery.render import IMAGES, draw
from tests.support.postgres_server import Databases, postgres_server

CASE = "2531581"
_PATIENCE_S = 60.0
Picture = dict[str, object]


async def play(shared: str = "") -> list[Picture]:
    """The messages in order, each as it was at that moment. `shared` is the database of two bots, if there are two."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ticket-bot-demo-")))
        slack = await stack.enter_async_context(FakeSlack())
        api = await stack.enter_async_context(FakeTicketApi())
        url = shared or f"sqlite:///{folder}/ticket-bot.db"
        world = World("demonstration", "socket", url, folder, Random(0), slack, api)
        stack.callback(world.kill_all)
        world.journal.cases.add(CASE)
        api.tickets[CASE] = TICKETS[CASE]
        if shared:
            await world.start_bot()
        bot = await world.start_bot()  # who is asked
        await slack.command(ALICE, "/ticket-delete", CASE, MEMBER)
        request = await _shows(world, "request")
        answer = asyncio.Event()
        api.fail(DELETE, Fault(until=answer))
        await slack.click(ALICE, request, "Delete")
        deleting = _as_it_is("1. Alice clicks Delete, and the bot is killed: kill -9", await _shows(world, "under way"))
        await _comes(lambda: api.calls(DELETE))
        bot.kill()
        began = now()
        answer.set()  # the ticket system goes on without a listener
        await _comes(lambda: CASE in world.journal.done_at)
        if not shared:
            await world.start_bot()
        ended = await _shows(world, "most likely")
        what = "The other bot goes on" if shared else "The bot is started again"
        took = f"2. {what}; {now() - began:.0f} seconds after the kill, and nobody clicked"
        await _comes(lambda: any(said.is_direct for said in world.journal.said))
        receipt = next(said for said in world.journal.said if said.is_direct)
        return [deleting, _as_it_is(took, ended), _as_it_is("3. To Alice, as a direct message", receipt.posted)]


async def _shows(world: World, claim: str) -> SlackMessage:
    await _comes(lambda: (last := last_of(world, CASE)) and claim in last.claims)
    last = last_of(world, CASE)
    assert last
    return last.posted


async def _comes(condition: Callable[[], object]) -> None:
    assert await until(condition, _PATIENCE_S), "the bot did not get that far"


def _as_it_is(title: str, posted: SlackMessage) -> Picture:
    return {"title": title, "payload": dict(posted.payload)}


if __name__ == "__main__":
    with postgres_server() as server:
        both = asyncio.run(play(Databases(server).new(empty=True)))
    sheets = [{"name": "killed", "messages": asyncio.run(play())}, {"name": "killed-one-of-two", "messages": both}]
    draw(sheets, Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
