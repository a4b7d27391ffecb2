"""The ticket API in memory, over real HTTP on loopback, for the demo and the tests.

As strict as the API's reference pages: method, header, JSON, the spelling of each key; and like the API it serves one
request per endpoint at a time and answers the rest 503. Faults happen on demand: what a gateway does, an answer from
before a change, large headers, a lost answer, see Fault. `log` tells afterwards what it did.
A request goes on when its client has gone, so that a deletion can happen after nobody listens any more.
"""

import asyncio
import json
from collections import deque
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.runtime import Runtime
from bot.sandbox.peer import client_of
from bot.sandbox.sample_tickets import TICKETS
from bot.sandbox.ticket_faults import HTML_PAGE, TRUNCATED, Fault

__all__ = ["HTML_PAGE", "KEY", "TRUNCATED", "Call", "FakeTicketApi", "Fault"]

KEY = "sandbox-key"
_RUNTIME = Runtime()


@dataclass
class Call:
    """One request as it arrived, from `client` (HOST:PORT); times are monotonic seconds.

    `status` is None where no answer was sent.
    """

    endpoint: str
    case_number: str
    started: float
    ended: float | None = None
    status: int | None = None
    carried_out: bool = False
    fault: Fault = field(default_factory=Fault)
    client: str = ""


@dataclass
class FakeTicketApi:
    """`async with FakeTicketApi() as ticket_api:` serves at `ticket_api.url` until the block ends.

    `service_s` is how long each request takes. `strict` answers 503 to what overlaps at one endpoint, in the API's
    envelope, or as a gateway does where `gateway_throttles`. A request goes
    through the queues `arrived`, `done` as soon as it was carried out, which not each one is, and `ended`.
    """

    tickets: dict[str, dict[str, Any]] = field(default_factory=lambda: deepcopy(TICKETS))
    key: str | None = KEY
    host: str = "127.0.0.1"
    service_s: float = 0
    strict: bool = True
    gateway_throttles: bool = False
    log: list[Call] = field(default_factory=list)
    arrived: "asyncio.Queue[Call]" = field(default_factory=asyncio.Queue)
    done: "asyncio.Queue[Call]" = field(default_factory=asyncio.Queue)
    ended: "asyncio.Queue[Call]" = field(default_factory=asyncio.Queue)
    _before: dict[str, dict[str, Any]] = field(default_factory=dict)
    _faults: dict[str, deque[Fault]] = field(default_factory=dict)
    _serving: dict[str, int] = field(default_factory=dict)

    def fail(self, endpoint: str, *faults: Fault) -> None:
        """The next requests to the endpoint ("fetchSingleTicket", "delete", "resolve") meet these faults, in order."""
        self._faults.setdefault(endpoint, deque()).extend(faults)

    def heal(self) -> None:
        self._faults.clear()

    def calls(self, endpoint: str) -> list[Call]:
        return [call for call in self.log if call.endpoint == endpoint]

    @property
    def url(self) -> str:
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        # hardly a grace at the end: a request that hangs on purpose would hold up whoever leaves the block
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        endpoint = request.path.removeprefix("/tickets/")
        call = Call(endpoint, "", _RUNTIME.boottime(), client=client_of(request))
        self.log.append(call)
        if self.strict and self._serving.get(endpoint):
            return _answered(call, self._busy())
        self._serving[endpoint] = self._serving.get(endpoint, 0) + 1
        try:
            return _answered(call, await self._carry_out(request, call))
        finally:
            self._serving[endpoint] -= 1
            call.ended = _RUNTIME.boottime()
            self.ended.put_nowait(call)

    def _busy(self) -> web.StreamResponse:
        if self.gateway_throttles:
            return Fault(status=503).gateway_answer()
        return Fault().answer(*_no(503, "Service Unavailable"))

    async def _carry_out(self, request: web.Request, call: Call) -> web.StreamResponse:
        faults = self._faults.get(call.endpoint)
        call.fault = fault = faults.popleft() if faults else Fault()
        body = await request.read()
        self.arrived.put_nowait(call)
        await asyncio.sleep(self.service_s + fault.delay_s)
        response: web.StreamResponse | None = None
        if fault.gateway == "instead":
            return fault.gateway_answer()
        if fault.gateway == "before":
            response = fault.gateway_answer()
            response.force_close()  # this connection serves no other request before this one ends
            await response.prepare(request)
            await response.write_eof()
            await asyncio.sleep(fault.delay_after_s)
        if fault.until:
            await fault.until.wait()
        if fault.reset == "before":
            return _reset(request)
        if fault.status is not None and not fault.gateway:
            message = _MESSAGES.get(fault.status, "Error")
            return fault.answer(fault.status, {"Response": False, "Message": message, "Code": fault.status})
        status, answer = self._respond(request, call, body)
        if call.carried_out:
            self.done.put_nowait(call)
        return response or await self._answer(request, fault, status, answer)

    async def _answer(
        self, request: web.Request, fault: Fault, status: int, answer: dict[str, Any]
    ) -> web.StreamResponse:
        await asyncio.sleep(fault.delay_after_s)
        if fault.answer_until:
            await fault.answer_until.wait()
        if fault.reset == "after":
            return _reset(request)
        return fault.gateway_answer() if fault.gateway else fault.answer(status, answer)

    def _respond(self, request: web.Request, call: Call, body: bytes) -> tuple[int, dict[str, Any]]:
        if request.method != "POST" or call.endpoint not in _KEYS:
            return _no(404, "Not Found")
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            return _no(401, _MESSAGES[401])
        if self.key is not None and key != self.key:
            return _no(403, _MESSAGES[403])
        if request.content_type != "application/json":
            return _no(400, "Content-Type must be application/json")
        required = _KEYS[call.endpoint]
        try:
            value = json.loads(body)[required]
        except (ValueError, KeyError, TypeError):
            value = None
        if not isinstance(value, str) or not value:
            return _no(400, _MISSING[required])
        call.case_number = value
        return getattr(self, f"_{call.endpoint}")(call)  # type: ignore[no-any-return]

    def _fetchSingleTicket(self, call: Call) -> tuple[int, dict[str, Any]]:  # noqa: N802 - the endpoint's name
        before = self._before if call.fault.is_stale else {}
        ticket = before.get(call.case_number) or self.tickets.get(call.case_number)
        if ticket is None:
            return _no(404, "Ticket Not Found or Access Denied")
        ticket["Views"] = ticket["Views"] + 1 if isinstance(ticket.get("Views"), int) else ticket.get("Views")
        call.carried_out = True
        return 200, {"Response": True, "Data": deepcopy(ticket)}

    def _delete(self, call: Call) -> tuple[int, dict[str, Any]]:
        if not self._is_open(call):
            return _no(404, "Ticket Not Found, Already Closed, or Not Owned by User")
        self._before[call.case_number] = self.tickets.pop(call.case_number)
        call.carried_out = True
        return 200, {"Response": True, "Message": "Ticket Deleted Successfully"}

    def _resolve(self, call: Call) -> tuple[int, dict[str, Any]]:
        if not self._is_open(call):
            return _no(404, "Ticket Not Found or Already Closed")
        ticket = self.tickets[call.case_number]
        self._before[call.case_number] = deepcopy(ticket)
        now = datetime.fromtimestamp(_RUNTIME.now(), UTC).isoformat()
        closed = {"Status": True, "CloseDate": now, "ClosedBy": "API"}
        note = {"Id": "closing", "Date": closed["CloseDate"], "Note": "Ticket resolved through the API"}
        ticket.update(closed, Completion=100, Notes=[*ticket.get("Notes", []), note])
        call.carried_out = True
        answer = {"CaseNumber": call.case_number, "Subject": ticket.get("Subject"), **closed}
        return 200, {"Response": True, "Data": answer, "Message": "Ticket Resolved Successfully"}

    def _is_open(self, call: Call) -> bool:
        return self.tickets.get(call.case_number, {"Status": True}).get("Status") is False


_KEYS = {"fetchSingleTicket": "caseNumber", "delete": "CaseId", "resolve": "CaseId"}
_MISSING = {"caseNumber": "Missing caseNumber", "CaseId": "Missing Required Field: CaseId is required"}
_MESSAGES = {
    401: "Invalid or Missing Bearer Token",
    403: "Invalid API Token",
    500: "Internal Server Error",
}


def _no(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"Response": False, "Message": message, "Code": status}


def _answered(call: Call, response: web.StreamResponse) -> web.StreamResponse:
    call.status = None if isinstance(response, _NoAnswer) else response.status
    return response


class _NoAnswer(web.Response):
    """For a connection that is gone."""


def _reset(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return _NoAnswer()
