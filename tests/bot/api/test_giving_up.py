"""Who gives up, or is out of time: what they are told, and what is left behind."""

import asyncio

import pytest

from bot.api.client import SweeppeaClient
from bot.api.errors import (
    BusyError,
    Effect,
    GatewayError,
    NoResponseError,
    QueueTimeoutError,
    ServerError,
    SweeppeaError,
)
from bot.sandbox.ticket_api import FakeTicketApi, Fault
from bot.tickets import CaseNumber, Change
from tests.bot.api.calls import FETCH, A, B, C, changing, looking, open_tickets, settled, type_of_change, within
from tests.bot.api.conftest import Clock
from tests.support.raw_server import Held, RawServer, Reply, dribbles, failure, hangs, http, sends, sends_and_closes

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


async def test_whoever_waits_too_long_in_the_queue_leaves_it_and_nothing_is_sent_for_them(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    slow = Held()
    server.reply(slow)
    first = looking(client, A)
    await server.arrived.get()
    second = looking(client, B, 5)
    await settled()
    clock.advance(6)
    with pytest.raises(QueueTimeoutError):
        await second
    third = looking(client, C)
    slow.release()
    await asyncio.gather(first, third)
    assert server.seen(FETCH) == [A, C]


@type_of_change
async def test_a_change_that_waited_too_long_is_never_sent(
    server: RawServer, client: SweeppeaClient, clock: Clock, change: Change
) -> None:
    slow = Held()
    server.reply(slow)
    first = changing(client, change, A)
    await server.arrived.get()
    second = changing(client, change, B, 10)
    await settled()
    clock.advance(11)
    with pytest.raises(QueueTimeoutError) as caught:
        await second
    assert caught.value.effect is Effect.NOT_APPLIED
    slow.release()
    await asyncio.gather(first, changing(client, change, C))
    assert server.seen(change) == [A, C]


async def test_a_command_that_is_stopped_while_it_waits_blocks_nobody(
    server: RawServer, client: SweeppeaClient
) -> None:
    slow = Held()
    server.reply(slow)
    reads = [looking(client, number) for number in (A, B, C)]
    await server.arrived.get()
    reads[1].cancel()
    slow.release()
    await asyncio.wait(reads)
    assert [read.cancelled() for read in reads] == [False, True, False]
    assert server.seen(FETCH) == [A, C]


async def test_a_request_that_nobody_waits_for_any_more_is_given_up(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(hangs)
    readers = [looking(client, A), looking(client, A)]
    await server.arrived.get()
    for reader in readers:
        reader.cancel()
    assert (await server.left.get()).case_number == A
    await looking(client, B)
    assert server.seen(FETCH) == [A, B]
    await asyncio.wait(readers)


async def test_one_who_gives_up_takes_the_answer_from_nobody_else(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    slow = Held()
    server.reply(slow)
    readers = [looking(client, A), looking(client, A, 5), looking(client, A)]
    await server.arrived.get()
    readers[0].cancel()
    clock.advance(6)
    with pytest.raises(NoResponseError):
        await readers[1]
    slow.release()
    assert (await readers[2]).case_number == A
    assert server.seen(FETCH) == [A]


async def test_whoever_asks_right_after_somebody_gave_up_gets_a_request_of_their_own(
    server: RawServer, client: SweeppeaClient
) -> None:
    server.reply(hangs)
    reader = looking(client, A)
    await server.arrived.get()
    reader.cancel()
    again = looking(client, A)  # before the cancelled one has even noticed
    assert (await again).case_number == A
    assert server.seen(FETCH) == [A, A]


async def test_a_hundred_who_gave_up_leave_the_line_free(server: RawServer, client: SweeppeaClient) -> None:
    for number in open_tickets(101):
        server.reply(hangs)
        reader = looking(client, CaseNumber(number))
        await server.arrived.get()
        reader.cancel()
        await asyncio.wait([reader])
    assert (await looking(client, A)).case_number == A


@type_of_change
async def test_a_change_that_is_stopped_on_its_way_lets_the_next_one_pass(
    server: RawServer, client: SweeppeaClient, change: Change
) -> None:
    server.reply(hangs)
    first = changing(client, change, A)
    await server.arrived.get()
    first.cancel()
    await changing(client, change, B)
    assert first.cancelled()
    assert server.seen(change) == [A, B]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(sends(failure(500)), ServerError(500), id="500"),
        pytest.param(sends(failure(503)), BusyError(503), id="503"),
        pytest.param(sends(failure(429, "No", "Retry-After: 0")), BusyError(429), id="429"),
        pytest.param(sends(http(b"", status=503)), GatewayError(503), id="a gateway's 503"),
        pytest.param(sends_and_closes(), NoResponseError("it closed the connection"), id="closed"),
    ],
)
async def test_a_lasting_fault_is_reported_when_the_time_is_up(
    server: RawServer, client: SweeppeaClient, clock: Clock, reply: Reply, expected: SweeppeaError
) -> None:
    server.reply(reply, reply, hangs)
    read = looking(client, A, 8)
    for _ in range(3):
        await server.arrived.get()
    clock.advance(9)
    with pytest.raises(type(expected), match=str(expected)):
        await read
    assert server.seen(FETCH) == [A] * 3


async def test_an_api_that_never_answers_is_a_timeout_and_no_connection_stays_behind(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    server.reply(hangs)
    read = looking(client, A)
    await server.arrived.get()
    clock.advance(20)  # both limits pass at once, that of the try and that of the command
    with pytest.raises(NoResponseError):
        await read
    assert (await server.left.get()).case_number == A


async def test_nobody_is_kept_waiting_for_a_time_that_lies_beyond_the_deadline(
    ticket_api: FakeTicketApi, bot: SweeppeaClient
) -> None:
    ticket_api.fail(FETCH, Fault(status=503, retry_after="3600"))
    ticket_api.fail("delete", Fault(status=429, retry_after="3600"))
    deadline = within(20)
    for call in (looking(bot, A), changing(bot, "delete", A)):
        with pytest.raises(BusyError) as caught:
            await call
        assert caught.value.retry_after_s == 3600
    assert asyncio.get_running_loop().time() < deadline
    assert len(ticket_api.log) == 2


async def test_an_answer_that_never_ends_is_given_up(server: RawServer, client: SweeppeaClient, clock: Clock) -> None:
    server.reply(dribbles)
    read = looking(client, A)
    await server.arrived.get()
    await settled()
    clock.advance(20)
    with pytest.raises(NoResponseError):
        await read
    assert (await server.left.get()).case_number == A
