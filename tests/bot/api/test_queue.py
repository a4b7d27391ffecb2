"""One request per endpoint at a time, in the order of asking."""

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from bot.api.client import SweeppeaClient
from bot.api.retry import Backoff
from bot.sandbox.ticket_api import FakeTicketApi, Fault
from bot.tickets import CaseNumber, Change, Ticket
from tests.bot.api.calls import FETCH, A, B, C, D, changing, connected, looking, open_tickets, settled, type_of_change
from tests.support.raw_server import Held, RawServer, http, sends

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


async def test_fifty_people_at_once_are_all_answered_in_order_and_the_api_never_says_503() -> None:
    async with FakeTicketApi(tickets=open_tickets(50), service_s=0.001) as api, connected(api.url) as bot:
        tickets = await asyncio.gather(*(looking(bot, CaseNumber(number)) for number in api.tickets))
    assert [ticket.case_number for ticket in tickets] == list(open_tickets(50))
    assert [call.case_number for call in api.log] == list(open_tickets(50))
    assert {call.status for call in api.log} == {200}
    assert all(first.ended is not None and first.ended <= second.started for first, second in pairwise(api.log))


@type_of_change
async def test_changes_wait_for_one_another_too(ticket_api: FakeTicketApi, bot: SweeppeaClient, change: Change) -> None:
    ticket_api.tickets = open_tickets(10)
    ticket_api.service_s = 0.001
    await asyncio.gather(*(changing(bot, change, CaseNumber(number)) for number in open_tickets(10)))
    assert [call.case_number for call in ticket_api.log] == list(open_tickets(10))
    assert {call.status for call in ticket_api.log} == {200}


async def test_a_slow_delete_does_not_hold_up_a_read_nor_a_resolve(server: RawServer, client: SweeppeaClient) -> None:
    slow = Held()
    server.reply(slow)
    deletion = changing(client, "delete", A)
    await server.arrived.get()
    assert (await looking(client, B)).case_number == B
    await changing(client, "resolve", C)
    assert not deletion.done()
    slow.release()
    await deletion


async def test_an_api_that_allows_more_gets_as_many_at_once_and_no_more(server: RawServer) -> None:
    slow = Held()
    server.reply(*[slow] * 10)
    async with connected(server.url, concurrency=3) as client:
        reads = [looking(client, CaseNumber(number)) for number in open_tickets(10)]
        for _ in range(3):
            await server.arrived.get()
        await settled()
        assert len(server.requests) == 3
        slow.release()
        await asyncio.gather(*reads)
    assert server.most_at_once == 3


async def test_as_many_reads_as_may_be_set_do_not_hold_up_a_delete(server: RawServer) -> None:
    slow = Held()
    server.reply(*[slow] * 100)
    async with connected(server.url, concurrency=100) as client:
        reads = [looking(client, CaseNumber(number)) for number in open_tickets(100)]
        for _ in reads:
            await server.arrived.get()
        await changing(client, "delete", A)
        assert len(server.seen(FETCH)) == 100  # none of them had to be given up for it
        slow.release()
        await asyncio.gather(*reads)


async def test_somebody_who_waits_can_hear_how_many_are_ahead(server: RawServer, client: SweeppeaClient) -> None:
    first, second = Held(), Held()
    server.reply(first, second)
    reads = [looking(client, number) for number in (A, B, C)]
    await server.arrived.get()
    assert [client.ahead_of(number) for number in (A, B, C, D)] == [0, 1, 2, 0]
    reads.append(looking(client, B))
    await settled()
    assert [client.ahead_of(number) for number in (A, B, C)] == [0, 1, 2]
    first.release()
    await server.arrived.get()
    assert [client.ahead_of(number) for number in (A, B, C)] == [0, 0, 1]
    second.release()
    await asyncio.gather(*reads)
    assert client.ahead_of(C) == 0


async def test_nobody_is_ahead_of_those_who_are_served_side_by_side(server: RawServer) -> None:
    slow = Held()
    server.reply(*[slow] * 4)
    async with connected(server.url, concurrency=2) as client:
        reads = [looking(client, number) for number in (A, B, C, D)]
        await server.arrived.get()
        await server.arrived.get()
        assert [client.ahead_of(number) for number in (A, B, C, D)] == [0, 0, 1, 2]
        slow.release()
        await asyncio.gather(*reads)


async def test_two_bots_on_one_key_are_both_answered() -> None:
    async with FakeTicketApi(tickets=open_tickets(40), service_s=0.05) as api, AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(connected(api.url, backoff=Backoff())) for _ in range(2)]
        reads = [looking(bots[index % 2], CaseNumber(number)) for index, number in enumerate(open_tickets(40))]
        tickets = await asyncio.gather(*reads)
    assert [ticket.case_number for ticket in tickets] == list(open_tickets(40))
    refused = [call for call in api.log if call.status == 503]
    assert len(api.log) == 40 + len(refused)
    assert len(refused) <= 20, "a storm of retries"


async def test_a_busy_api_is_waited_for_without_losing_ones_place(
    ticket_api: FakeTicketApi, bot: SweeppeaClient
) -> None:
    ticket_api.tickets = open_tickets(3)
    ticket_api.fail(FETCH, *[Fault(status=503)] * 3)
    order = [CaseNumber(number) for number in open_tickets(3)]
    finished: list[str] = []
    await asyncio.gather(*(_noted(looking(bot, number), finished) for number in order))
    assert finished == order
    assert [call.status for call in ticket_api.log] == [503, 503, 503, 200, 200, 200]


async def _noted(read: "asyncio.Task[Ticket]", finished: list[str]) -> None:
    finished.append((await read).case_number)


async def test_a_fault_with_one_ticket_lets_the_others_pass(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(sends(http(b"", status=500)))
    await asyncio.gather(looking(client, A), looking(client, B))
    assert server.seen(FETCH) == [A, B, A]
