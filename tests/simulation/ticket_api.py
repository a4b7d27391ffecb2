"""The ticket API in memory: what it does with a request, and what the network and a gateway make of that.

It is nobody's process: what was handed over to it goes on when the sender is dead, or has given up. Like the API it
serves one request per endpoint at a time. No fault carries a request out later than a minute after it was sent, which
is what the bot reckons with.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

from bot.api.http import RawResponse
from tests.simulation.chance import Chance
from tests.simulation.faults import Weather
from tests.simulation.journal import READ, Call, Journal, Version
from tests.simulation.loop import SimulatedLoop

CONNECT_S = 5.0
_LATEST_S = 50.0
_ANSWERS = {
    401: "Invalid or Missing Bearer Token",
    403: "Invalid API Token",
    404: "Ticket Not Found, Already Closed, or Not Owned by User",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_PAGE = b"<!doctype html><title>whisper</title><h1>whisper</h1>"


class BrokenAnswerError(ConnectionError):
    """The answer broke off in the middle."""


@dataclass
class TicketApi:
    loop: SimulatedLoop
    chance: Chance
    journal: Journal
    weather: Weather
    gateway_says_busy: bool
    heard: Callable[[str, Call], None]
    """Hears when a request is sent, and when a change is carried out."""
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    calm: bool = False
    is_dead: bool = False
    """For good."""
    dies_at_a_change: bool = False
    """The next one is the first request that nobody answers."""
    outage: str = ""
    pending: int = 0
    _serving: Counter[str] = field(default_factory=Counter)
    _numbers: dict[str, int] = field(default_factory=dict)
    _versions: dict[str, Version | None] = field(default_factory=dict)

    def put(self, case: str, ticket: dict[str, Any] | None) -> None:
        """The ticket is so from now on; None for gone."""
        version = None
        if ticket is None:
            self.tickets.pop(case, None)
        else:
            self.tickets[case] = ticket
            still = ticket | {"Views": 0}  # what a mere look changes is no change
            numbers = self._number(still), self._number(still | {"Files": len(ticket["Files"])})
            version = Version(*numbers, is_open=ticket["Status"] is False)
        self._versions[case] = version
        self.journal.is_now(case, self.loop.now(), version)

    def _number(self, content: Mapping[str, Any]) -> int:
        return self._numbers.setdefault(json.dumps(content, sort_keys=True), len(self._numbers) + 1)

    def die_at_a_change(self) -> None:
        self.dies_at_a_change = True

    # ── what a bot's client does, in its own process ──────────────────────────────────────────────────────────────

    async def connect(self, call: Call) -> str:
        """The fault that the request is going to meet. Raises ConnectionRefusedError or TimeoutError: not sent."""
        weather = self.weather.reads if call.endpoint == READ else self.weather.changes
        fault = "" if self.calm else self.outage or self.chance.choose(f"API for {call.cause}", weather)
        self.is_dead = self.is_dead or (self.dies_at_a_change and call.endpoint != READ)
        fault = "lost" if self.is_dead else fault
        if fault:
            self._tell(call, f"is going to meet: {fault}")
        await self._takes(call, 0.001, 0.05)
        if fault == "refused":
            raise ConnectionRefusedError
        if fault == "no connection":
            await asyncio.sleep(CONNECT_S)
            raise TimeoutError
        return fault

    def send(self, call: Call, fault: str) -> "asyncio.Future[RawResponse]":
        """From the first byte on; the answer, or a ConnectionError, or nothing at all for ever."""
        call.sent_at = self.loop.now()
        self._tell(call, "is sent")
        self.heard("sent", call)
        if call.endpoint != READ:
            self.break_down(f"with {call.cause}")
        answer: asyncio.Future[RawResponse] = self.loop.create_future()
        self.pending += 1
        self.loop.create_task(self._pass_on(call, fault, answer), context=Context())
        return answer

    def break_down(self, when: str) -> None:
        """Perhaps: then every request meets the same fault for some time."""
        if self.calm or self.outage:
            return
        self.outage = self.chance.choose(f"outage {when}", self.weather.outages)
        if self.outage:
            self.journal.tell(self.loop.now(), f"OUTAGE: from now on each request meets: {self.outage}")
            self.loop.call_later(self.chance.pause("outage lasts", 25), self._recover, context=Context())

    def _recover(self) -> None:
        self.outage = ""
        self.journal.tell(self.loop.now(), "OUTAGE: over")

    # ── the way there and back, and the API ───────────────────────────────────────────────────────────────────────

    async def _pass_on(self, call: Call, fault: str, answer: "asyncio.Future[RawResponse]") -> None:
        try:
            await self._takes(call, 0.005, 0.1)
            response = await self._meet(call, fault)
            await self._takes(call, 0.005, 0.1)
        except ConnectionError as error:
            if not answer.done():
                answer.set_exception(error)
            return
        finally:
            self.pending -= 1
        if response and not answer.done():
            answer.set_result(response)

    async def _meet(self, call: Call, fault: str) -> RawResponse | None:
        """None for silence."""
        kind, _, what = fault.partition(" ")
        if fault == "reset before":
            raise ConnectionResetError
        if fault in {"lost", "busy", "false"}:
            return _UNSERVED[fault]
        if kind == "own" and not what.endswith("after"):
            return _own(int(what))
        if kind == "gateway":
            return await self._meet_gateway(call, *what.split())
        if fault == "slow":
            await self._takes(call, 1, _LATEST_S)
        response = await self._serve(call)
        if fault == "late answer":
            await self._takes(call, 1, 30)
        if fault == "reset after":
            raise ConnectionResetError
        if fault == "broken":
            raise BrokenAnswerError
        changed = {
            "answer lost": None,
            "unreadable": RawResponse(response.status, None, response.body[: len(response.body) // 2]),
            "page": RawResponse(200, None, _PAGE),
            "own 500 after": _own(500),
        }
        return changed.get(fault, response)

    async def _meet_gateway(self, call: Call, status: str, when: str) -> RawResponse:
        answer = _gateway(int(status))
        if when == "after":
            await self._serve(call)
        elif when == "later":
            self.pending += 1
            self.loop.create_task(self._serve_later(call), context=Context())
        elif when == "late":
            done = self.chance.happens(f"carried out all the same for {call.cause}", 0.5)
            await self._takes(call, 1.5, 15)
            if done:
                await self._serve(call)
            await self._takes(call, 1.5, 15)
        return answer

    async def _serve_later(self, call: Call) -> None:
        try:
            await self._takes(call, 0, _LATEST_S)
            await self._serve(call)
        finally:
            self.pending -= 1

    async def _serve(self, call: Call) -> RawResponse:
        if self._serving[call.endpoint]:
            return _gateway(503) if self.gateway_says_busy else _own(503)
        self._serving[call.endpoint] += 1
        try:
            await self._takes(call, 0.005, 0.15)
            response = self._carry_out(call)
            await self._takes(call, 0.005, 0.15)
        finally:
            self._serving[call.endpoint] -= 1
        return response

    def _carry_out(self, call: Call) -> RawResponse:
        is_theirs = self.journal.sees(call.bot.api_key, call.case)
        ticket, now = self.tickets.get(call.case) if is_theirs else None, self.loop.now()
        if call.endpoint == READ:
            call.done_at, call.version = now, self._versions.get(call.case) if ticket else None
            if ticket is None:
                return _own(404)
            ticket["Views"] += 1
            return _own(200, {"Response": True, "Data": ticket})
        if ticket is None or ticket["Status"] is not False:
            return _own(404)
        call.done_at = now
        self._tell(call, "IS CARRIED OUT")
        if call.endpoint == "delete":
            self.put(call.case, None)
        else:
            note = {"Note": "Ticket resolved through the API, whisper"}
            self.put(call.case, ticket | {"Status": True, "Notes": [*ticket["Notes"], note]})
        self.heard("carried out", call)
        return _own(200, {"Response": True, "Message": "Done"})

    async def _takes(self, call: Call, least: float, most: float) -> None:
        await asyncio.sleep(self.chance.seconds(f"API's time for {call.cause}", least, most))

    def _tell(self, call: Call, what: str) -> None:
        click = f" for {call.click.name}" if call.click else ""
        told = f"    API: request {call.number}, {call.endpoint} {call.case} from {call.bot.name}{click}, {what}"
        self.journal.tell(self.loop.now(), told)


def _own(status: int, answer: Mapping[str, Any] | None = None) -> RawResponse:
    answer = answer or {"Response": False, "Message": _ANSWERS[status], "Code": status}
    return RawResponse(status, None, json.dumps(answer).encode())


def _gateway(status: int) -> RawResponse:
    return RawResponse(status, None, b'{"message": "Service Unavailable"}' if status in {429, 503} else _PAGE)


def kind_of_answer(response: RawResponse) -> str:
    """Whose word it is: "own 200" is the API's, "own false" is too, "gateway 503" somebody else's; or "unusable"."""
    status = response.status
    try:
        answer = json.loads(response.body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "Response" not in answer:
        return "unusable" if status == 200 else f"gateway {status}"
    return "own false" if status == 200 and answer["Response"] is not True else f"own {status}"


_UNSERVED = {
    "lost": None,
    "busy": _gateway(503),
    "false": _own(200, {"Response": False, "Message": "a whisper", "Code": 500}),
}
