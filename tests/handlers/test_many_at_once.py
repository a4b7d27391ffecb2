"""Many commands at the same time: the real bot, or two of them, before an API that serves one request at a time."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise

import pytest

from bot.api.retry import Backoff
from bot.sandbox.ticket_api import Fault
from tests.support.world import ALICE, World, words

FETCH = "fetchSingleTicket"


def ticket_numbers(count: int) -> list[str]:
    return [f"{number:07}" for number in range(2531581, 2531581 + count)]


async def all_type(world: World, numbers: Iterable[str]) -> None:
    """At once; returns when each is acknowledged."""
    sent = await asyncio.gather(*(world.slack.command(ALICE, "/ticket", number) for number in numbers))
    assert {acknowledged.status for acknowledged in sent} == {200}


def shown(world: World) -> list[str]:
    """The case numbers of the cards, whatever else people were told."""
    world.latest()
    cards = [answer for answer in world.answers if not answer.text.startswith("Still")]
    return sorted(number for number in world.ticket_api.tickets for card in cards if f"`{number}`" in words(card))


@pytest.fixture
def many(empty_world: World) -> World:
    empty_world.ticket_api.tickets = {
        number: {"CaseNumber": number, "Status": False, "Subject": "One of many"} for number in ticket_numbers(40)
    }
    return empty_world


async def test_a_hundred_people_are_all_answered_and_each_ticket_costs_one_request(many: World) -> None:
    asked_for = ticket_numbers(25) * 4
    api = many.ticket_api
    all_there = asyncio.Event()
    api.fail(FETCH, Fault(until=all_there))
    async with many.bot() as serving:
        await all_type(many, asked_for)
        all_there.set()
        await serving.services.runner.wait_idle()
    assert shown(many) == sorted(asked_for)
    assert sorted(call.case_number for call in api.calls(FETCH)) == ticket_numbers(25)
    assert {call.status for call in api.log} == {200}
    assert all(first.ended is not None and first.ended <= second.started for first, second in pairwise(api.log))


async def test_the_people_of_two_bots_on_one_key_are_all_answered(many: World) -> None:
    many.backoff = Backoff(0.01, 0.05)
    many.ticket_api.service_s = 0.01
    numbers = ticket_numbers(40)
    async with many.bot() as first:
        await all_type(many, numbers[:20])
        async with many.bot() as second:
            await all_type(many, numbers[20:])
            await second.services.runner.wait_idle()
        await first.services.runner.wait_idle()
    assert shown(many) == numbers
    assert sum(call.status == 200 for call in many.ticket_api.log) == 40
