"""A process that starts just as the database comes back: nobody could renew while it was away, so others come first."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from bot.ledger.database import UnavailableError
from bot.ledger.statements import LEASE_S
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from handlers.serve import RunningBot
from tests.handlers.deletions import NUMBER, asked
from tests.handlers.test_recovery import LEASE_OVER_S, clicked, first
from tests.handlers.test_upkeep import health
from tests.support.shared_ledger import SharedLedger
from tests.support.world import World, words

__all__ = ["first"]


@dataclass
class OnAServer(SharedLedger):
    """`started_at` is the server's start, by its own clock."""

    started_at: float = 0.0

    async def up_for_s(self) -> float:
        return self.clock() - self.started_at


@pytest.fixture
async def empty_world(empty_world: World) -> World:
    empty_world.ledger = OnAServer(lambda: empty_world.now)
    return empty_world


def server_of(world: World) -> OnAServer:
    assert isinstance(world.ledger, OnAServer)
    return world.ledger


async def under_way(world: World) -> SlackMessage:
    """A deletion that is carried out and not answered yet. Whoever is at it could not renew for longer than a lease."""
    request = await asked(world)
    await clicked(world, request, Fault(answer_until=asyncio.Event()), carried_out=True)
    world.now += LEASE_OVER_S
    return request


async def renewed(world: World, bot: RunningBot) -> None:
    """As a process does with what it works on, once it can again."""
    [row] = world.ledger.rows()
    lease = bot.services.ledger.lease(row["id"], row["fence"], 0.0)
    lease.failed_at = lease.runtime.boottime()
    await lease.renew()
    assert not lease.is_lost


def taken(world: World) -> int:
    return int(world.ledger.rows()[0]["fence"]) - 1


async def test_a_new_process_leaves_others_the_time_to_renew_and_says_that_it_is_well(
    empty_world: World, first: RunningBot
) -> None:
    world = empty_world
    await under_way(world)
    server_of(world).started_at = world.now - 1
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(world.bot())
        await world.recover()
        assert await health(bot.port) == (200, "ok\n")
        world.now += LEASE_S - 1
        await world.recover()
        assert taken(world) == 0
        await renewed(world, first)
        world.now += 1
        await world.recover()
        assert taken(world) == 0
        assert await health(bot.port) == (200, "ok\n")


async def test_what_nobody_renewed_is_gone_on_with_a_lease_later(empty_world: World, first: RunningBot) -> None:
    world = empty_world
    request = await under_way(world)
    server_of(world).started_at = world.now - LEASE_S + 0.1
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(world.bot())
        await world.recover()
        assert taken(world) == 0
        world.now += LEASE_S
        await world.recover()
        assert taken(world) == 1
        assert f"Ticket {NUMBER} can't be found any more" in words(request)


async def test_a_new_process_goes_on_at_once_where_the_server_is_older_than_a_lease(
    empty_world: World, first: RunningBot
) -> None:
    world = empty_world
    await under_way(world)
    server_of(world).started_at = world.now - LEASE_S
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(world.bot())
        await world.recover()
        assert taken(world) == 1


async def test_a_database_that_goes_away_again_meanwhile_is_told_and_waited_for(
    empty_world: World, first: RunningBot
) -> None:
    world = empty_world
    await under_way(world)
    server_of(world).started_at = world.now
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(world.bot())
        await world.recover()
        world.ledger.fault = UnavailableError("away")
        await world.recover()
        assert await health(bot.port) == (200, "degraded\n")
        world.ledger.fault = None
        world.now += LEASE_S
        await world.recover()
        assert (taken(world), await health(bot.port)) == (0, (200, "degraded\n"))
        world.now += LEASE_S
        await world.recover()
        assert (taken(world), await health(bot.port)) == (1, (200, "ok\n"))
