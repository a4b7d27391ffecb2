"""What the API is working on is finished before the next request goes out, whoever has given it up."""

import asyncio

import pytest

from bot.api.client import SweeppeaClient
from bot.api.errors import NoResponseError
from bot.tickets import Change
from tests.bot.api.calls import (
    FETCH,
    A,
    B,
    changing,
    connected,
    looking,
    requesting,
    settled,
    type_of_change,
)
from tests.bot.api.conftest import Clock
from tests.support.raw_server import Held, RawServer, hangs

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


@pytest.mark.parametrize("why", ["the time is over", "stopped"])
async def test_a_request_that_the_api_works_on_is_finished_before_the_next(
    server: RawServer, client: SweeppeaClient, clock: Clock, why: str
) -> None:
    slow = Held()
    server.reply(slow)
    readers = [looking(client, A, 5), looking(client, A, 5)]
    await server.arrived.get()
    next_one = looking(client, B)
    await settled()
    if why == "stopped":
        for reader in readers:
            reader.cancel()
    else:
        clock.advance(6)
    await asyncio.gather(*readers, return_exceptions=True)
    await settled()
    assert server.seen(FETCH) == [A]
    slow.release()
    await next_one
    assert (server.seen(FETCH), server.most_at_once) == ([A, B], 1)


async def test_a_request_that_takes_longer_than_one_try_may_is_given_up(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    server.reply(hangs)
    reader = looking(client, A, 5)
    await server.arrived.get()
    clock.advance(11)
    with pytest.raises(NoResponseError):
        await reader
    assert (await server.left.get()).case_number == A
    await looking(client, B)
    assert server.seen(FETCH) == [A, B]


async def test_a_stop_of_the_bot_waits_for_no_answer(server: RawServer) -> None:
    server.reply(hangs, hangs)
    async with connected(server.url) as client:
        calls = [looking(client, A), requesting(client, "delete", B)]
        for call in calls:
            await server.arrived.get()
            call.cancel()
        await asyncio.wait(calls)
    assert {(await server.left.get()).case_number for _ in calls} == {A, B}


async def test_whoever_looks_at_what_somebody_gave_up_gets_that_answer(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    slow = Held()
    server.reply(slow)
    reader = looking(client, A, 5)
    await server.arrived.get()
    clock.advance(6)
    with pytest.raises(NoResponseError):
        await reader
    again = looking(client, A)
    await settled()
    slow.release()
    assert (await again).case_number == A
    assert server.seen(FETCH) == [A]


@type_of_change
@pytest.mark.parametrize("why", ["the time is over", "stopped"])
async def test_a_change_that_the_api_works_on_is_finished_before_the_next(
    server: RawServer, client: SweeppeaClient, clock: Clock, change: Change, why: str
) -> None:
    slow = Held()
    server.reply(slow)
    first = requesting(client, change, A, 5)
    await server.arrived.get()
    if why == "stopped":
        first.cancel()
    else:
        clock.advance(6)
    await asyncio.wait([first])
    next_one = changing(client, change, B)
    await settled()
    assert server.seen(change) == [A]
    slow.release()
    await next_one
    assert (server.seen(change), server.most_at_once) == ([A, B], 1)
