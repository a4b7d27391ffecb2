"""Several bots on one PostgreSQL are one bot: at the ticket API, which serves one request at a time, and to people."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.ledger.keys import new_key
from bot.runtime import Runtime
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from handlers import serve as serving
from handlers.open_ledger import connect_ledger
from handlers.serve import RunningBot, serve
from handlers.slack.runner import CANCEL_GRACE_S
from tests.handlers.deletions import DELETE, FOREVER_S, NUMBER, AuditLines, api_asked, api_did, asked, deletions
from tests.handlers.test_delivered_twice import payload, requests
from tests.support.postgres_server import Databases
from tests.support.world import ALICE, BOB, Transport, World, words

pytestmark = pytest.mark.postgres

PATIENCE_S = 30.0
LOOK_S = 0.1


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    url = databases.new()
    yield url
    databases.drop(url)


class Team:
    """Bots on one PostgreSQL, which has the machine's clock, and so have they."""

    def __init__(self, world: World, url: str) -> None:
        world.slack.clock = time.time
        self.world = world
        self.settings = {"database_url": url, "encryption_keys": new_key(Runtime().random)}

    @asynccontextmanager
    async def bots(
        self, number: int, transport: Transport = "http", **settings: object
    ) -> AsyncIterator[list[RunningBot]]:
        handed_in = self.world.handed_in | {"open_ledger": connect_ledger, "runtime": Runtime(), "look_s": LOOK_S}
        made = self.world.settings(transport, **self.settings, **settings)
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(serve(made, **handed_in)) for _ in range(number)]

    def to(self, bot: RunningBot) -> None:
        """Slack sends what comes next to this one."""
        self.world.serving = bot
        self.world.slack.app_url = f"http://127.0.0.1:{bot.port}/slack/events"


@pytest.fixture
def several(empty_world: World, url: str, server_of_long_ago: None) -> Team:
    return Team(empty_world, url)


async def idle(bots: list[RunningBot]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(bot.services.runner.wait_idle() for bot in bots))


def overlapped(world: World) -> int:
    return sum(call.status == 503 for call in world.ticket_api.log)


async def test_no_request_of_one_bot_meets_one_of_another(several: Team) -> None:
    world = several.world
    world.ticket_api.service_s = 0.02
    async with several.bots(3) as bots:
        for number in range(30):
            several.to(bots[number % 3])
            assert (await world.slack.command(f"U{number:08}", "/ticket", "HYXTNJV" if number % 2 else NUMBER)).status
        await idle(bots)
    assert len(world.ticket_api.log) >= 3
    assert overlapped(world) == 0
    assert len([posted for posted in world.slack.messages if "ref" not in words(posted)]) == 30


async def test_the_same_click_at_two_bots_deletes_once_and_both_answer(several: Team, audit: AuditLines) -> None:
    world = several.world
    async with several.bots(2) as bots:
        several.to(bots[0])
        request = await asked(world)
        body = world.slack.click_payload(ALICE, request, request.button(DELETE))
        for bot in bots:
            several.to(bot)
            assert (await world.slack.deliver("interactive", body)).status == 200
        await idle(bots)
    assert len(world.ticket_api.calls("delete")) == 1
    assert f"Ticket {NUMBER} deleted" in words(request)
    assert audit.events.count("deleted") == audit.events.count("confirmed") == 1
    assert overlapped(world) == 0


async def test_two_people_who_click_at_two_bots_delete_once(several: Team) -> None:
    world = several.world
    async with several.bots(2) as bots:
        several.to(bots[0])
        request = await asked(world)
        for bot, user in zip(bots, (ALICE, BOB), strict=True):
            several.to(bot)
            assert (await world.slack.click(user, request, DELETE)).status == 200
        await idle(bots)
    assert deletions(world) == len(world.ticket_api.calls("delete")) == 1


async def test_a_command_that_comes_to_two_bots_asks_once(several: Team, audit: AuditLines) -> None:
    world = several.world
    async with several.bots(2) as bots:
        body = await payload(world, f"/ticket-delete {NUMBER}")
        for bot in bots:
            several.to(bot)
            assert (await world.slack.deliver("slash_commands", body)).status == 200
        await idle(bots)
    assert len(requests(world)) == len(world.slack.messages) == 1
    assert audit.events == ["asked"]


async def test_what_a_stopped_bot_could_not_finish_another_ends_within_seconds(
    several: Team, audit: AuditLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "DRAIN_TIMEOUT_S", CANCEL_GRACE_S)
    world = several.world
    async with several.bots(1) as (other,):
        async with several.bots(1) as (stops,):
            several.to(stops)
            request = await asked(world)
            world.ticket_api.fail("delete", Fault(delay_after_s=FOREVER_S))
            assert (await world.slack.click(ALICE, request, DELETE)).status == 200
            await api_did(world, "delete")
        async with asyncio.timeout(5):
            while "Most likely this request deleted it" not in words(request):
                await world.slack.changed.get()
        await idle([other])
    assert audit.events == ["asked", "confirmed", "found deleted"]
    assert not any("stopped before" in words(posted) for posted in world.slack.messages)
    receipts = [posted for posted in world.slack.messages if posted.channel == ALICE]
    assert len(receipts) == 1


async def test_over_socket_mode_a_stopping_bot_leaves_before_it_finishes_what_it_has(several: Team) -> None:
    """So that Slack sends whatever comes to another process."""
    world = several.world
    stack = AsyncExitStack()
    await stack.enter_async_context(several.bots(1, "socket"))
    request = await asked_over_socket(world)
    answer = asyncio.Event()
    world.ticket_api.fail("delete", Fault(until=answer))
    await api_asked(world, "delete", world.slack.click(ALICE, request, DELETE))
    stopping = asyncio.create_task(stack.aclose())
    async with asyncio.timeout(PATIENCE_S):
        while world.slack.socket.web_socket:  # noqa: ASYNC110 - Slack's side has no event for it
            await asyncio.sleep(0.01)
    assert not stopping.done()
    answer.set()
    await stopping
    assert f"Ticket {NUMBER} deleted" in words(request)


async def asked_over_socket(world: World) -> SlackMessage:
    async with asyncio.timeout(PATIENCE_S):
        await world.slack.socket.connected.wait()
        assert (await world.slack.command(ALICE, "/ticket-delete", NUMBER)).status == 200
        return await world.slack.changed.get()


async def test_a_bot_that_may_ask_for_several_at_a_time_shares_no_turn(several: Team) -> None:
    world = several.world
    world.ticket_api.strict = False
    async with several.bots(1, sweeppea_concurrency=2) as (bot,):
        several.to(bot)
        await world.command(ALICE, f"/ticket {NUMBER}")
        rows = await bot.services.ledger.database.fetch(
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%turn' AND datname = current_database()"
        )
    assert rows == []
