"""A whole world on loopback: the real bot between a fake Slack and a fake ticket API."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.api.retry import Backoff
from bot.runtime import Runtime
from bot.sandbox.slack import Acknowledgement, FakeSlack, SlackMessage
from bot.sandbox.ticket_api import KEY, FakeTicketApi
from bot.settings import Settings
from handlers.serve import RunningBot, serve
from handlers.slack.replies import PAUSE_S
from tests.support.shared_ledger import SharedLedger

Transport = Literal["http", "socket"]

ALICE, BOB, CAROL = "U01ALICE", "U01BOB", "U01CAROL"
NOW = 1_795_000_000.0  # 18 Nov 2026


@dataclass
class World:
    """`now` is the bot's time of day and Slack's; Alice and Bob may delete unless settings say otherwise.

    The notice "Still looking up…" comes only where a test sets `slow_s`: on a busy machine nobody knows when.
    """

    ticket_api: FakeTicketApi
    slack: FakeSlack
    now: float = NOW
    backoff: Backoff | None = None
    reply_pause_s: float = PAUSE_S
    slow_s: float = 3600.0
    answers: list[SlackMessage] = field(default_factory=list)
    acknowledged: list[Acknowledgement] = field(default_factory=list)
    audit: list[dict[str, str]] = field(default_factory=list)
    look_s: float = 3600.0

    async def write_audit(self, line: str) -> None:
        self.audit.append(json.loads(line))

    def __post_init__(self) -> None:
        self.slack.clock = lambda: self.now
        self.ledger = SharedLedger(lambda: self.now)

    @property
    def handed_in(self) -> dict[str, Any]:
        return {
            "runtime": Runtime(now=lambda: self.now),
            "backoff": self.backoff,
            "write_audit": self.write_audit,
            "reply_pause_s": self.reply_pause_s,
            "slow_s": self.slow_s,
            "look_s": self.look_s,
            "open_ledger": self.ledger.open,
        }

    @asynccontextmanager
    async def bot(self, transport: Transport = "http", **settings: object) -> AsyncIterator[RunningBot]:
        """A bot process, as it were; there may be several, the last one gets what Slack sends."""
        async with serve(self.settings(transport, **settings), **self.handed_in) as serving:
            if transport == "http":
                self.slack.app_url = f"http://127.0.0.1:{serving.port}/slack/events"
            else:
                await self.slack.socket.connected.wait()
            self.serving = serving
            yield serving

    def settings(self, transport: Transport = "http", **more: object) -> Settings:
        secret = {"slack_signing_secret": self.slack.signing_secret, "port": 0}
        values: dict[str, object] = {
            "slack_bot_token": self.slack.bot_token,
            "slack_api_url": f"{self.slack.url}/api",
            "sweeppea_api_key": KEY,
            "sweeppea_base_url": self.ticket_api.url,
            "host": "127.0.0.1",
            "ticket_deleters": f"{ALICE},{BOB}",
            **(secret if transport == "http" else {"slack_app_token": self.slack.app_token}),
            **more,
        }
        return Settings.model_validate(values)

    async def command(self, user: str, line: str, channel: str = "C01SUPPORT") -> SlackMessage:
        """The last message that came of it, once nothing is under way any more."""
        command, _, text = line.partition(" ")
        return await self.deliver(await self.slack.command(user, command, text, channel))

    async def click(self, user: str, posted: SlackMessage, label: str, **more: Any) -> SlackMessage:  # noqa: ANN401
        return await self.deliver(await self.slack.click(user, posted, label, **more))

    async def recover(self) -> None:
        """Recovery looks once, and whatever was due is done."""
        await self.serving.recovery.look()
        await self.serving.services.runner.wait_idle()

    async def deliver(self, acknowledgement: Acknowledgement) -> SlackMessage:
        assert acknowledgement.status == 200, acknowledgement
        self.acknowledged.append(acknowledgement)
        await self.serving.services.runner.wait_idle()
        return self.latest()

    def latest(self) -> SlackMessage:
        self.answers = []
        while not self.slack.changed.empty():
            self.answers.append(self.slack.changed.get_nowait())
        assert self.answers, "nobody was told anything"
        return self.answers[-1]


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    async with FakeTicketApi() as ticket_api, FakeSlack() as slack:
        yield World(ticket_api, slack)


def words(posted: SlackMessage) -> str:
    """All that can be read in a message's blocks."""
    return " ".join(_texts(posted.blocks))


def _texts(part: object) -> list[str]:
    if isinstance(part, list):
        return [text for item in part for text in _texts(item)]
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [text for value in part.values() for text in _texts(value)]
    return []
