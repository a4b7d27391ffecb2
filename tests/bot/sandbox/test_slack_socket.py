"""Several apps on Socket Mode: each payload goes to one of them."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.slack import FakeSlack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def connected(slack: FakeSlack, http: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """An app, once Slack has greeted it."""
    app = await http.ws_connect(f"{slack.url}/socket")
    assert (await app.receive_json())["type"] == "hello"
    return app


async def got(app: aiohttp.ClientWebSocketResponse) -> str:
    """Acknowledges what comes, and names its kind."""
    envelope = await app.receive_json()
    await app.send_json({"envelope_id": envelope["envelope_id"]})
    return str(envelope["type"])


async def test_a_payload_goes_to_the_newest_app(slack: FakeSlack, http: aiohttp.ClientSession) -> None:
    await connected(slack, http)
    second = await connected(slack, http)
    acknowledged, kind = await asyncio.gather(slack.socket.deliver("interactive", {}), got(second))
    assert (acknowledged.status, kind) == (200, "interactive")


async def test_a_payload_goes_to_the_app_that_is_picked(slack: FakeSlack, http: aiohttp.ClientSession) -> None:
    first, _ = await connected(slack, http), await connected(slack, http)
    slack.socket.pick = lambda apps: apps[0]
    _, kind = await asyncio.gather(slack.socket.deliver("slash_commands", {}), got(first))
    assert kind == "slash_commands"


async def test_a_payload_goes_to_the_app_that_is_named(slack: FakeSlack, http: aiohttp.ClientSession) -> None:
    first, _ = await connected(slack, http), await connected(slack, http)
    own = next(iter(slack.socket.web_sockets))
    acknowledged, _ = await asyncio.gather(slack.socket.deliver("interactive", {}, own), got(first))
    assert acknowledged.status == 200


async def test_an_app_that_left_gets_nothing_more(slack: FakeSlack, http: aiohttp.ClientSession) -> None:
    first, second = await connected(slack, http), await connected(slack, http)
    await second.close()
    async with asyncio.timeout(10):
        while len(slack.socket.web_sockets) > 1:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.01)
    _, kind = await asyncio.gather(slack.socket.deliver("interactive", {}), got(first))
    assert kind == "interactive"
