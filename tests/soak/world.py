"""The bot, Slack and the ticket API. What is over is forgotten here, so that an hour is as quick at its end."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.slack_messages import SlackMessage
from bot.sandbox.ticket_api import Call
from tests.crash.bot import ROOT, Bot
from tests.crash.listening import Heard
from tests.crash.records import change, path_of
from tests.crash.world import STRANGER, World
from tests.simulation.people import ticket
from tests.support.ports import free_port

PEOPLE = tuple(f"U01PERSON{number:02}" for number in range(1, 61))
CHANNELS = (*(f"C{number:02}SUPPORT" for number in range(1, 41)), STRANGER, STRANGER)
LOOKED_AT = tuple(f"LOOK{number:03}" for number in range(400))
"""Tickets that nobody deletes."""
AUDIT_CHANNEL = "C0AUDIT"
TTL_S = 30
OLD_ROWS = 400
"""Of the audit, which come to their age one after the other: the bot deletes them."""
OLD_FOR_S = 86_400.0
_KEPT_MESSAGES = 3_000
_KEPT_ADDRESSES = 30_000
"""A response_url is good for half an hour, in which some twenty thousand are given out."""
_KEPT_CALLS = 500


@dataclass
class SoakWorld(World):
    """`hear` gets each message of the bot's that is new or edited; `asked` counts the tickets that were opened.

    `calls` counts what the ticket API served, by endpoint.
    """

    root: Path = ROOT
    hear: Callable[[SlackMessage], None] = lambda _: None
    asked: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    metrics_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.slack.changed = self.slack.chat.changed = Heard(self._heard)
        self.slack.viewed = Heard(self._heard)
        self.slack.faulted = Heard(lambda _: None)
        api = self.ticket_api
        api.done, api.ended = (Heard(lambda _: None) for _ in range(2))
        api.arrived = Heard(self._called)
        api.tickets.update({case: ticket(case) for case in LOOKED_AT})

    def _heard(self, posted: SlackMessage) -> None:
        self.hear(posted)

    def _called(self, call: Call) -> None:
        self.calls[call.endpoint] += 1

    def settings(self) -> dict[str, str]:
        return super().settings() | {
            "TICKET_DELETERS": ",".join(PEOPLE),
            "AUDIT_CHANNEL": AUDIT_CHANNEL,
            "DELETE_PROMPT_TTL_S": str(TTL_S),
            "RETENTION_DAYS": "1",
            "RECEIPT_DAYS": "1",
            "METRICS_PORT": str(self.metrics_port),
        }

    async def start(self) -> Bot:
        bot = Bot("bot", self.folder, free_port(), self.settings(), root=self.root)
        self.bots.append(bot)
        await bot.ready()
        self.slack.app_url = f"{bot.url}/slack/events"
        return bot

    def open_ticket(self) -> str:
        self._cases += 1
        self.asked += 1
        case = str(self._cases)
        self.ticket_api.tickets[case] = ticket(case)
        return case

    def forget(self) -> None:
        """What nobody comes back to: a request is over long before."""
        slack, api = self.slack, self.ticket_api
        del slack.messages[:-_KEPT_MESSAGES]
        addresses = slack.chat._addresses
        for key in [*addresses][:-_KEPT_ADDRESSES]:
            del addresses[key]
        slack.calls.clear()
        slack.views.clear()
        del api.log[:-_KEPT_CALLS]
        for case in [*api._before][:-_KEPT_CALLS]:
            del api._before[case]

    async def age(self, seconds: float) -> None:
        """Rows of yesterday's audit, each of which is a day old at some moment of the run."""
        now = time.time()
        ages = [now - OLD_FOR_S + seconds * number / OLD_ROWS for number in range(OLD_ROWS)]
        others = ", ".join(["'old'"] * 9)
        rows = ", ".join(f"({at}, 'asked', 'delete', '{PEOPLE[0]}', {others})" for at in ages)
        columns = (
            "at, event, change, user_id, asker, confirmer, team, channel, case_number, request, replaces, outcome, ref"
        )
        sql = f"INSERT INTO audit ({columns}) VALUES {rows}"
        if path := path_of(self.database_url):
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute(sql)
        else:
            await change(self.database_url, sql)
