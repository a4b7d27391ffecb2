import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic

import pytest

from bot.api.client import SweeppeaClient
from bot.sandbox.ticket_api import FakeTicketApi
from tests.bot.api.calls import connected, settled
from tests.support.raw_server import RawServer


@pytest.fixture(autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading all of them anew for each client takes longer than a test."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path_factory.getbasetemp()))


@pytest.fixture
async def nothing_left_behind() -> AsyncIterator[None]:
    """No task that goes on, and no error that nobody looked at."""
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    usual_handler = loop._exception_handler  # type: ignore[attr-defined] # there is no other way to put it back
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    yield
    await settled()
    gc.collect(1)  # the young ones will do
    loop.set_exception_handler(usual_handler)
    assert complaints == []
    tasks = [str(task.get_coro()) for task in asyncio.all_tasks()]
    assert [task for task in tasks if "TestRunner" not in task] == []


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as raw:
        yield raw


@pytest.fixture
async def client(server: RawServer) -> AsyncIterator[SweeppeaClient]:
    async with connected(server.url) as made:
        yield made


@pytest.fixture
async def ticket_api() -> AsyncIterator[FakeTicketApi]:
    async with FakeTicketApi() as api:
        yield api


@pytest.fixture
async def bot(ticket_api: FakeTicketApi) -> AsyncIterator[SweeppeaClient]:
    """A client of the fake ticket API."""
    async with connected(ticket_api.url) as made:
        yield made


@dataclass
class Clock:
    """The event loop's time, which passes as fast as a test wants it to."""

    ahead_s: float = 0

    def advance(self, seconds: float) -> None:
        self.ahead_s += seconds
        asyncio.get_running_loop().call_soon(lambda: None)  # wakes it up


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: monotonic() + made.ahead_s)
    return made
