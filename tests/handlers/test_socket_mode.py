"""A connection over Socket Mode that is lost: the log tells, and tells when there is one again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from pytest_mock import MockerFixture

from bot.sandbox.slack import Fault
from handlers.serve import serve
from handlers.slack import transports
from handlers.slack.startup import StartupError
from tests.support.world import ALICE, World, words


class Lines(logging.Handler):
    """The log's lines as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.logged: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.logged.put_nowait(record.getMessage())

    async def says(self, words: str) -> None:
        async with asyncio.timeout(20):
            while words not in await self.logged.get():
                pass


@pytest.fixture
async def lines(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lines]:
    monkeypatch.setattr(transports, "WATCH_INTERVAL_S", 0.01)
    log, handler = logging.getLogger("handlers.slack.transports"), Lines()
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


def connection(world: World) -> web.WebSocketResponse:
    assert world.slack.socket.web_socket
    return world.slack.socket.web_socket


async def ended_by_slack(world: World) -> None:
    await connection(world).close()


async def broken_off(world: World) -> None:
    request = connection(world)._req
    assert request
    assert request.transport
    request.transport.abort()


@pytest.mark.parametrize("end", [ended_by_slack, broken_off])
async def test_a_connection_that_is_lost_and_regained_is_logged_both_times(
    empty_world: World, lines: Lines, end: Callable[[World], Awaitable[None]], mocker: MockerFixture
) -> None:
    mocker.patch.object(transports, "PING_INTERVAL_S", 0.02)  # also how soon the SDK sees the loss
    faults = empty_world.slack.faults["apps.connections.open"]
    async with empty_world.bot("socket"):
        await lines.says("connected over Socket Mode")
        faults.extend([Fault(500)] * 10_000)
        await end(empty_world)
        await lines.says("is lost")
        faults.clear()
        await lines.says("connected over Socket Mode again")
        assert lines.logged.empty()
        assert "Issue with" in words(await empty_world.command(ALICE, "/ticket HYXTNJV"))


async def test_a_connection_that_slack_renews_is_logged(empty_world: World, lines: Lines) -> None:
    async with empty_world.bot("socket"):
        await lines.says("connected over Socket Mode")
        await connection(empty_world).send_json({"type": "disconnect", "reason": "refresh_requested"})
        await lines.says("connected over Socket Mode again")  # and whether there was a gap is up to the machine
        assert "Issue with" in words(await empty_world.command(ALICE, "/ticket HYXTNJV"))


async def test_without_an_address_for_the_socket_nobody_is_served_over_http_in_its_place(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no secret then, with which to tell Slack from anybody."""
    answer = empty_world.slack._answer_to
    monkeypatch.setattr(
        empty_world.slack,
        "_answer_to",
        lambda method, form: {"url": ""} if method == "apps.connections.open" else answer(method, form),
    )
    monkeypatch.setattr(transports, "CONNECT_S", 0.3)
    with pytest.raises(StartupError, match="No Socket Mode connection"):
        async with serve(empty_world.settings("socket"), **empty_world.handed_in):
            pass
