"""Ticket API, Slack emulator and bot, each on loopback: everything but the person."""

import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.sandbox.ticket_api import FakeTicketApi
from tests.e2e import local_slack
from tests.e2e.local_slack import LocalSlack
from tests.e2e.processes import Process
from tests.support.ports import free_port

Transport = Literal["socket", "http"]

_ROOT = Path(__file__).parents[2]
# Nothing else of the caller's environment reaches the bot: it may hold settings of a real workspace.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")
_RESPONSE_URL = re.compile(r"_hooks(?:/|%2F)response(?:/|%2F)([\w-]+)")


@dataclass(kw_only=True)
class Stage:
    ticket_api: FakeTicketApi
    slack: LocalSlack
    bot: Process
    settings: Mapping[str, str]
    user_tokens: frozenset[str]
    start: Callable[..., Awaitable[Process]]

    async def restart(self, **settings: str) -> None:
        """The bot anew, with no memory of before; `settings` are added to those that it had."""
        self.bot.kill()
        self.bot = await self.start(**settings)

    async def secrets(self) -> dict[str, str]:
        """Everything in use that must not be in a log, by a name for it that may."""
        named = {name: value for name, value in self.settings.items() if name.endswith(("TOKEN", "KEY", "SECRET"))}
        named["signing secret"] = self.slack.signing_secret
        urls = set(_RESPONSE_URL.findall(await self.slack.traffic()))
        for kind, values in {"response_url": urls, "UserToken": self.user_tokens}.items():
            named |= {f"{kind} {number}": value for number, value in enumerate(sorted(values), 1)}
        return named


@asynccontextmanager
async def open_stage(
    folder: Path,
    *,
    transport: Transport = "socket",
    slack_port: int | None = None,
    bot_log: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Stage]:
    """Until the context is left. `settings` are the bot's, beyond those that the stage itself needs."""
    key = secrets.token_hex(16)
    bot_port = free_port()
    bot_url = f"http://127.0.0.1:{bot_port}"
    request_url = f"{bot_url}/slack/events" if transport == "http" else None
    async with (
        FakeTicketApi(key=key) as ticket_api,
        local_slack.start(folder, port=slack_port, request_url=request_url) as slack,
    ):
        given = {
            "SLACK_API_URL": f"{slack.url}/api/",
            "SLACK_BOT_TOKEN": slack.bot_token,
            **(
                {"SLACK_APP_TOKEN": slack.app_token}
                if transport == "socket"
                else {"SLACK_SIGNING_SECRET": slack.signing_secret}
            ),
            "SWEEPPEA_API_KEY": key,
            "SWEEPPEA_BASE_URL": ticket_api.url,
            "HOST": "127.0.0.1",
            "PORT": str(bot_port),
            "TICKET_DELETERS": "U01ALICE,U01BOB",
            **(settings or {}),
        }
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        async with AsyncExitStack() as bots:

            async def start(**more: str) -> Process:
                # From the empty folder, so that a developer's own .env is not read.
                command: list[str | Path] = [sys.executable, _ROOT / "app.py"]
                bot = Process("The bot", command, env=passed_on | given | more, cwd=folder, log=bot_log)
                await bots.enter_async_context(bot)
                await bot.ready(f"{bot_url}/healthz")
                return bot

            yield Stage(
                ticket_api=ticket_api,
                slack=slack,
                bot=await start(),
                settings=given,
                user_tokens=frozenset(_user_tokens(ticket_api.tickets)),
                start=start,
            )


def _user_tokens(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(token := value.get("UserToken"), str):
            yield token
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _user_tokens(inner)
