"""Looks at one ticket share a request; whoever decides has one of their own."""

import asyncio

import pytest

from bot.api.client import SweeppeaClient
from bot.api.errors import TicketNotFoundError
from bot.sandbox.ticket_api import Sandbox
from bot.tickets import CaseNumber, Change
from tests.bot.api.calls import FETCH, A, B, changing, looking, settled, type_of_change
from tests.support.raw_server import Held, RawServer

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


async def test_ten_people_who_ask_for_one_ticket_cost_one_call(sandbox: Sandbox, bot: SweeppeaClient) -> None:
    tickets = await asyncio.gather(*(looking(bot, CaseNumber("HYXTNJV")) for _ in range(10)))
    assert len(sandbox.log) == 1
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


async def test_whoever_asks_later_gets_the_ticket_as_it_is_then(sandbox: Sandbox, bot: SweeppeaClient) -> None:
    assert (await looking(bot, CaseNumber("HYXTNJV"))).is_open
    await changing(bot, "resolve", CaseNumber("HYXTNJV"))
    assert not (await looking(bot, CaseNumber("HYXTNJV"))).is_open
    assert len(sandbox.calls(FETCH)) == 2


async def test_one_error_is_told_to_all_who_asked(sandbox: Sandbox, bot: SweeppeaClient) -> None:
    results = await asyncio.gather(*(looking(bot, A) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [TicketNotFoundError] * 3
    assert len(sandbox.log) == 1


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
