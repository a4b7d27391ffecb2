"""What the tests of the ticket API's client call it with."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import strategies as st

from bot.api.client import ChangeResult, SweeppeaClient, connect
from bot.api.retry import Backoff
from bot.runtime import Runtime
from bot.sandbox.ticket_api import KEY
from bot.tickets import CaseNumber, Change, Ticket

FETCH = "fetchSingleTicket"
A, B, C, D = (CaseNumber(letter * 7) for letter in "ABCD")
IMPATIENT = Backoff(0.001, 0.01)
GOOD = b'{"Response": true, "Data": {"CaseNumber": "AAAAAAA", "Status": false}}'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)

Call = Literal["look", "read", "delete", "resolve"]
CHANGES: tuple[Change, ...] = ("delete", "resolve")
CALLS: tuple[Call, ...] = ("look", "read", "delete", "resolve")

type_of_change = pytest.mark.parametrize("change", CHANGES)
type_of_read = pytest.mark.parametrize("call", ["look", "read"])
type_of_call = pytest.mark.parametrize("call", CALLS)


def now() -> float:
    return asyncio.get_running_loop().time()


def within(seconds: float = 20.0) -> float:
    return now() + seconds


async def settled() -> None:
    """After this whatever could go on at once has gone on."""
    for _ in range(50):
        await asyncio.sleep(0)


def connected(url: str, **more: Any) -> AbstractAsyncContextManager[SweeppeaClient]:  # noqa: ANN401
    """Nobody waits for a pause here, and every clock is the loop's: see Clock."""
    return connect(url, KEY, **{"backoff": IMPATIENT, "runtime": Runtime(now=now, boottime=now), **more})


@dataclass
class Verification:
    """Says that the ticket is as it was shown, and counts how often; `meanwhile` is awaited first."""

    times: int = 0
    meanwhile: Callable[[], Awaitable[object]] = field(default=settled)

    async def __call__(self) -> None:
        self.times += 1
        await self.meanwhile()


def looking(client: SweeppeaClient, number: CaseNumber, seconds: float = 20.0) -> "asyncio.Task[Ticket]":
    return asyncio.create_task(client.look(number, deadline=within(seconds)))


def reading(client: SweeppeaClient, number: CaseNumber, seconds: float = 20.0) -> "asyncio.Task[Ticket]":
    return asyncio.create_task(client.read(number, deadline=within(seconds)))


def requesting(
    client: SweeppeaClient,
    change: Change,
    number: CaseNumber,
    seconds: float = 20.0,
    verify: Callable[[], Awaitable[None]] | None = None,
) -> "asyncio.Task[ChangeResult]":
    """A change right after the read that decided."""
    result = client.change(change, number, deadline=within(seconds), verify=verify or Verification(), verified_at=now())
    return asyncio.create_task(result)


def changing(client: SweeppeaClient, change: Change, number: CaseNumber, seconds: float = 20.0) -> "asyncio.Task[None]":
    """As `requesting`; raises what ended it."""

    async def run(requested: "asyncio.Task[ChangeResult]") -> None:
        try:
            result = await requested
        finally:
            requested.cancel()
        if result.error:
            raise result.error
        assert result.confirmed

    return asyncio.create_task(run(requesting(client, change, number, seconds)))


def calling(client: SweeppeaClient, call: Call, number: CaseNumber, seconds: float = 20.0) -> "asyncio.Task[Any]":
    if call == "look":
        return looking(client, number, seconds)
    return reading(client, number, seconds) if call == "read" else changing(client, call, number, seconds)


def open_tickets(count: int) -> dict[str, dict[str, object]]:
    return {f"{number:07}": {"CaseNumber": f"{number:07}", "Status": False} for number in range(count)}


def envelope(code: object, message: object = "Why") -> bytes:
    return json.dumps({"Response": False, "Message": message, "Code": code}).encode()
