"""In place of the HTTP session to Slack: each call is handed over, and what comes of it comes back.

As much of aiohttp's session and response as slack_sdk and the bot's sender use.
"""

import asyncio
import json
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from multidict import CIMultiDict

from tests.simulation.chance import Chance
from tests.simulation.faults import Weather
from tests.simulation.journal import CLICK, Bot, Click
from tests.simulation.process import PROCESS
from tests.simulation.slack import RESPONSE_URL, URL, By, Slack
from tests.simulation.slack_messages import decoded

TIMEOUT_S = 10.0
_LATEST_S = 19.5
"""Of an edit: until its sender waits no more, and until the end is shown once more. A later one no bot reckons with."""
_STARTS = ("auth.test", "apps.connections.open")


@dataclass
class Response:
    status: int
    body: str
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    content_type: str = "application/json"

    @property
    def ok(self) -> bool:
        return self.status < 400

    async def text(self) -> str:
        return self.body

    async def read(self) -> bytes:
        return self.body.encode()

    async def json(self, **_: object) -> Any:  # noqa: ANN401
        return json.loads(self.body)

    def release(self) -> None:
        """Nothing is held."""


@dataclass
class Exchange:
    """What `session.post` returns: to be awaited, or entered."""

    made: Callable[[], Any]

    def __await__(self) -> Any:  # noqa: ANN401
        return self.made().__await__()

    async def __aenter__(self) -> Response:
        response: Response = await self.made()
        return response

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held."""


@dataclass
class Session:
    slack: Slack
    chance: Chance
    weather: Weather
    is_calm: Callable[[], bool]
    closed: bool = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closed = True

    async def close(self) -> None:
        self.closed = True

    def post(self, url: str, **more: Any) -> Exchange:  # noqa: ANN401
        return self.request("POST", url, **more)

    def request(self, _: str, url: str, **more: Any) -> Exchange:  # noqa: ANN401
        form = more.get("json") or more.get("data") or more.get("params") or {}
        return Exchange(lambda: self._exchange(url, form if isinstance(form, dict) else {}))

    async def _exchange(self, url: str, form: dict[str, Any]) -> Response:
        if self.closed:
            raise RuntimeError("Session is closed")
        bot, click = PROCESS.get(), CLICK.get()
        assert isinstance(bot, Bot)
        loop, method = self.slack.loop, url.removeprefix(URL).strip("/")
        takes_part = not self.is_calm() and method not in _STARTS
        cause = click.cause if click else bot.name
        fault = self.chance.choose(f"Slack for {cause}", self.weather.slack) if takes_part else ""
        is_edit = method == "chat.update" or form.get("replace_original") is True
        if takes_part and is_edit and not fault and self.weather.late_edits:
            fault = self.chance.choose(f"an edit for {cause}", {"taken, late": self.weather.late_edits})
        if fault:
            self._note(click, fault, method)
        answer: asyncio.Future[Response] = loop.create_future()
        # What Slack gets it gets, whether or not whoever sent it is alive by then.
        wait = self.chance.seconds(f"Slack's time for {cause}", 0.01, 0.3)
        if fault == "taken, late":
            wait += self.chance.seconds(f"how late for {cause}", 8, _LATEST_S)
        by = By(bot, click, self.slack.journal.about(), loop.now())
        loop.call_later(wait, self._arrive, url, form, by, fault, answer, context=Context())
        async with asyncio.timeout(TIMEOUT_S):
            return await answer

    def _arrive(
        self,
        url: str,
        form: dict[str, Any],
        by: By,
        fault: str,
        answer: "asyncio.Future[Response]",
    ) -> None:
        method = url.removeprefix(URL).strip("/")
        is_response = url.startswith(RESPONSE_URL)
        response: Response | None
        if fault.startswith("taken") or not fault:
            response = self._taken(url, form, by)
        else:
            response = _refusal(fault, "" if is_response else method, str(form.get("channel")))
        broken = fault.endswith("reset")
        if fault == "taken, 500":
            response = _refusal("500")
        if fault.endswith("silent"):
            return
        wait = self.chance.seconds(f"Slack's time for {by.click.cause if by.click else by.bot.name}", 0.01, 0.3)
        self.slack.loop.call_later(wait, _answer, answer, None if broken else response, context=Context())

    def _taken(self, url: str, form: dict[str, Any], by: By) -> Response:
        if url.startswith(RESPONSE_URL):
            status = self.slack.respond(url, form, by)
            return Response(status, "ok" if status == 200 else "no_text", content_type="text/plain")
        return Response(200, json.dumps(self.slack.call(url.removeprefix(URL).strip("/"), decoded(form), by)))

    def _note(self, click: Click | None, fault: str, method: str) -> None:
        if click:
            click.trouble.append(fault)
        where = f" for {click.name}" if click else ""
        what = method if "://" not in method else "an answer"
        self.slack.journal.tell(self.slack.loop.now(), f"    Slack: {what}{where} is going to meet: {fault}")


def _answer(answer: "asyncio.Future[Response]", response: Response | None) -> None:
    if answer.done():
        return
    if response is None:
        answer.set_exception(aiohttp.ServerDisconnectedError())
    else:
        answer.set_result(response)


def _refusal(fault: str, method: str = "", channel: str = "") -> Response:
    """`method` is empty for an answer over a response_url, which has no words for its refusals."""
    if fault.startswith("429"):
        wait = "600" if fault.endswith("long") else "2"
        return Response(429, '{"ok": false, "error": "ratelimited"}', CIMultiDict({"Retry-After": wait}))
    if fault == "refused" and method:
        words = {"chat.update": "edit_window_closed", "chat.postMessage": "restricted_action"}
        error = "messages_tab_disabled" if channel[:1] in {"U", "W"} else words.get(method, "internal_error")
        return Response(200, json.dumps({"ok": False, "error": error}))
    status = 500 if fault == "500" else 404
    return Response(status, '{"ok": false, "error": "fault"}')
