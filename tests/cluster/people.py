"""Thirty people who look, ask, click and cancel, some of them twice at a time."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.cluster.cluster import CHANNELS, LOOKED_AT, PEOPLE, Cluster
from tests.cluster.slack import Taken
from tests.crash.listening import Said, now
from tests.crash.rules import Click, Conversation, Watch, has_ended
from tests.crash.world import last_of, until
from tests.simulation.people import ticket

CLICKS = {
    "Delete": 50,
    "Delete and Delete": 20,
    "Delete and Cancel": 10,
    "Delete and their Delete": 5,
    "Cancel": 8,
    "nothing": 7,
}
"""On a request, and how often; a colleague's click is refused."""
ANSWER_S = 25.0
"""In which a process at work answers, and one that is stopped meanwhile too."""
_PATIENCE_S = 12.0
_LOOKS = 0.35
_TIRED_S = 2.0  # of somebody who was turned away


@dataclass
class People:
    """`told` is when somebody last heard something that others don't see. They go home at `ends_at`, at the latest."""

    cluster: Cluster
    seconds: float
    crowd: Sequence[str] = PEOPLE
    told: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.ends_at = math.inf
        self.watch = Watch(self.cluster, self.cluster.conversations)
        self.cluster.journal.heard = self._hear
        self.cluster.ticket_api.tickets.update({case: ticket(case) for case in LOOKED_AT})

    def _hear(self, said: Said) -> None:
        if said.posted.visible_to and "still looking" not in said.claims:
            self.told[said.posted.visible_to] = said.at
        self.watch.hear(said)

    async def live(self) -> None:
        """Until the time is over."""
        self.ends_at = now() + self.seconds
        async with asyncio.TaskGroup() as group:
            for number, person in enumerate(self.crowd):
                group.create_task(self._live(person, CHANNELS[number % len(CHANNELS)]))

    async def _live(self, person: str, channel: str) -> None:
        random = self.cluster.random
        while now() < self.ends_at:
            await asyncio.sleep(random.uniform(0.2, 1.5))
            if random.random() < _LOOKS:
                await self._look(person, channel)
            elif conversation := await self._ask(person, channel):
                await self._decide(conversation)
            else:
                await asyncio.sleep(_TIRED_S)

    async def _look(self, person: str, channel: str) -> None:
        at = now()
        case = self.cluster.random.choice(LOOKED_AT)
        taken = await self.cluster.slack.command(person, "/ticket", case, channel)
        self.counts["looks"] += 1
        await self._is_answered(f"/ticket of {person}", taken, at, lambda: self.told.get(person, 0) > at)

    async def _ask(self, person: str, channel: str) -> Conversation | None:
        """None where no request was posted."""
        cluster, at = self.cluster, now()
        conversation = Conversation(cluster.open_ticket(), person, channel)
        case = conversation.case
        cluster.conversations[case] = conversation
        cluster.tell(f"{case}: {person} asks")
        taken = await cluster.slack.command(person, "/ticket-delete", case, channel)
        self.counts["requests"] += 1
        await self._is_answered(case, taken, at, lambda: last_of(cluster, case) or self.told.get(person, 0) > at)
        return conversation if last_of(cluster, case) else None

    async def _is_answered(self, what: str, sent: object, at: float, is_so: Callable[[], object]) -> None:
        """By a process to which nothing happened meanwhile; another one may have forgotten it."""
        taken = sent.by if isinstance(sent, Taken) else ()
        cluster = self.cluster
        while not is_so() and now() - at < ANSWER_S:
            # One that is asked to stop answers first.
            if not any(cluster.was_well(name, at, now(), but="stop") for name in taken):
                self.counts["(a command whose process died or froze, or that none took)"] += 1
                return
            await asyncio.sleep(0.05)
        if is_so():
            self.waits.append(now() - at)
        else:
            cluster.problems.append(f"{what}: not answered within {ANSWER_S:g} s by {', '.join(taken)}")

    async def _decide(self, conversation: Conversation) -> None:
        random = self.cluster.random
        await asyncio.sleep(random.uniform(0, 1.0))
        does = random.choices(tuple(CLICKS), tuple(CLICKS.values()))[0]
        colleague = random.choice([one for one in PEOPLE if one != conversation.person])
        clicks = [
            (colleague if word.startswith("their") else conversation.person, word.rpartition(" ")[2])
            for word in does.split(" and ")
            if word != "nothing"
        ]
        self.counts[f"  clicks {does}"] += 1
        await asyncio.gather(*(self._click(conversation, *click) for click in clicks))
        if clicks:
            await until(lambda: self._is_over(conversation), _PATIENCE_S)

    def _is_over(self, conversation: Conversation) -> bool:
        last = last_of(self.cluster, conversation.case)
        return has_ended(self.cluster, conversation.case) and last is not None and "request" not in last.claims

    async def _click(self, conversation: Conversation, who: str, label: str) -> None:
        request = last_of(self.cluster, conversation.case)
        if request is None or not any(one.startswith(label) for one in request.buttons):
            return
        clicked = Click(request.posted.ts, now())
        if who == conversation.person:  # a word about one of two clicks is true of that one
            conversation.clicks.append(clicked)
        self.cluster.tell(f"{conversation.case}: {who} clicks {label}")
        taken = await self.cluster.slack.click(who, request.posted, label)
        clicked.until = now()
        clicked.deliveries = len(taken.by) if isinstance(taken, Taken) else 1
