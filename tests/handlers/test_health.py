"""What /healthz says while Slack can't reach the bot yet."""

import asyncio
from dataclasses import dataclass, field

import httpx
from aiohttp import web

from bot.sandbox.slack import FakeSlack
from bot.sandbox.slack_socket import SocketConnection
from bot.sandbox.ticket_api import FakeTicketApi
from tests.support.ports import free_port
from tests.support.world import World


@dataclass
class SlowSocket(SocketConnection):
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        await self.gate.wait()
        return await super().serve(request)


async def test_a_bot_is_not_healthy_before_its_socket_stands() -> None:
    socket, port = SlowSocket(), free_port()
    async with FakeTicketApi() as ticket_api, FakeSlack(socket=socket) as slack, httpx.AsyncClient() as client:
        world = World(ticket_api, slack)

        async def serve_until(stop: asyncio.Event) -> None:
            async with world.bot("socket", port=port):
                await stop.wait()

        async def status() -> int:
            async with asyncio.timeout(20):
                while True:
                    try:
                        return (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code
                    except httpx.ConnectError:
                        await asyncio.sleep(0.02)

        stop = asyncio.Event()
        serving = asyncio.create_task(serve_until(stop))
        assert await status() == 503
        socket.gate.set()
        async with asyncio.timeout(20):
            while await status() != 200:  # noqa: ASYNC110 - another process would set no event
                await asyncio.sleep(0.02)
        stop.set()
        await serving
