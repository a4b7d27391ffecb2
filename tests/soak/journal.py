"""All that happened, in one order: what was delivered, what the API was asked and did, what people were told.

The order is a plain count, so that "before" and "after" do not depend on any clock.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.settings import Settings

PATIENCE_S = 20.0  # for what has to come about; longer than anything that the bot may take
STORY = 60

State = tuple[object, ...] | None
"""A ticket as far as a prompt shows it, whether it is closed first of all; None where there is none."""


@dataclass(eq=False, kw_only=True)
class Delivery:
    """One command or press, handed to one process of the bot.

    `calm` where nothing else was under way and nothing was made to fail; `fresh` where it was not sent before.
    """

    number: int
    bot: int
    settings: Settings
    action: str
    user: str
    team: str
    channel: str
    value: str
    at: float
    deadline_s: float
    calm: bool
    fresh: bool
    started: int
    started_s: float
    ended: int | None = None
    status: int = 0
    refused: int = 0
    cut_off: bool = False
    draining: bool = False
    reference: str = ""

    @cached_property
    def carried(self) -> dict[str, Any]:
        """What a prompt's or a check's button carries, read without the bot's own code."""
        try:
            value = json.loads(self.value)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def prompt_id(self) -> str:
        return str(self.carried.get("prompt_id") or self.carried.get("id") or "")

    @property
    def ticket(self) -> str:
        return str(self.carried.get("case_number") or self.value).strip().upper()


@dataclass(eq=False, kw_only=True)
class Sent:
    """One request to the API. `answer`: yes, no, busy, unusable, none; pending for as long as it is not over."""

    delivery: Delivery | None
    bot: int
    endpoint: str
    ticket: str
    at: int
    done: int | None = None
    answer: str = "pending"


@dataclass(eq=False, kw_only=True)
class Said:
    """A message as it became visible: `words` is all of it, `buttons` are its action ids."""

    delivery: Delivery | None
    at: int
    at_s: float
    channel: str
    visible_to: str | None
    edit: bool
    words: str
    buttons: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class Line:
    """An audit line."""

    delivery: Delivery | None
    at: int
    at_s: float
    raw: str
    fields: dict[str, Any]


@dataclass
class Journal:
    deliveries: list[Delivery] = field(default_factory=list)
    by_reference: dict[str, Delivery] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    logged: list[tuple[str, str, str]] = field(default_factory=list)  # level, reference, text
    logged_new: list[tuple[str, str, str]] = field(default_factory=list)
    states: dict[str, list[tuple[int, State]]] = field(default_factory=dict)
    now: int = 0
    told: list[str] = field(default_factory=list)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def tick(self, what: str) -> int:
        """The next place in the order."""
        self.now += 1
        self.told.append(f"{self.now:5} {what}")
        self._moved.set()
        return self.now

    async def until(self, come: Callable[[], bool]) -> None:
        """Returns as soon as that is so; raises TimeoutError where it does not come about."""
        async with asyncio.timeout(PATIENCE_S):
            while not come():
                self._moved.clear()
                await self._moved.wait()

    def is_now(self, ticket: str, state: State) -> None:
        at = self.tick(f"    ticket {ticket} is {'gone' if state is None else state}")
        self.states.setdefault(ticket, [(0, None)]).append((at, state))

    def between(self, ticket: str, start: int, end: int) -> set[State]:
        """Every state that the ticket was in at some time from `start` to `end`."""
        history = self.states.get(ticket, [(0, None)])
        ends = [at for at, _ in history[1:]] + [end + 1]
        return {state for (at, state), until in zip(history, ends, strict=True) if at <= end and until > start}

    def changes_by(self, delivery: Delivery) -> list[Sent]:
        """The requests that a press sent, but for mere reads."""
        return [sent for sent in self.sent if sent.delivery is delivery and sent.endpoint != "fetchSingleTicket"]

    def pending(self) -> bool:
        """Whether the API has still to answer something, be it that nobody waits for it any more."""
        return any(sent.answer == "pending" for sent in self.sent)

    def said_by(self, delivery: Delivery) -> list[Said]:
        return [said for said in self.said if said.delivery is delivery]

    def events_of(self, delivery: Delivery) -> list[str]:
        return [line.fields["event"] for line in self.lines if line.delivery is delivery]

    def on_prompt(self, prompt_id: str, *actions: str) -> list[Delivery]:
        """The presses of that prompt's buttons."""
        return [one for one in self.deliveries if prompt_id and one.prompt_id == prompt_id and one.action in actions]

    def story(self) -> str:
        return "\n".join(self.told[-STORY:])
