"""Slack in memory, over real HTTP and web sockets on loopback: for the demo and the tests, where no Slack can be had.

It sends what Slack sends, signed or through a socket, and takes what Slack takes: Web API calls, and answers over
response_url, of which it refuses what Slack would refuse (see bot.sandbox.block_kit, and 5 answers for each
interaction). Where Slack may leave something out it does: a click in an ephemeral message comes without the message.
"""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.runtime import Runtime
from bot.sandbox import block_kit, slack_payloads
from bot.sandbox.slack_chat import ANSWERS_PER_INTERACTION, NEEDS_CHAT_WRITE, Chat
from bot.sandbox.slack_messages import (
    ACK_S,
    BOT_ID,
    BOT_USER,
    Acknowledgement,
    Fault,
    Json,
    SlackMessage,
    decoded,
)
from bot.sandbox.slack_payloads import TEAM, WORKSPACE_URL
from bot.sandbox.slack_socket import SocketConnection

WINDOW = "window"
_RUNTIME = Runtime()

__all__ = [
    "ANSWERS_PER_INTERACTION",
    "BOT_USER",
    "TEAM",
    "Acknowledgement",
    "FakeSlack",
    "Fault",
    "Json",
    "SlackMessage",
]


@dataclass
class FakeSlack:
    """`async with FakeSlack() as slack:` serves at `slack.url` until the block ends.

    `app_url` is where signed payloads go; while an app is connected to the `socket` they go there. `changed` gets each
    message that is new or edited, in order; `viewed` each window likewise, in the channel WINDOW; `faulted` the name of
    each call that met one of the `faults`; `refused` what an app should not have sent. `chat` knows the channels.
    `scopes` are the bot token's: without chat:write no message is posted. An answer has the `clock`'s time.
    """

    signing_secret: str = field(default_factory=lambda: _RUNTIME.token_hex(16))
    bot_token: str = field(default_factory=lambda: f"xoxb-{_RUNTIME.token_hex(12)}")
    app_token: str = field(default_factory=lambda: f"xapp-{_RUNTIME.token_hex(12)}")
    host: str = "127.0.0.1"
    app_url: str = ""
    scopes: set[str] = field(default_factory=lambda: {"commands", "chat:write"})
    team_id: str | None = TEAM  # as auth.test says; an organization's where the app was installed for all of it
    clock: Callable[[], float] = _RUNTIME.now
    views: dict[str, Json] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    viewed: "asyncio.Queue[SlackMessage]" = field(default_factory=asyncio.Queue)
    faulted: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    socket: SocketConnection = field(default_factory=SocketConnection)
    _count: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**9)))

    def __post_init__(self) -> None:
        self.chat = Chat(self._now, self._refuse)
        self.messages, self.changed = self.chat.messages, self.chat.changed

    # ── what a person does ────────────────────────────────────────────────────────────────────────────────────────

    async def command(self, user: str, command: str, text: str, channel: str = "C01SUPPORT") -> Acknowledgement:
        body = slack_payloads.command(user, command, text, channel) | self._fresh(channel, user)
        return await self.deliver("slash_commands", body)

    async def click(self, user: str, posted: SlackMessage, label: str, *, team: str = TEAM) -> Acknowledgement:
        return await self.deliver("interactive", self.click_payload(user, posted, posted.button(label), team=team))

    def click_payload(self, user: str, posted: SlackMessage, button: Mapping[str, Any], *, team: str = TEAM) -> Json:
        return slack_payloads.click(user, posted, button, team) | self._fresh(posted.channel, user, posted)

    def shortcut_payload(self, user: str, callback_id: str, message: Json, channel: str = "C01SUPPORT") -> Json:
        posted = SlackMessage(self.chat.new_ts(), channel, None, message)
        return slack_payloads.shortcut(user, callback_id, posted) | self._fresh(channel, user)

    def view_click_payload(self, user: str, view: Json, button: Mapping[str, Any]) -> Json:
        return slack_payloads.view_click(user, view, button) | {"trigger_id": self._id("trigger")}

    def _fresh(self, channel: str, user: str, source: SlackMessage | None = None) -> Json:
        url = f"{self.url}/response/{self.chat.new_address(channel, user, source)}"
        return {"trigger_id": self._id("trigger"), "response_url": url}

    # ── what Slack does with it ───────────────────────────────────────────────────────────────────────────────────

    async def deliver(self, kind: str, body: Json) -> Acknowledgement:
        """Sends a payload, which may be one that was sent before."""
        if self.socket.web_socket:
            return await self.socket.deliver(kind, body)
        return await self.post_to(self.app_url, kind, body)

    async def post_to(self, url: str, kind: str, body: Json) -> Acknowledgement:
        """Signed, as HTTP; the status is 0 where there is no answer."""
        try:
            return await self.send_to(url, kind, body)
        except (TimeoutError, aiohttp.ClientError):
            return Acknowledgement(0, "")

    async def send_to(self, url: str, kind: str, body: Json) -> Acknowledgement:
        """Raises TimeoutError and aiohttp.ClientError."""
        form = body if kind == "slash_commands" else {"payload": json.dumps(body)}
        content = urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self.sign(content)}
        async with self._session.post(url, data=content, headers=headers) as response:
            return Acknowledgement(response.status, await response.text())

    def sign(self, content: bytes, timestamp: str | None = None) -> dict[str, str]:
        stamp = timestamp or str(int(self.clock()))
        base = f"v0:{stamp}:".encode() + content
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    # ── what the app calls ────────────────────────────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> Self:
        site = web.Application()
        routes = [web.route("*", "/api/{method}", self._api), web.post("/response/{id}", self._response)]
        site.add_routes([*routes, web.get("/socket", self.socket.serve)])
        self._runner = web.AppRunner(site, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ACK_S))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        return await self._unless_faulty(method, request, self._called)

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        headers = {"Date": formatdate(self.clock(), usegmt=True)}
        is_app = method == "apps.connections.open"
        if token != (self.app_token if is_app else self.bot_token):
            return web.json_response({"ok": False, "error": "invalid_auth"}, headers=headers)
        headers["X-OAuth-Scopes"] = "connections:write" if is_app else ",".join(sorted(self.scopes))
        form = await request.json() if request.content_type == "application/json" else dict(await request.post())
        answer = self._answer_to(method, {key: decoded(value) for key, value in {**request.query, **form}.items()})
        return web.json_response({"ok": "error" not in answer, **answer}, headers=headers)

    def _answer_to(self, method: str, form: Json) -> Json:
        if method == "auth.test":
            return {
                "url": WORKSPACE_URL,
                "team": "Sweeppea",
                "team_id": self.team_id,
                "user_id": BOT_USER,
                "bot_id": BOT_ID,
                "user": "tickets",
            }
        if method == "apps.connections.open":
            return {"url": f"{self.url.replace('http', 'ws')}/socket?ticket={_RUNTIME.token_hex(8)}"}
        if method in {"views.open", "views.push", "views.update"}:
            return self._view(str(form.get("view_id") or self._id("V")), form["view"])
        if method in NEEDS_CHAT_WRITE and "chat:write" not in self.scopes:
            return {"error": "missing_scope", "needed": "chat:write", "provided": ",".join(sorted(self.scopes))}
        return self.chat.call(method, form)

    def _view(self, view_id: str, view: Json) -> Json:
        if wrong := block_kit.violations(view):
            return {"error": self._refuse("invalid_arguments", wrong)}
        known = view_id in self.views
        self.views[view_id] = view | {"id": view_id, "hash": self._id("hash"), "team_id": TEAM}
        self.viewed.put_nowait(SlackMessage(view_id, WINDOW, None, self.views[view_id], edits=int(known)))
        return {"view": self.views[view_id]}

    async def _response(self, request: web.Request) -> web.StreamResponse:
        return await self._unless_faulty("response_url", request, self._responded)

    async def _responded(self, request: web.Request) -> web.StreamResponse:
        status, text = self.chat.respond(request.match_info["id"], await request.json())
        return web.Response(status=status, text=text)

    # ── bookkeeping ───────────────────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> float:
        return self.clock()  # whichever was put in since

    async def _unless_faulty(
        self, where: str, request: web.Request, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        fault = self.faults[where].popleft() if self.faults[where] else None
        if fault is None:
            return await answer(request)
        if fault.is_taken:
            await answer(request)
        self.faulted.put_nowait(where)
        if fault.reset and request.transport:
            request.transport.abort()
        return fault.response()

    def _refuse(self, error: str, reasons: list[str]) -> str:
        self.refused.append("; ".join([error, *reasons]))
        return error

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._count)}"
