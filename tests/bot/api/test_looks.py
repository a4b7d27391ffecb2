"""Looks at one ticket share a request; whoever decides has one of their own."""

import asyncio

import pytest

from bot.api.client import SweeppeaClient
from bot.api.errors import NoResponseError, TicketNotFoundError
from bot.sandbox.ticket_api import FakeTicketApi, Fault
from bot.tickets import CaseNumber, Change
from tests.bot.api.calls import FETCH, A, B, Call, calling, changing, looking, reading, settled, type_of_change
from tests.bot.api.conftest import Clock
from tests.support.raw_server import Held, RawServer

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


async def test_ten_people_who_ask_for_one_ticket_cost_one_call(ticket_api: FakeTicketApi, bot: SweeppeaClient) -> None:
    tickets = await asyncio.gather(*(looking(bot, CaseNumber("HYXTNJV")) for _ in range(10)))
    assert len(ticket_api.log) == 1
    assert len({ticket.subject for ticket in tickets}) == 1


async def test_whoever_asks_while_the_answer_is_on_its_way_gets_it_too(
    server: RawServer, client: SweeppeaClient
) -> None:
    slow = Held()
    server.reply(slow)
    first = looking(client, A)
    await server.arrived.get()
    second = looking(client, A)
    await settled()
    slow.release()
    assert await first == await second
    assert server.seen(FETCH) == [A]


async def test_whoever_asks_later_gets_the_ticket_as_it_is_then(ticket_api: FakeTicketApi, bot: SweeppeaClient) -> None:
    assert (await looking(bot, CaseNumber("HYXTNJV"))).is_open
    await changing(bot, "resolve", CaseNumber("HYXTNJV"))
    assert not (await looking(bot, CaseNumber("HYXTNJV"))).is_open
    assert len(ticket_api.calls(FETCH)) == 2


async def test_everybody_who_asked_gets_the_same_error(ticket_api: FakeTicketApi, bot: SweeppeaClient) -> None:
    results = await asyncio.gather(*(looking(bot, A) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [TicketNotFoundError] * 3
    assert len(ticket_api.log) == 1


@type_of_change
@pytest.mark.parametrize("asked_again", ["while it is under way", "after it"])
async def test_a_read_from_before_a_change_is_no_answer_to_whoever_asks_after_it(
    server: RawServer, client: SweeppeaClient, change: Change, asked_again: str
) -> None:
    other, early, ours = Held(), Held(), Held()
    server.reply(other, early, ours)
    changes = [changing(client, change, B)]
    await server.arrived.get()
    changes.append(changing(client, change, A))  # waits, so that a read begun now is still from before it
    await settled()
    before = looking(client, A)
    await server.arrived.get()
    other.release()
    await server.arrived.get()  # the change of A has been sent
    if asked_again == "after it":
        ours.release()
        await asyncio.gather(*changes)
    after = looking(client, A)
    await settled()
    ours.release()
    early.release()
    await asyncio.gather(before, after, *changes)
    assert server.seen(FETCH) == [A, A]


async def test_a_read_from_while_a_change_was_under_way_is_no_answer_after_it(
    server: RawServer, client: SweeppeaClient
) -> None:
    deletion, slow = Held(), Held()
    server.reply(deletion, slow)
    change = changing(client, "delete", A)
    await server.arrived.get()
    during = [looking(client, A), looking(client, A)]
    await server.arrived.get()
    deletion.release()
    await change
    after = looking(client, A)
    await settled()
    slow.release()
    await asyncio.gather(*during, after)
    assert server.seen(FETCH) == [A, A]


FIRST = [pytest.param(kind, id=f"after a {kind}") for kind in ("look", "read")]


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("is_in_flight", [True, False], ids=["in flight", "that waits"])
async def test_whoever_decides_sees_the_ticket_as_it_is_after_the_call(
    ticket_api: FakeTicketApi, bot: SweeppeaClient, first: Call, *, is_in_flight: bool
) -> None:
    go_on = asyncio.Event()
    ticket_api.fail(FETCH, *[Fault(answer_until=go_on)] * (1 if is_in_flight else 2))
    other = [] if is_in_flight else [looking(bot, CaseNumber("2531581"))]
    earlier = calling(bot, first, CaseNumber("HYXTNJV"))
    await ticket_api.arrived.get()
    if is_in_flight:
        await ticket_api.done.get()  # answered from before what follows
    ticket_api.tickets["HYXTNJV"]["Subject"] = "LEGAL HOLD"
    deciding = reading(bot, CaseNumber("HYXTNJV"))
    await settled()
    go_on.set()
    assert (await deciding).subject == "LEGAL HOLD"
    await asyncio.gather(earlier, *other)
    assert [call.case_number for call in ticket_api.calls(FETCH)].count("HYXTNJV") == 2


async def test_two_who_decide_have_a_request_each(ticket_api: FakeTicketApi, bot: SweeppeaClient) -> None:
    await asyncio.gather(*(reading(bot, CaseNumber("HYXTNJV")) for _ in range(3)))
    assert len(ticket_api.calls(FETCH)) == 3


async def test_whoever_looks_while_somebody_decides_has_a_request_of_their_own(
    server: RawServer, client: SweeppeaClient
) -> None:
    slow = Held()
    server.reply(slow)
    deciding = reading(client, A)
    await server.arrived.get()
    looks = [looking(client, A), looking(client, A)]
    await settled()
    slow.release()
    await asyncio.gather(deciding, *looks)
    assert [request.connection for request in server.requests] == [1, 2]


async def test_a_decision_out_of_time_leaves_the_turn_with_its_request(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    slow = Held()
    server.reply(slow)
    deciding = reading(client, A, 5)
    await server.arrived.get()
    clock.advance(6)
    with pytest.raises(NoResponseError):
        await deciding
    again = reading(client, A)
    await settled()
    assert server.seen(FETCH) == [A]
    slow.release()
    await again
    assert server.seen(FETCH) == [A, A]


async def test_somebody_who_decides_can_hear_how_many_are_ahead(server: RawServer, client: SweeppeaClient) -> None:
    slow = Held()
    server.reply(slow)
    reads = [looking(client, B), looking(client, A), reading(client, A)]
    await server.arrived.get()
    assert (client.ahead_of(B), client.ahead_of(A)) == (0, 2)
    slow.release()
    await asyncio.gather(*reads)
    assert client.ahead_of(A) == 0
