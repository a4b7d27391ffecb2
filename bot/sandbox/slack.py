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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.runtime import Runtime
from bot.sandbox import block_kit
from bot.sandbox.slack_messages import ACK_S, Acknowledgement, Fault, Json, SlackMessage, clicked, decoded
from bot.sandbox.slack_socket import SocketConnection

TEAM = "T01SWEEP"
BOT_USER = "U0TICKETBOT"
WINDOW = "window"
ANSWERS_PER_INTERACTION = 5
_RUNTIME = Runtime()

__all__ = ["Acknowledgement", "FakeSlack", "Fault", "Json", "SlackMessage"]


@dataclass
class FakeSlack:
    """`async with FakeSlack() as slack:` serves at `slack.url` until the block ends.

    `app_url` is where signed payloads go; while an app is connected to the `socket` they go there. `changed` gets each
    message that is new or edited, in order; `viewed` each window likewise, in the channel WINDOW; `faulted` the name of
    each call that met one of the `faults`.
    """

    signing_secret: str = field(default_factory=lambda: _RUNTIME.token_hex(16))
    bot_token: str = field(default_factory=lambda: f"xoxb-{_RUNTIME.token_hex(12)}")
    app_token: str = field(default_factory=lambda: f"xapp-{_RUNTIME.token_hex(12)}")
    app_url: str = ""
    team_id: str | None = TEAM  # as auth.test says; an organization's where the app was installed for all of it
    clock: Callable[[], float] = _RUNTIME.now
    messages: list[SlackMessage] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    changed: "asyncio.Queue[SlackMessage]" = field(default_factory=asyncio.Queue)
    viewed: "asyncio.Queue[SlackMessage]" = field(default_factory=asyncio.Queue)
    faulted: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    socket: SocketConnection = field(default_factory=SocketConnection)
    _responses: dict[str, tuple[str, str, SlackMessage | None]] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _count: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**9)))

    # ── what a person does ────────────────────────────────────────────────────────────────────────────────────────

    async def command(self, user: str, command: str, text: str, channel: str = "C01SUPPORT") -> Acknowledgement:
        body = {
            "team_id": TEAM,
            "channel_id": channel,
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": text,
            "response_url": self._response_url(channel, user, None),
            "trigger_id": self._id("trigger"),
        }
        return await self.deliver("slash_commands", body)

    async def click(self, user: str, posted: SlackMessage, label: str, *, team: str = TEAM) -> Acknowledgement:
        return await self.deliver("interactive", self.click_payload(user, posted, posted.button(label), team=team))

    def click_payload(self, user: str, posted: SlackMessage, button: Mapping[str, Any], *, team: str = TEAM) -> Json:
        body = self._interaction("block_actions", user, posted, team) | {"actions": [clicked(button)]}
        body["container"]["is_ephemeral"] = posted.is_ephemeral
        if "thread_ts" in posted.payload:
            body["container"]["thread_ts"] = posted.payload["thread_ts"]
        if posted.visible_to is None:
            body["message"] = {"ts": posted.ts, **posted.payload}
        return body

    def shortcut_payload(self, user: str, callback_id: str, message: Json, channel: str = "C01SUPPORT") -> Json:
        posted = SlackMessage(self._ts(), channel, None, message)
        body = self._interaction("message_action", user, posted, TEAM)
        body["response_url"] = self._response_url(channel, user, None)
        return body | {"callback_id": callback_id, "message": {"type": "message", "ts": posted.ts, **message}}

    def view_click_payload(self, user: str, view: Json, button: Mapping[str, Any]) -> Json:
        body: Json = {"type": "block_actions", "user": {"id": user, "team_id": TEAM}, "team": {"id": TEAM}}
        return body | {
            "trigger_id": self._id("trigger"),
            "container": {"type": "view"},
            "view": view,
            "actions": [clicked(button)],
        }

    def _interaction(self, kind: str, user: str, posted: SlackMessage, team: str) -> Json:
        return {
            "type": kind,
            "user": {"id": user, "username": user.lower(), "team_id": team},
            "team": {"id": TEAM},
            "channel": {"id": posted.channel},
            "container": {"type": "message", "message_ts": posted.ts, "channel_id": posted.channel},
            "trigger_id": self._id("trigger"),
            "response_url": self._response_url(posted.channel, user, posted),
        }

    # ── what Slack does with it ───────────────────────────────────────────────────────────────────────────────────

    async def deliver(self, kind: str, body: Json) -> Acknowledgement:
        """Sends a payload, which may be one that was sent before."""
        if self.socket.web_socket:
            return await self.socket.deliver(kind, body)
        form = body if kind == "slash_commands" else {"payload": json.dumps(body)}
        content = urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self.sign(content)}
        try:
            async with self._session.post(self.app_url, data=content, headers=headers) as response:
                return Acknowledgement(response.status, await response.text())
        except (TimeoutError, aiohttp.ClientError):
            return Acknowledgement(0, "")

    def sign(self, content: bytes, timestamp: str | None = None) -> dict[str, str]:
        stamp = timestamp or str(int(self.clock()))
        base = f"v0:{stamp}:".encode() + content
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    # ── what the app calls ────────────────────────────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> Self:
        site = web.Application()
        routes = [web.post("/api/{method}", self._api), web.post("/response/{id}", self._response)]
        site.add_routes([*routes, web.get("/socket", self.socket.serve)])
        self._runner = web.AppRunner(site, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
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
        if faulty := self._fault(method, request):
            return faulty
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != (self.app_token if method == "apps.connections.open" else self.bot_token):
            return web.json_response({"ok": False, "error": "invalid_auth"})
        form = await request.json() if request.content_type == "application/json" else dict(await request.post())
        answer = self._answer_to(method, {key: decoded(value) for key, value in form.items()})
        return web.json_response({"ok": "error" not in answer, **answer})

    def _answer_to(self, method: str, form: Json) -> Json:
        if method == "auth.test":
            return {
                "team": "Sweeppea",
                "team_id": self.team_id,
                "user_id": BOT_USER,
                "bot_id": "B0TICKETBOT",
                "user": "tickets",
            }
        if method == "apps.connections.open":
            return {"url": f"{self.url.replace('http', 'ws')}/socket?ticket={_RUNTIME.token_hex(8)}"}
        if method == "chat.postMessage":
            if wrong := block_kit.violations({key: form[key] for key in ("text", "blocks") if key in form}):
                return {"error": self._refuse("invalid_blocks", wrong)}
            channel = str(form["channel"])
            self._post(SlackMessage(self._ts(), channel, channel if channel[0] in "UW" else None, form))
            return {"channel": channel, "ts": self.messages[-1].ts}
        if method in {"views.open", "views.push", "views.update"}:
            return self._view(str(form.get("view_id") or self._id("V")), form["view"])
        return {"error": "unknown_method"}

    def _view(self, view_id: str, view: Json) -> Json:
        if wrong := block_kit.violations(view):
            return {"error": self._refuse("invalid_arguments", wrong)}
        known = view_id in self.views
        self.views[view_id] = view | {"id": view_id, "hash": self._id("hash"), "team_id": TEAM}
        self.viewed.put_nowait(SlackMessage(view_id, WINDOW, None, self.views[view_id], edits=int(known)))
        return {"view": self.views[view_id]}

    async def _response(self, request: web.Request) -> web.StreamResponse:
        if faulty := self._fault("response_url", request):
            return faulty
        key = request.match_info["id"]
        body = await request.json()
        channel, user, source = self._responses.get(key, ("", "", None))
        self._used[key] += 1
        if not channel or self._used[key] > ANSWERS_PER_INTERACTION:
            return web.Response(status=404, text=self._refuse("used_url", []))
        if wrong := block_kit.violations({name: body[name] for name in ("text", "blocks") if name in body}):
            return web.Response(status=400, text=self._refuse("invalid_payload", wrong))
        if body.get("replace_original") is True and source is not None:
            source.payload = {key: source.payload[key] for key in ("thread_ts",) if key in source.payload} | body
            source.edits += 1
            self.changed.put_nowait(source)
        elif body.get("response_type") in {"ephemeral", "in_channel"} and body.get("replace_original") is False:
            self._post(SlackMessage(self._ts(), channel, user if body["response_type"] == "ephemeral" else None, body))
        else:  # Slack would guess; an app should not let it
            return web.Response(status=400, text=self._refuse("invalid_payload", ["response_type is not stated"]))
        return web.Response(text="ok")

    # ── bookkeeping ───────────────────────────────────────────────────────────────────────────────────────────────

    def _post(self, posted: SlackMessage) -> None:
        self.messages.append(posted)
        self.changed.put_nowait(posted)

    def _fault(self, where: str, request: web.Request) -> web.StreamResponse | None:
        fault = self.faults[where].popleft() if self.faults[where] else None
        if fault is None:
            return None
        self.faulted.put_nowait(where)
        if fault.reset and request.transport:
            request.transport.abort()
        return fault.response()

    def _refuse(self, error: str, reasons: list[str]) -> str:
        self.refused.append("; ".join([error, *reasons]))
        return error

    def _response_url(self, channel: str, user: str, source: SlackMessage | None) -> str:
        key = _RUNTIME.token_hex(12)
        self._responses[key] = (channel, user, source)
        return f"{self.url}/response/{key}"

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._count)}"

    def _ts(self) -> str:
        return f"{int(self.clock())}.{next(self._count):06}"
