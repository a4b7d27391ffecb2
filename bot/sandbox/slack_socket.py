"""Socket Mode, on Slack's side: the web socket of the app that is connected, and what goes over it."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from aiohttp import web

from bot.sandbox.slack_messages import ACK_S, Acknowledgement, Json


@dataclass
class SocketConnection:
    """An app may have several connections, as after a restart: the newest that is open is used."""

    connected: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[str, "asyncio.Future[str]"] = field(default_factory=dict)
    _open: list[web.WebSocketResponse] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def web_socket(self) -> web.WebSocketResponse | None:
        """None while no app is connected."""
        return self._open[-1] if self._open else None

    async def deliver(self, kind: str, payload: Json) -> Acknowledgement:
        """To the app that is connected."""
        if self.web_socket is None:
            return Acknowledgement(0, "")
        envelope_id = f"envelope{next(self._numbers)}"
        answer = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": True}
        await self.web_socket.send_json(envelope)
        try:
            return Acknowledgement(200, await asyncio.wait_for(answer, ACK_S))
        except TimeoutError:
            return Acknowledgement(0, "")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, until the app closes it."""
        web_socket = web.WebSocketResponse()
        await web_socket.prepare(request)
        await web_socket.send_json({"type": "hello", "num_connections": 1})
        self._open.append(web_socket)
        self.connected.set()
        try:
            async for frame in web_socket:
                with suppress(ValueError, KeyError):
                    answer = json.loads(frame.data)
                    waiting = self._waiting.pop(answer["envelope_id"], None)
                    if waiting and not waiting.done():  # nobody waits for one that comes too late
                        waiting.set_result(json.dumps(answer.get("payload", "")))
        finally:
            self._open.remove(web_socket)
            if not self._open:
                self.connected.clear()
        return web_socket
