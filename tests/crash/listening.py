"""Everything that was said and done, in order; and traps, which spring in the very moment of a step."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bot.runtime import Runtime
from bot.sandbox.slack_messages import SlackMessage
from bot.sandbox.ticket_api import Call
from tests.simulation.words import find_claims
from tests.support.world import words

DELETE, READ = "delete", "fetchSingleTicket"
now = Runtime().boottime  # as the ticket API has it
Item = TypeVar("Item")


@dataclass(frozen=True)
class Said:
    """A message as it was at that moment. `case` is "" where it is about no ticket that was asked about."""

    at: float
    case: str
    posted: SlackMessage
    words: str
    claims: frozenset[str]
    edits: int
    buttons: tuple[str, ...]

    @property
    def is_direct(self) -> bool:
        return self.posted.channel[:1] == "U"

    @property
    def is_out_of_date_note(self) -> bool:
        return self.is_direct and "is out of date" in self.words


@dataclass
class Trap:
    """Calls `act` once, at the first step that `is_it` knows: "said", "arrived", "done" or "faulted", and with what.

    `delay_s` is how long after the step; at 0 it acts before whoever took the step hears of it.
    """

    is_it: Callable[[str, object], bool]
    act: Callable[[], None]
    delay_s: float = 0.0
    sprung: asyncio.Event = field(default_factory=asyncio.Event)
    _is_set: bool = True

    def step(self, what: str, thing: object) -> None:
        if self._is_set and self.is_it(what, thing):
            self._is_set = False
            if self.delay_s:
                asyncio.get_running_loop().call_later(self.delay_s, self.spring)
            else:
                self.spring()

    def spring(self) -> None:
        if not self.sprung.is_set():
            self._is_set = False
            self.sprung.set()
            self.act()


@dataclass
class Journal:
    """`heard` is asked about each message as soon as it can be read. `lines` have their time from `began` on.

    `began_at` is the same moment by the calendar's clock, as the bots' logs have it.
    """

    began: float = field(default_factory=now)
    began_at: float = field(default_factory=Runtime().now)
    cases: set[str] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)
    done_at: dict[str, float] = field(default_factory=dict)
    deletions: list[Call] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    lines: list[tuple[float, str]] = field(default_factory=list)
    troubles: list[float] = field(default_factory=list)
    heard: Callable[[Said], None] = lambda _: None
    _about: defaultdict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))

    def tell(self, words_: str) -> None:
        self.lines.append((now() - self.began, words_))

    def say(self, posted: SlackMessage) -> None:
        text = f"{posted.text} {words(posted)}"
        case = next((case for case in self.cases if case in text), "")
        buttons = tuple(button["text"]["text"] for button in posted.buttons)
        claims = frozenset(claim.name for claim in find_claims(text))
        said = Said(now(), case, posted, text, claims, posted.edits, buttons)
        self.said.append(said)
        self._about[case].append(said)
        how = "now says" if posted.edits else "says"
        to = f", to {posted.visible_to} alone" if posted.visible_to else ""
        what = " + ".join(sorted(claims)) or "something else"
        offers = f"; buttons: {', '.join(buttons)}" if buttons else ""
        self.tell(f"{case or '-'}: {posted.channel} {posted.ts} {how}{to}: {what}{offers}")
        self.heard(said)
        self._step("said", said)

    def arrive(self, call: Call) -> None:
        self.tell(f"the API: {call.endpoint} arrived")
        self._step("arrived", call)

    def do(self, call: Call) -> None:
        if call.endpoint == DELETE:
            self.done_at[call.case_number] = now()
            self.tell(f"the API: {call.case_number} is deleted")
        self._step("done", call)

    def fault(self, where: str) -> None:
        self.tell(f"Slack: {where} met a fault")
        self.troubles.append(now())
        self._step("faulted", where)

    def is_troubled(self, since: float) -> bool:
        """Whether something has happened to a bot, or an answer of Slack's was lost."""
        return any(at > since for at in self.troubles)

    def about(self, case: str) -> list[Said]:
        return self._about[case]

    def _step(self, what: str, thing: object) -> None:
        for trap in self.traps:
            trap.step(what, thing)


class Heard(asyncio.Queue[Item]):
    """Tells of each item in the moment in which it comes, before the bot has an answer, and keeps none."""

    def __init__(self, hear: Callable[[Item], None]) -> None:
        super().__init__()
        self._hear = hear

    def put_nowait(self, item: Item) -> None:
        self._hear(item)
