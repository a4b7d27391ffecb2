"""The API's sandbox and Slack's stand-in, which write down who did what, and can be made to hold a request back."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.slack import Acknowledgement, FakeSlack, Fault, Json, SlackMessage
from bot.sandbox.ticket_api import Call, Sandbox
from tests.soak.journal import Delivery, Journal, Said, Sent, State
from tests.support.world import words

REFERENCE = "X-Reference"
FINE, TAKEN = Fault(), Fault(500, error="taken, and not said so")
"""What a call to Slack may meet besides faults: nothing at all, or success with an answer that says otherwise."""


_TAKEN = web.RequestKey("taken", bool)


def state_of(ticket: dict[str, Any] | None) -> State:
    if ticket is None:
        return None
    shown = ("Status", "Subject", "Priority", "ResourceAffected", "Description")
    return (*(ticket.get(name) for name in shown), len(ticket.get("Notes", [])), len(ticket.get("Files", [])))


@dataclass
class Api(Sandbox):
    """While `gate` is closed each delete and resolve waits in front of being carried out, or behind if `behind`."""

    journal: Journal = field(default_factory=Journal)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    behind: bool = False
    held: list[Sent] = field(default_factory=list)
    _serving_now: dict[int, Sent] = field(default_factory=dict)

    def tell(self, ticket: str) -> None:
        self.journal.is_now(ticket, state_of(self.tickets.get(ticket)))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            body = json.loads(await request.read())
        except ConnectionResetError:  # it never came in whole
            return web.Response()
        bot = int(request.headers["Authorization"].rpartition("-")[2])
        endpoint, ticket = request.path.removeprefix("/tickets/"), str(body.get("CaseId") or body.get("caseNumber"))
        reference = request.headers.get(REFERENCE, "")
        at = self.journal.tick(f"    API: {endpoint} {ticket} from bot {bot} [{reference}]")
        delivery = self.journal.by_reference.get(reference)
        sent = Sent(delivery=delivery, bot=bot, endpoint=endpoint, ticket=ticket, at=at)
        self.journal.sent.append(sent)
        self._serving_now[len(self.log)] = sent  # where the call is going to stand
        response = await super()._serve(request)
        if self.behind and sent.done:
            await self._wait(sent)
        gone = request.transport is None or request.transport.is_closing()
        sent.answer = "none" if gone else _answer(response)
        self.journal.tick(f"    API: {endpoint} {ticket} [{reference}] answered {sent.answer}")
        return response

    async def _carry_out(self, request: web.Request, call: Call) -> web.StreamResponse:
        if not self.behind and call.endpoint != "fetchSingleTicket":
            await self._wait(self._sent(call))
        return await super()._carry_out(request, call)

    async def _wait(self, sent: Sent) -> None:
        if not self.gate.is_set():
            self.held.append(sent)
            self.journal.tick(f"    API: holds {sent.endpoint} {sent.ticket}")
            await self.gate.wait()
            self.held.remove(sent)

    def _delete(self, call: Call) -> tuple[int, dict[str, Any]]:
        return self._noted(call, super()._delete(call))

    def _resolve(self, call: Call) -> tuple[int, dict[str, Any]]:
        return self._noted(call, super()._resolve(call))

    def _noted(self, call: Call, answer: tuple[int, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        if call.carried_out:
            self._sent(call).done = self.journal.tick(f"    API: {call.endpoint} {call.case_number} CARRIED OUT")
            self.tell(call.case_number)
        return answer

    def _sent(self, call: Call) -> Sent:
        return self._serving_now[next(at for at, one in enumerate(self.log) if one is call)]


def _answer(response: web.StreamResponse) -> str:
    if response.status in {429, 503}:
        return "busy"
    if response.status in {401, 403, 404}:
        return "no"
    try:
        body = json.loads(response.body) if isinstance(response, web.Response) else None  # type: ignore[arg-type]
    except ValueError:
        return "unusable"
    return "yes" if response.status == 200 and isinstance(body, dict) and body.get("Response") is True else "unusable"


@dataclass
class Slack(FakeSlack):
    """Knows by which process an answer is sent, and refuses those of the `dead`."""

    journal: Journal = field(default_factory=Journal)
    dead: set[int] = field(default_factory=set)

    async def hand(self, url: str, kind: str, body: Json) -> Acknowledgement:
        """To one process of several."""
        self.app_url = url  # looked at before anything else has a turn
        return await self.deliver(kind, body)

    async def _response(self, request: web.Request) -> web.StreamResponse:
        delivery = self.journal.deliveries[int(request.query["delivery"])]
        if delivery.bot in self.dead:
            return _hang_up(request)
        return self._note(delivery, request, await super()._response(request))

    async def _api(self, request: web.Request) -> web.StreamResponse:
        self.bot_token = request.headers.get("Authorization", "").removeprefix("Bearer ")  # each process has its own
        if request.match_info["method"] != "chat.postMessage":
            return await super()._api(request)
        if int(self.bot_token.rpartition("-")[2]) in self.dead:
            return _hang_up(request)
        form = await request.json()
        delivery = self.journal.by_reference.get(form["metadata"]["reference"])
        return self._note(delivery, request, await super()._api(request))

    def _fault(self, where: str, request: web.Request) -> web.StreamResponse | None:
        first = self.faults[where][0] if self.faults[where] else None
        if first is FINE or first is TAKEN:
            self.faults[where].popleft()
            request[_TAKEN] = first is TAKEN
            return None
        return super()._fault(where, request)

    def _note(
        self, delivery: Delivery | None, request: web.Request, response: web.StreamResponse
    ) -> web.StreamResponse:
        taken = request.get(_TAKEN, False)
        seen = not self.changed.empty()
        while not self.changed.empty():
            self._said(delivery, self.changed.get_nowait())
        if delivery and (taken or not seen):
            delivery.refused += 1
            self.journal.tick(f"    Slack: refused an answer to [{delivery.reference}]")
        return web.json_response({"ok": False, "error": "internal_error"}, status=500) if taken else response

    def _said(self, delivery: Delivery | None, posted: SlackMessage) -> None:
        edit = posted.edits > 0
        told = f"{words(posted)} {posted.text}"
        reference = delivery.reference if delivery else "?"
        who = posted.visible_to or posted.channel
        at = self.journal.tick(f"    Slack: {'edited for' if edit else 'told'} {who} [{reference}]: {told[:300]!r}")
        said = Said(
            delivery=delivery,
            at=at,
            at_s=asyncio.get_running_loop().time(),
            channel=posted.channel,
            visible_to=posted.visible_to,
            edit=edit,
            words=told,
            buttons=tuple(str(button["action_id"]) for button in posted.buttons),
            values=tuple(str(button.get("value", "")) for button in posted.buttons),
        )
        self.journal.said.append(said)


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response()
