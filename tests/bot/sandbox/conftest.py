"""The fake ticket API, and who calls it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.ticket_api import KEY, FakeTicketApi

HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
async def ticket_api() -> AsyncIterator[FakeTicketApi]:
    async with FakeTicketApi() as api:
        yield api


@pytest.fixture
async def http(ticket_api: FakeTicketApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=ticket_api.url, headers=HEADERS, trust_env=False, verify=False) as client:
        yield client
