"""Socket Mode, on Slack's side: the web sockets of the apps that are connected, and what goes over them."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from aiohttp import web

from bot.sandbox.peer import client_of
from bot.sandbox.slack_messages import ACK_S, Acknowledgement, Json


def newest(web_sockets: Sequence[web.WebSocketResponse]) -> web.WebSocketResponse:
    return web_sockets[-1]


@dataclass
class SocketConnection:
    """`web_sockets` are all that are open, oldest first, each with its client's address as HOST:PORT.

    Each payload goes to one of them; `pick` says to which. Slack itself gives it to any. An app that does not answer a
    ping, one each `heartbeat_s`, is given up; without that nobody is pinged.
    """

    heartbeat_s: float | None = None
    pick: Callable[[Sequence[web.WebSocketResponse]], web.WebSocketResponse] = newest
    web_sockets: dict[web.WebSocketResponse, str] = field(default_factory=dict)
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[str, "asyncio.Future[str]"] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def web_socket(self) -> web.WebSocketResponse | None:
        """The newest; None while no app is connected."""
        return newest(list(self.web_sockets)) if self.web_sockets else None

    async def deliver(
        self, kind: str, payload: Json, web_socket: web.WebSocketResponse | None = None
    ) -> Acknowledgement:
        """To one of the apps that are connected."""
        if not self.web_sockets:
            return Acknowledgement(0, "")
        envelope_id = f"envelope{next(self._numbers)}"
        answer = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": True}
        await (web_socket or self.pick(list(self.web_sockets))).send_json(envelope)
        try:
            return Acknowledgement(200, await asyncio.wait_for(answer, ACK_S))
        except TimeoutError:
            return Acknowledgement(0, "")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, until the app closes it."""
        web_socket = web.WebSocketResponse(heartbeat=self.heartbeat_s)
        await web_socket.prepare(request)
        await web_socket.send_json({"type": "hello", "num_connections": len(self.web_sockets) + 1})
        self.web_sockets[web_socket] = client_of(request)
        self.connected.set()
        try:
            async for frame in web_socket:
                with suppress(ValueError, KeyError):
                    answer = json.loads(frame.data)
                    waiting = self._waiting.pop(answer["envelope_id"], None)
                    if waiting and not waiting.done():  # nobody waits for one that comes too late
                        waiting.set_result(json.dumps(answer.get("payload", "")))
        finally:
            del self.web_sockets[web_socket]
            if not self.web_sockets:
                self.connected.clear()
        return web_socket
