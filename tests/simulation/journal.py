"""What happened in a world, in one order: the facts that the rules are about, and the lines of the timeline."""

import json
import math
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

from bot import logs
from bot.ledger.database import Row
from bot.settings import Settings
from tests.simulation.process import Process
from tests.simulation.words import Claim, find_claims

ASKS = ("/ticket-delete", "ask_to_delete_ticket")
PRESSES = ("delete_ticket", "resolve_ticket")
CANCEL, CHECK = "cancel_deletion", "check_deletion"
ENDPOINTS = {"delete_ticket": "delete", "resolve_ticket": "resolve"}
KEYS = {"simulated-key": "one", "renewed-key": "one", "another-account's-key": "two"}
"""The keys of the ticket API, each with its account. A bot knows keys alone, so for a bot each is another account's."""
AUDITED = (*ASKS, *PRESSES, CANCEL, CHECK)


@dataclass(eq=False)
class Bot(Process):
    """A process of the bot. `cut_off`: it was told to stop, and had no time left for what was under way."""

    settings: Settings = field(kw_only=True)
    clock: Any = field(kw_only=True)
    stops_at: float | None = None
    cut_off: bool = False
    account: str = ""
    """What a row calls the key; empty until its ledger is open."""

    @property
    def api_key(self) -> str:
        return self.settings.sweeppea_api_key.get_secret_value()


@dataclass(eq=False, kw_only=True)
class Click:
    """A command or a click, as one process got it. `at_clock` is that process's time of day.

    `cause` is what somebody did, by the name of that decision; the same for a click that is delivered twice.

    `recovered` and `later_lines` are what recovery asked the API and put on record about it. `acked_at` and
    `ended_at` are None for as long as that has not come. `status` is of the acknowledgement: where it is
    not 200 the bot found the payload too old, having been frozen, and nothing came of it. `trouble` is
    what Slack did to its answers, `database_trouble` what the database did to which commit of it; "" for a look.
    `looked_at` is the last look at the ledger before the first byte of its change.
    """

    number: int
    cause: str
    bot: Bot
    action: str
    user: str
    team: str
    channel: str
    text: str
    at: float
    at_clock: float
    acked_at: float | None = None
    status: int = 0
    ended_at: float | None = None
    tasks: int = 0
    recovered: "list[Call]" = field(default_factory=list, repr=False)
    disk_trouble: bool = False
    looked_at: float | None = None
    logged: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    database_trouble: list[tuple[str, str]] = field(default_factory=list)
    said: "list[Said]" = field(default_factory=list, repr=False)
    calls: "list[Call]" = field(default_factory=list, repr=False)
    lines: "list[AuditLine]" = field(default_factory=list, repr=False)
    later_lines: "list[AuditLine]" = field(default_factory=list, repr=False)

    @cached_property
    def carried(self) -> Mapping[str, Any]:
        """What the button carries, read without the bot's own code; empty for a command."""
        return carried_by(self.text)

    @cached_property
    def request(self) -> str:
        """The id of the request that was clicked, or that a check is about; empty where there is none."""
        return request_of(self.carried)

    @cached_property
    def case(self) -> str:
        return str(self.carried.get("case_number") or self.text).strip().upper()

    @property
    def requested_at(self) -> float:
        """By the clock of the process that posted the request."""
        return float(self.carried.get("requested_at") or self.carried.get("asked_at") or 0)

    @property
    def confirmed_at(self) -> object:
        """Of the click that a check is about."""
        return self.carried.get("confirmed_at") or self.carried.get("pressed_at")

    @property
    def frozen_s(self) -> float:
        """For how long its process stood still while it was being worked on."""
        return self.bot.frozen_s(self.at, math.inf if self.ended_at is None else self.ended_at)

    @property
    def changes(self) -> "list[Call]":
        return [call for call in self.calls if call.endpoint != READ]

    @property
    def name(self) -> str:
        return f"click {self.number}"


def carried_by(text: str) -> Mapping[str, Any]:
    """What a button with this value carries."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def request_of(carried: Mapping[str, Any]) -> str:
    return str(carried.get("prompt_id") or carried.get("request_id") or carried.get("id") or "")


CLICK: ContextVar[Click | None] = ContextVar("CLICK", default=None)
"""Whose work something is: inherited by all that a handler starts. Recovery has none: see `Journal.about`."""
READ = "fetchSingleTicket"


@dataclass(eq=False, kw_only=True)
class Call:
    """A request to the ticket API; each moment is None for as long as it has not come.

    `began_at`: the client turned to the network; `sent_at`: the first byte left; `done_at`: carried out, for a read
    that the ticket was looked at; `over_at`: the client has an answer, or gave up. `answer` is what it got: "own 200"
    with the API's own word, "gateway 503", "none", "unusable". `version`: of the ticket as a read got it, or None.
    `is_given_up`: the client turned away from it while it waited for an answer.
    """

    number: int
    bot: Bot
    click: Click | None
    endpoint: str
    case: str
    began_at: float
    sent_at: float | None = None
    done_at: float | None = None
    over_at: float | None = None
    answer: str = ""
    is_given_up: bool = False
    version: "Version | None" = None

    @property
    def cause(self) -> str:
        return self.click.cause if self.click else self.bot.name


@dataclass(frozen=True)
class Version:
    """A ticket between two changes of it. `number` stands for all that is in it, but for how often somebody looked.

    `without_files`: the same but for its files, whose fields the API's pages don't name. A change in such a field is
    shown once, and the request that is made anew says that it is not compared again.
    """

    number: int
    without_files: int
    is_open: bool


@dataclass(eq=False, kw_only=True)
class Said:
    """A message as it became visible. `words` is all that can be read, `buttons` what can be clicked.

    `ts` is the message's name in `where`, the same for each edit of it. `about`: whose click it is about, also where
    recovery says it. `handed_over_at`: when the bot gave it to Slack, which may show it a good while later, when its
    sender is dead.
    """

    click: Click | None
    about: Click | None = field(repr=False)
    bot: Bot
    at: float
    handed_over_at: float
    sender_is_dead: bool
    ts: str
    where: str
    visible_to: str | None
    is_edit: bool
    words: str
    buttons: tuple[tuple[str, str], ...]

    @cached_property
    def claims(self) -> "tuple[Claim, ...]":
        return tuple(find_claims(self.words))

    @cached_property
    def claimed(self) -> frozenset[str]:
        """The names of the claims."""
        return frozenset(claim.name for claim in self.claims)

    @property
    def requests(self) -> set[str]:
        """The ids of the requests whose *Delete* it shows."""
        return {request_of(carried_by(value)) for action, value in self.buttons if action == "delete_ticket"}

    @property
    def cases(self) -> set[str]:
        """The tickets that its buttons are about, and those that it is about itself."""
        found = {str(carried_by(value).get("case_number", "")) for _, value in self.buttons}
        return (found | ({self.about.case} if self.about else set())) - {""}

    @property
    def offers_deletion(self) -> bool:
        return any(action == "delete_ticket" for action, _ in self.buttons)


@dataclass(eq=False, kw_only=True)
class AuditLine:
    click: Click | None
    about: Click | None = field(repr=False)
    bot: Bot | None
    at: float
    raw: str
    fields: Mapping[str, Any]


@dataclass(eq=False, kw_only=True)
class Logged:
    """A warning or an error in a bot's log."""

    click: Click | None
    level: str
    text: str


Fact = Click | Call | Said | AuditLine | Logged


@dataclass
class Journal:
    now: Callable[[], float]
    ledger_clock: Callable[[], float] = lambda: 0.0
    """The latest time that the database's clock may have said."""
    clicks: list[Click] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    history: dict[str, list[tuple[float, Version | None]]] = field(default_factory=dict)
    account_of: dict[str, str] = field(default_factory=dict)
    """Whose a ticket is: with the key of another account it can't be found."""
    by_request: dict[str, list[Click]] = field(default_factory=dict)
    shown: dict[str, Said] = field(default_factory=dict)
    """A request by its id: the message that first showed it."""
    ledger: Callable[[str], list[Row]] = lambda _: []
    """The rows of a SELECT, as they stand in the database."""
    accounts: Callable[[], set[str]] = set
    """What the rows call the keys of those bots that are up."""
    is_turn_shared: bool = False
    """Whether the processes have one turn at the ticket API, all together."""
    clock_sets: list[float] = field(default_factory=list)
    """When the database's clock was set."""
    database_failed_at: float = -math.inf
    """Last."""
    by_reference: dict[str, Click] = field(default_factory=dict)

    def about(self) -> Click | None:
        """Whose click the work is about: that of the reference, which recovery has from the row, or the one at work."""
        click, reference = CLICK.get(), logs.reference.get()
        if click and reference != "-":
            self.by_reference.setdefault(reference, click)
        return self.by_reference.get(reference) or click

    def tell(self, at: float, what: str) -> None:
        """A line of the timeline: what is indented came of something else."""
        self.lines.append(f"{int(at // 60):02}:{at % 60:06.3f} {what}")

    def digest(self) -> str:
        return blake2b("\n".join(self.lines).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def is_now(self, case: str, at: float, version: Version | None) -> None:
        self.history.setdefault(case, []).append((at, version))

    def versions(self, case: str, since: float, until: float, key: str = "") -> list[Version | None]:
        """How the ticket was at some time from `since` to `until`; None where there was none, or none for the key."""
        if key and not self.sees(key, case):
            return [None]
        history = self.history.get(case) or [(0.0, None)]
        ends = [at for at, _ in history[1:]] + [until + 1]
        return [version for (at, version), end in zip(history, ends, strict=True) if at <= until and end >= since]

    def conversations(self) -> "list[Said]":
        """The messages with a request, or with what came of one, as they stand."""
        last = {(said.where, said.ts): said for said in self.said}
        once = {(said.where, said.ts) for said in self.said if said.is_edit or said.offers_deletion}
        return [said for name, said in last.items() if name in once]

    def sees(self, key: str, case: str) -> bool:
        return self.account_of.get(case, KEYS[key]) == KEYS[key]

    def of_request(self, request: str, *actions: str) -> list[Click]:
        return [click for click in self.by_request.get(request, ()) if click.action in actions]
