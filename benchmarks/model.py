"""What a bot talks to: the ticket API, Slack's auth.test, and a sink for the answers over response_url.

Every ticket is the API's reference ticket under another number, so that no two commands can share a request unless
they are meant to. The bytes are made beforehand.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from benchmarks import wire
from bot.sandbox.sample_tickets import TICKETS

TEAM = "T01SWEEP"
_REFERENCE = TICKETS["HYXTNJV"]
_SUBJECT = str(_REFERENCE["Subject"]).encode()
_NUMBER = b'"caseNumber":'
_TICKET = wire.answer("200 OK", json.dumps({"Response": True, "Data": _REFERENCE}).encode())
_BUSY = wire.answer("503 Service Unavailable", b'{"Response": false, "Message": "Service Unavailable", "Code": 503}')
_TAKEN = wire.answer("200 OK", b"ok")
_IDENTITY = {"ok": True, "team": "Sweeppea", "team_id": TEAM, "user": "tickets", "user_id": "U0BOT", "bot_id": "B0BOT"}
_AUTH = wire.answer("200 OK", json.dumps(_IDENTITY).encode())
_CHANCE = Random(1)  # noqa: S311 - the same for each bot
_INTERIM = b"Still looking"


@dataclass
class Model:
    """`strict` serves one request at a time, for `service_s` seconds, and answers the rest 503.

    `foreign` is the share of the time in which it serves somebody else, one request after another.
    `served_s` is how long it served: timers are late by up to a millisecond, which is no fault of a bot.
    `listeners`, one for each bot, are called with a command's number and whether what its person reads at last is the
    ticket.
    """

    strict: bool = False
    service_s: float = 0.0
    foreign: float = 0.0
    calls: int = 0
    refused: int = 0
    served: int = 0
    served_s: float = 0.0
    foreign_s: float = 0.0
    foreign_refused: int = 0
    listeners: dict[int, Callable[[int, bool], None]] = field(default_factory=dict)
    url: str = ""
    _serving: bool = False
    _foreign_until: float = 0.0
    _before: bytes = field(init=False)
    _after: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._before, _, self._after = _TICKET.partition(b"HYXTNJV")

    def serve(self, transport: asyncio.Transport, path: bytes, body: bytes) -> None:
        if path.startswith(b"/response/"):
            transport.write(_TAKEN)
            if _INTERIM not in body:
                number = int(path.removeprefix(b"/response/"))
                for listener in self.listeners.values():
                    listener(number, _SUBJECT in body)
        elif path.endswith(b"/fetchSingleTicket"):
            self._fetch(transport, body)
        else:
            transport.write(_AUTH)

    def _fetch(self, transport: asyncio.Transport, body: bytes) -> None:
        self.calls += 1
        number = body.partition(_NUMBER)[2].strip(b' "}')
        ticket = b"".join((self._before, number, self._after))
        if not self.strict:
            transport.write(ticket)
        elif self._serving or self._serves_another():
            self.refused += self._serving
            self.foreign_refused += not self._serving
            transport.write(_BUSY)
        else:
            self._serving = True
            loop = asyncio.get_running_loop()
            loop.call_later(self.service_s, self._finish, transport, ticket, loop.time())

    def _serves_another(self) -> bool:
        """Somebody else's request came while nobody of ours was served, at a rate that takes up its share."""
        now = asyncio.get_running_loop().time()
        if now >= self._foreign_until and self.foreign and _CHANCE.random() < self.foreign:
            self._foreign_until = now + self.service_s
            self.foreign_s += self.service_s
        return now < self._foreign_until

    def _finish(self, transport: asyncio.Transport, ticket: bytes, began: float) -> None:
        self._serving = False
        self.served += 1
        self.served_s += asyncio.get_running_loop().time() - began
        transport.write(ticket)


class _Connection(wire.Wire):
    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model

    def message(self, head: bytes, body: bytes) -> None:
        self._model.serve(self.transport, head.split(b" ", 2)[1], body)


@asynccontextmanager
async def serving() -> AsyncIterator[Model]:
    model = Model()
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(model), "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    model.url = f"http://127.0.0.1:{port}"
    try:
        yield model
    finally:
        server.close()
