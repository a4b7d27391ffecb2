"""Who comes at a steady rate, whether or not those before were served: they look, ask, click and forget."""

import asyncio
import re
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.sandbox.slack_messages import Json, SlackMessage
from tests.crash.listening import now
from tests.soak import faults
from tests.soak.world import CHANNELS, LOOKED_AT, PEOPLE, TTL_S, SoakWorld

SERVICE_S = 0.05
"""What a request takes at the ticket API, which serves one at a time."""
_VISITS = {"look": 40, "ask": 44, "shortcut": 6, "mistype": 4, "no such ticket": 3, "again": 3}
_CLICKS = {
    "Delete": 48,
    "Delete twice": 14,
    "Delete and Cancel": 6,
    "Resolve": 6,
    "Cancel": 10,
    "their Delete": 3,
    "nothing": 10,
    "Delete too late": 3,
}
_READS = 1.75
"""A visit's, with those that are tried again; a third of the visits comes to a deletion."""
_OVERHEAD_S = 0.008
_POSTED_S = 25.0
_CASE = re.compile(r"\b\d{7}\b")
OLD_S = 2.0 * TTL_S
"""After which a request should have expired, and its message said so."""


def pause_s(service_s: float = SERVICE_S) -> float:
    """Between two visits, so that what they read fills the API's time."""
    return _READS * (service_s + _OVERHEAD_S + faults.SLOW_SHARE_S)


@dataclass
class People:
    """`requests` are those that have buttons, by their ticket, with when they came and the person who may click."""

    world: SoakWorld
    counts: Counter[str] = field(default_factory=Counter)
    waits: list[tuple[float, float]] = field(default_factory=list)
    requests: dict[str, tuple[float, str, SlackMessage]] = field(default_factory=dict)
    _askers: dict[str, str] = field(default_factory=dict)
    _waiting: dict[str, "asyncio.Future[SlackMessage]"] = field(default_factory=dict)
    _visits: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.world.hear = self.hear
        self.random: Random = self.world.random

    def hear(self, posted: SlackMessage) -> None:
        self.counts["messages and edits"] += 1
        found = _CASE.search(posted.text)
        if found is None or found[0] not in self._askers or not _has(posted, "Delete"):
            return
        case = found[0]
        self.requests[case] = (now(), self._askers[case], posted)
        waiting = self._waiting.get(case)
        if waiting and not waiting.done():
            waiting.set_result(posted)

    async def live(self, seconds: float, service_s: float = SERVICE_S) -> None:
        """Somebody comes every so often, at irregular moments, until the time is over. Who came is not waited for."""
        next_at, ends_at = now(), now() + seconds
        faults.begin(self.random, self.world.ticket_api, self.world.slack)
        while next_at < ends_at:
            next_at += self.random.expovariate(1 / pause_s(service_s))
            await asyncio.sleep(max(next_at - now(), 0))
            self._start(self._visit())

    async def leave(self) -> None:
        """Once all who came are done, and what they left is cancelled."""
        faults.heal(self.world.ticket_api, self.world.slack)
        while self._visits:
            await asyncio.wait(self._visits)
        await self.tidy()
        while self._visits:
            await asyncio.wait(self._visits)
        await asyncio.sleep(OLD_S)
        await self.tidy(0)
        while self._visits:
            await asyncio.wait(self._visits)

    async def tidy(self, older_s: float = OLD_S) -> None:
        """A request that the bot can't edit keeps its buttons, and its row for a day: whoever asked cancels it."""
        for case, (at, person, posted) in tuple(self.requests.items()):
            if not posted.buttons:
                del self.requests[case], self._askers[case]
            elif now() - at > older_s:
                self.counts["cancels an old request"] += 1
                self._start(self._click(person, posted, "Cancel"))

    def _start(self, visit: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(visit)
        self._visits.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, visit: "asyncio.Task[None]") -> None:
        self._visits.discard(visit)
        if not visit.cancelled() and (error := visit.exception()):
            self.world.problems.append(f"a visit: {type(error).__name__}: {error}")

    async def _visit(self) -> None:
        person, channel = self.random.choice(PEOPLE), self.random.choice(CHANNELS)
        what = self.random.choices(tuple(_VISITS), tuple(_VISITS.values()))[0]
        self.counts[what] += 1
        case = self.random.choice(LOOKED_AT)
        match what:
            case "look":
                await self._command(person, "/ticket", case, channel)
            case "shortcut":
                message = {"text": f"see {case} please"}
                body = self.world.slack.shortcut_payload(person, "look_up_ticket", message, channel)
                await self._send("interactive", body)
            case "mistype":
                await self._command(person, "/ticket-delete", self.random.choice(("help", "12", "two words")), channel)
            case "no such ticket":
                await self._command(person, "/ticket", "NOSUCH5", channel)
            case "again":
                await self._click_again(person)
            case _:
                await self._ask(person, channel)

    async def _ask(self, person: str, channel: str) -> None:
        case, at = self.world.open_ticket(), now()
        self._askers[case] = person
        self._waiting[case] = waiting = asyncio.get_running_loop().create_future()
        try:
            await self._command(person, "/ticket-delete", case, channel)
            posted = await asyncio.wait_for(waiting, _POSTED_S)
        except TimeoutError:
            self.counts["  turned away, or not answered"] += 1
            return
        finally:
            del self._waiting[case]
        self.waits.append((at, now() - at))
        await asyncio.sleep(self.random.uniform(0.5, 3.0))
        await self._decide(person, posted)

    async def _decide(self, person: str, posted: SlackMessage) -> None:
        does = self.random.choices(tuple(_CLICKS), tuple(_CLICKS.values()))[0]
        self.counts[f"  clicks {does}"] += 1
        match does:
            case "Delete twice" | "Delete and Cancel":
                second = "Cancel" if does.endswith("Cancel") else "Delete"
                clicks = (self._click(person, posted, label) for label in ("Delete", second))
                await asyncio.gather(*clicks)
            case "their Delete":
                colleague = self.random.choice([one for one in PEOPLE if one != person])
                await self._click(colleague, posted, "Delete")
            case "Delete too late":
                await asyncio.sleep(TTL_S)
                await self._click(person, posted, "Delete")
            case "nothing":
                pass
            case _:
                await self._click(person, posted, does)

    async def _click_again(self, person: str) -> None:
        """In a message that may be over."""
        if self.requests:
            _, _, posted = self.random.choice(tuple(self.requests.values()))
            await self._click(person, posted, "Delete")

    async def _command(self, person: str, command: str, text: str, channel: str) -> None:
        await self._count((await self.world.slack.command(person, command, text, channel)).status)

    async def _click(self, person: str, posted: SlackMessage, label: str) -> None:
        with suppress(LookupError):  # the button went meanwhile
            body = self.world.slack.click_payload(person, posted, posted.button(label))
            await self._send("interactive", body)

    async def _send(self, kind: str, body: Json) -> None:
        await self._count((await self.world.slack.deliver(kind, body)).status)

    async def _count(self, status: int) -> None:
        self.counts["payloads"] += 1
        if status != 200:
            self.counts[f"(payloads answered {status})"] += 1


def _has(posted: SlackMessage, label: str) -> bool:
    return any(button["text"]["text"].startswith(label) for button in posted.buttons)
