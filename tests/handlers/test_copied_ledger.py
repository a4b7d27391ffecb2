"""What was begun on a file goes on on PostgreSQL."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.ledger.copying import copy_ledger
from bot.ledger.keys import new_key
from bot.runtime import Runtime
from bot.sandbox.slack import Fault as SlackFault
from handlers.open_ledger import connect_ledger
from handlers.serve import serve
from tests.handlers.deletions import DELETE, asked, deletions
from tests.support.postgres_server import Databases
from tests.support.world import ALICE, World, words

pytestmark = pytest.mark.postgres
OTHER = "HYXTNJV"
KEY = new_key(Runtime().random)


@asynccontextmanager
async def bot_on(world: World, url: str) -> AsyncIterator[None]:
    """A bot with a database of its own, and recovery that looks when it is asked to."""
    settings = world.settings(database_url=url, encryption_keys=KEY if url.startswith("postgres") else None)
    async with serve(settings, **world.handed_in | {"open_ledger": connect_ledger}) as serving:
        world.slack.app_url = f"http://127.0.0.1:{serving.port}/slack/events"
        world.serving = serving
        yield


async def test_a_button_of_before_deletes_once_and_a_due_receipt_arrives(
    empty_world: World, databases: Databases, tmp_path: Path, server_of_long_ago: None
) -> None:
    world = empty_world
    world.now = time.time()  # PostgreSQL has its own clock
    file, postgres = f"sqlite:///{tmp_path / 'ticket-bot.db'}", databases.new(empty=True)
    async with bot_on(world, file):
        request = await asked(world)
        other = await world.command(ALICE, f"/ticket-delete {OTHER}")
        world.slack.faults["chat.postMessage"].append(SlackFault(error="messages_tab_disabled"))
        await world.click(ALICE, other, f"Delete {OTHER}")
        assert f"Ticket {OTHER} deleted" in words(other)
        assert receipts(world) == []
    assert await copy_ledger(file, postgres, KEY, Runtime())
    async with bot_on(world, postgres):
        payload = world.slack.click_payload(ALICE, request, request.button(DELETE))
        await world.deliver(await world.slack.deliver("interactive", payload))
        assert "deleted" in words(request)
        await world.deliver(await world.slack.deliver("interactive", payload))
        assert deletions(world) == 2  # one of each ticket
        await due(databases, postgres)
        await world.recover()
        assert len([text for text in receipts(world) if OTHER in text]) == 1
        await world.recover()
    found = databases.server.sql("select state, receipt, copy is null from changes order by asked_at", name(postgres))
    assert found == "delivered|sent|t\ndelivered|sent|t"
    assert len(receipts(world)) == 2


def receipts(world: World) -> list[str]:
    return [words(posted) for posted in world.slack.messages if posted.channel == ALICE]


async def due(databases: Databases, url: str) -> None:
    """The pause before the receipt is sent again is over."""
    databases.server.sql("update changes set due_at = 0 where receipt = 'due'", name(url))


def name(url: str) -> str:
    return url.rpartition("/")[2]
