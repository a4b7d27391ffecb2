"""Three processes on one PostgreSQL, and what has happened to each."""

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.ticket_api import Call
from tests.cluster.calls import Callers, Calls
from tests.cluster.network import Network
from tests.cluster.slack import ClusterSlack
from tests.cluster.sockets import has_socket, ports_to
from tests.crash.bot import ROOT, Bot
from tests.crash.listening import Heard, now
from tests.crash.rules import Conversation
from tests.crash.world import STRANGER, World
from tests.support.ports import free_port
from tests.support.postgres_server import PostgresServer

SLOTS = 3
APART = SLOTS - 1
"""The slot whose network is one of its own."""
PEOPLE = tuple(f"U01PERSON{number:02}" for number in range(1, 31))
CHANNELS = (*(f"C0{number}SUPPORT" for number in range(1, 8)), STRANGER)
LOOKED_AT = tuple(f"LOOK{number:03}" for number in range(120))
"""Tickets that nobody deletes."""
SERVICE_S = 0.05
AFTER_S = 10.0
"""For how long after a kill, a freeze or a cut requests of its process may overlap with others'."""
THAWED_S = 1.0
LEASE_S = 6.0
# Each owner that a row ever had, and which process made it so: the setting stands in that process's DATABASE_URL.
OWNERS = """
create table cluster_owners (
  at double precision, id text, case_number text, state text, old text, new text, bot text, was_handed_over boolean
);
create function cluster_watch() returns trigger language plpgsql as $$
begin
  insert into cluster_owners values (ledger_now(), new.id, new.case_number, old.state, old.owner, new.owner,
    current_setting('cluster.bot', true), old.lease_until is null);
  return new;
end $$;
create trigger cluster_watch before update on changes for each row
  when (new.owner is not null and new.owner is distinct from old.owner) execute function cluster_watch();
"""


@dataclass
class Trouble:
    """`until` is when it was over; infinite while it goes on."""

    what: str
    name: str
    began: float
    until: float = math.inf
    held_turn: bool = False


@dataclass
class Cluster(World):
    """`slots` has the process of each place, `ready_at` when each one began to serve.

    `restarts` are PostgreSQL's, from its end to the next one's start; `commands` how often a ticket was asked about.
    """

    root: Path = ROOT
    network: Network = field(kw_only=True)
    postgres: PostgresServer = field(kw_only=True)
    slots: dict[int, Bot] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    restarts: list[Trouble] = field(default_factory=list)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    ready_at: dict[str, float] = field(default_factory=dict)
    _ports: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        assert isinstance(self.slack, ClusterSlack)
        self.many = self.slack
        self.many.bot_at = self.bot_at
        self.callers = Callers(self.bot_at)
        self.ticket_api.log = Calls(self.callers.hear)
        self.ticket_api.service_s = SERVICE_S
        self.ticket_api.arrived = Heard(self.arrive)

    def arrive(self, call: Call) -> None:
        self.tell(f"the API: {call.endpoint} of {self.callers.of(call) or '?'} arrived")
        for trap in tuple(self.journal.traps):
            trap.step("arrived", call)

    # ── the processes ─────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, slot: int, root: Path | None = None) -> Bot:
        """A new process in that place; `root` has its copy of the bot. Raises RuntimeError where it never serves."""
        name = f"bot{slot + 1}.{len(self.bots) + 1:02}"
        port = self._ports.setdefault(slot, free_port())
        settings = self.settings() | {
            "DATABASE_URL": f"{self.database_url}?cluster.bot={name}",
            "TICKET_DELETERS": ",".join(PEOPLE),
        }
        if slot == APART:
            settings["DATABASE_URL"] = await self.network.reach(settings["DATABASE_URL"])
            settings["SLACK_API_URL"] = await self.network.reach(settings["SLACK_API_URL"])
        host = self.network.inside if slot == APART else self.network.outside
        within = self.network.within if slot == APART else ()
        bot = Bot(name, self.folder, port, settings, host=host, within=within, root=root or self.root)
        self.bots.append(bot)
        self.slots[slot] = bot
        self.tell(f"{name} starts")
        await bot.ready()
        self.ready_at[name] = now()
        self.many.balancer.all[name] = bot
        self.tell(f"{name} is ready")
        return bot

    def is_reachable(self) -> bool:
        """Whether Slack reaches all of them."""
        reached = self.many.socket.web_sockets if self.transport == "socket" else self.many.balancer.healthy
        return len(reached) == len(self.slots)

    def well(self) -> list[Bot]:
        """Those that serve, with nothing the matter."""
        return [bot for bot in self.slots.values() if self.is_well(bot)]

    def is_well(self, bot: Bot) -> bool:
        ill = {trouble.name for trouble in self.troubles if trouble.until == math.inf}
        return bot.name in self.ready_at and not bot.has_ended and bot.name not in ill

    def was_well(self, name: str, since: float, to: float, *, but: str = "") -> bool:
        """A process that served all the time, and to which nothing happened `but` what is named."""
        own = [one for one in self.troubles if one.name == name and one.what != but]
        troubled = (one.began <= to and one.until >= since for one in own)
        return self.ready_at.get(name, math.inf) <= since and not any(troubled)

    def has_excuse(self, name: str, at: float) -> bool:
        """Whether a process's request may overlap with another's, or was about to be taken away."""
        return not name or any(
            one.began <= at <= max(one.began + AFTER_S, one.until + (AFTER_S if one.what == "half-dead" else THAWED_S))
            for one in self.troubles
            if one.name == name and one.what != "stop"
        )

    def begin(self, what: str, bot: Bot) -> Trouble:
        trouble = Trouble(what, bot.name, now(), held_turn=self.callers.at_work(bot.name))
        self.troubles.append(trouble)
        self.counts[f"  {what}"] += 1
        self.tell(f"── {bot.name}: {what} ──")
        return trouble

    def bot_at(self, client: str) -> str:
        """The name of the process that has this end of a connection; "" where there is none any more."""
        host, _, port = client.rpartition(":")
        for slot, bot in self.slots.items():
            if self.network.within and (slot == APART) != (host == self.network.inside):
                continue
            if not bot.has_ended and has_socket(bot.pid, int(port)):
                return bot.name
        return ""

    def database_ports(self, bot: Bot) -> list[int]:
        """The process's own ports of its connections to PostgreSQL."""
        return ports_to(bot.pid, self.postgres.port)

    def time_of(self, epoch_s: float) -> float:
        """A time of day, as a log or a database has it, in this cluster's own time."""
        return epoch_s - self.journal.began_at + self.journal.began
