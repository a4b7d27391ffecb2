"""A connection serves one change, or one read that decides; and how far a request has come on its own."""

from unittest.mock import AsyncMock

import pytest

from bot.api import http as transport
from bot.api.client import SweeppeaClient
from bot.api.errors import NotSentError
from bot.api.http import Stage
from bot.api.retry import Backoff
from bot.sandbox.ticket_api import KEY
from bot.tickets import Change
from tests.bot.api.calls import (
    GOOD,
    A,
    B,
    Call,
    calling,
    changing,
    connected,
    looking,
    reading,
    requesting,
    settled,
    type_of_call,
    type_of_change,
)
from tests.bot.api.conftest import Clock
from tests.support.raw_server import RawServer, Reply, Request, Wire, hangs, http, sends, sends_and_closes

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


async def test_every_change_and_every_read_that_decides_has_a_connection_of_its_own(
    server: RawServer, client: SweeppeaClient
) -> None:
    await looking(client, A)
    await looking(client, A)
    await reading(client, A)
    await changing(client, "delete", A)
    await reading(client, A)
    await changing(client, "resolve", A)
    await looking(client, A)
    assert [request.connection for request in server.requests] == [1, 1, 2, 3, 4, 5, 1]


SUCCESS = http(b'{"Response": true, "Message": "Ticket Deleted Successfully"}')


@type_of_change
async def test_a_left_over_answer_confirms_no_other_change(
    server: RawServer, client: SweeppeaClient, clock: Clock, change: Change
) -> None:
    server.reply(sends(SUCCESS + SUCCESS), hangs)
    assert (await requesting(client, change, A)).confirmed
    second = requesting(client, change, B)
    await server.arrived.get()
    await server.arrived.get()
    await settled()
    clock.advance(20)
    assert not (await second).confirmed


async def test_a_left_over_answer_is_no_fresh_look_for_whoever_decides(
    server: RawServer, client: SweeppeaClient
) -> None:
    opened, closed = http(GOOD), http(GOOD.replace(b"false", b"true"))
    server.reply(sends_and_leaves(opened, opened), sends_and_leaves(closed, opened), sends(closed))
    assert (await looking(client, A)).is_open
    await settled()
    assert not (await reading(client, A)).is_open
    await settled()
    assert not (await reading(client, A)).is_open


def sends_and_leaves(answer: bytes, left_over: bytes) -> Reply:
    """The second one when the first was read."""

    async def reply(request: Request, wire: Wire) -> None:
        await wire.send(answer)
        await settled()
        await wire.send(left_over)

    return reply


class InterruptedByTheCallerError(Exception):
    pass


@pytest.mark.parametrize("stage", [Stage.CONNECTED, Stage.SENDING])
async def test_what_is_raised_before_the_first_byte_sends_nothing(server: RawServer, stage: Stage) -> None:
    stages = []

    async def on_stage(reached: Stage) -> None:
        stages.append(reached)
        if reached is stage:
            raise InterruptedByTheCallerError

    async with transport.connect(server.url, KEY) as connection:
        with pytest.raises(InterruptedByTheCallerError):
            await connection.post_once("/tickets/delete", {"CaseId": A}, on_stage)
        await settled()
        assert (server.connections, server.requests) == (1, [])
        assert stages == [Stage.CONNECTED, Stage.SENDING][: len(stages)]
        await connection.post_once("/tickets/delete", {"CaseId": A}, AsyncMock())
    assert len(server.requests) == 1


async def test_a_request_tells_how_far_it_has_come(server: RawServer) -> None:
    stages: list[tuple[Stage, int]] = []

    async def on_stage(reached: Stage) -> None:
        stages.append((reached, len(server.requests)))

    async with transport.connect(server.url, KEY) as connection:
        await connection.post_once("/tickets/delete", {"CaseId": A}, on_stage)
    assert stages == [(Stage.CONNECTED, 0), (Stage.SENDING, 0), (Stage.SENT, 0)]


@type_of_call
async def test_a_proxy_that_lets_nobody_through_means_that_nothing_was_sent(server: RawServer, call: Call) -> None:
    """A tunnel is asked for with a request of its own, which is not ours."""
    server.reply(sends_and_closes(http(b"", status=503)))
    async with connected("https://api.example", proxy=server.url, backoff=Backoff(100, 100)) as client:
        with pytest.raises(NotSentError):
            await calling(client, call, A)
