"""One bot's world: Slack, the ticket API, a database, and the bot processes that come and go."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from bot.ledger.keys import new_key
from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import KEY, FakeTicketApi
from tests.crash.bot import PATIENCE_S, ROOT, Bot
from tests.crash.listening import DELETE, Heard, Journal, Said, now
from tests.crash.records import change, path_of
from tests.simulation.people import ticket
from tests.support.ports import free_port

Transport = Literal["http", "socket"]
ALICE, BOB = "U01ALICE", "U01BOB"
MEMBER, STRANGER = "C01SUPPORT", "C02OTHER"
"""Channels: the bot is in the first, and answers in the second over response_urls alone."""
_SLOW_S = 0.5
# A slow database for the tickets in `crash_slow`: a bot can be frozen while it waits for that commit.
_SLOW_SEND = f"""
create table crash_slow (case_number text);
create function crash_wait() returns trigger language plpgsql as $$
begin
  if exists (select 1 from crash_slow where case_number = new.case_number) then perform pg_sleep({_SLOW_S}); end if;
  return new;
end $$;
create trigger crash_wait before update on changes for each row
  when (new.state = 'sending' and old.state = 'claimed') execute function crash_wait();
"""


@dataclass
class World:
    """`bot` is the one that Slack reaches; `bots` are all that ever were."""

    name: str
    transport: Transport
    database_url: str
    folder: Path
    random: Random
    slack: FakeSlack
    ticket_api: FakeTicketApi
    journal: Journal = field(default_factory=Journal)
    bots: list[Bot] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _cases: int = 1_000_000

    def __post_init__(self) -> None:
        self.key = new_key(Random(self.random.random()))
        journal, api = self.journal, self.ticket_api
        self.slack.changed = self.slack.chat.changed = Heard(journal.say)
        self.slack.faulted = Heard(journal.fault)
        api.arrived, api.done = Heard(journal.arrive), Heard(journal.do)
        api.tickets.clear()
        self.slack.chat.take_out(STRANGER)

    @property
    def bot(self) -> Bot:
        return self.bots[-1]

    @property
    def is_shared(self) -> bool:
        """Whether two bots may use the database at a time."""
        return not path_of(self.database_url)

    async def start_bot(self, root: Path = ROOT) -> Bot:
        """The new one is who Slack reaches, once it is ready. `root` has its copy of the bot."""
        bot = Bot(f"bot{len(self.bots) + 1}", self.folder, free_port(), self.settings(), root=root)
        self.bots.append(bot)
        self.tell(f"{bot.name} starts")
        await bot.ready()
        if self.transport == "http":
            self.slack.app_url = f"{bot.url}/slack/events"
        self.tell(f"{bot.name} is ready")
        return bot

    def settings(self) -> dict[str, str]:
        secret = (
            {"SLACK_SIGNING_SECRET": self.slack.signing_secret}
            if self.transport == "http"
            else {"SLACK_APP_TOKEN": self.slack.app_token}
        )
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_API_URL": f"{self.slack.url}/api",
            "SWEEPPEA_API_KEY": KEY,
            "SWEEPPEA_BASE_URL": self.ticket_api.url,
            "TICKET_DELETERS": f"{ALICE},{BOB}",
            "DATABASE_URL": self.database_url,
            "ENCRYPTION_KEYS": self.key,
            **secret,
        }

    def kill_all(self) -> None:
        for bot in self.bots:
            bot.kill()

    def tell(self, words: str) -> None:
        self.journal.tell(words)

    def open_ticket(self) -> str:
        self._cases += 1
        case = str(self._cases)
        self.ticket_api.tickets[case] = ticket(case)
        self.journal.cases.add(case)
        return case

    async def slow_down(self, case: str) -> None:
        """The commit before the deletion's first byte takes _SLOW_S; where the database is no file."""
        if self.is_shared:
            await change(self.database_url, f"insert into crash_slow values ('{case}')")

    def keep_writers_waiting(self, seconds: float) -> None:
        """Somebody else is writing into the database, where it is a file. Does nothing if the bot is just writing."""
        connection = sqlite3.connect(path_of(self.database_url), timeout=0.05, isolation_level=None)
        with suppress(sqlite3.OperationalError):
            connection.execute("begin immediate")
        asyncio.get_running_loop().call_later(seconds, connection.close)

    def deletions_of(self, case: str) -> int:
        """How many the API worked on; a second one finds nothing, and was sent all the same."""
        return len([call for call in self.ticket_api.calls(DELETE) if call.case_number == case])

    async def make_slow_database(self) -> None:
        if self.is_shared:
            await change(self.database_url, _SLOW_SEND)


async def until(condition: Callable[[], object], within_s: float = PATIENCE_S) -> bool:
    """Whether it came true. What the machine keeps from us is not counted: the limit is for a bot that can run."""
    left_s = within_s
    while not condition():
        before = now()
        await asyncio.sleep(0.02)
        left_s -= min(now() - before, 0.1)
        if left_s <= 0:
            return bool(condition())
    return True


def last_of(world: World, case: str) -> Said | None:
    """How the ticket's message in the channel reads now."""
    said = [one for one in world.journal.about(case) if one.posted.visible_to is None and not one.is_direct]
    return said[-1] if said else None
