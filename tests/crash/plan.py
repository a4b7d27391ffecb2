"""What a round is to be, all of it decided beforehand: a seed gives the same rounds, however fast the machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from tests.crash.steps import API_FAULTS, SLACK_FAULTS, STEPS, WANTED
from tests.crash.world import ALICE, BOB, MEMBER, STRANGER

DEEDS = ("kill", "kill", "freeze", "freeze", "stop")
FREEZES_S = (1.0, 2.5, 4.0, 7.0, 12.0, 20.0)


@dataclass(frozen=True)
class Ask:
    """One person's request for one ticket; `pause_s` is from its message to the click."""

    person: str
    channel: str
    pause_s: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`part` from 0 to 1: how far into the step the deed comes. `thaw_s` and `retire_s` are of one that is overtaken.

    `looks`: people wait for the truth before the next round, and `again` of them one clicks once more, if any.
    """

    number: int
    step: str
    deed: str
    asks: tuple[Ask, ...]
    part: float
    release_s: float
    freeze_s: float
    thaw_s: float
    retire_s: float
    retires_by_kill: bool
    looks: bool
    again: int | None
    slack_fault: tuple[str, SlackFault] | None
    api_fault: tuple[str, Fault] | None

    @property
    def title(self) -> str:
        how_long = f" for {self.freeze_s:g} s" if self.deed == "freeze" else ""
        return f"round {self.number}: {self.deed}{how_long} {self.step}"


def plans(seed: str, database: str, transport: str) -> Iterator[Plan]:
    """Without end. What is wanted most comes first, and in the other world of the same database the other way round."""
    is_shared = database == "postgres"
    deck = [(step, deed) for step in WANTED for deed in ("kill", "freeze", "stop")]
    Random(f"{seed} {database}").shuffle(deck)
    if transport == "socket":
        deck.reverse()
    for_long = [("while committing", "freeze for long"), ("before the first byte", "freeze for long")]
    deck = [*(for_long if is_shared else ()), *deck]  # they go on for more than a minute, beside everything else
    deeds = (*DEEDS, "overtake") if is_shared else DEEDS
    for number in count(1):
        random = Random(f"{seed} {database} {transport} {number}")
        if not deck:
            deck = [(step, deed) for step in STEPS for deed in deeds]
            random.shuffle(deck)
        step, deed = deck.pop(0)
        yield _plan(number, step, deed, random)


def _plan(number: int, step: str, deed: str, random: Random) -> Plan:
    asks = tuple(
        Ask(random.choice((ALICE, BOB)), random.choice((MEMBER, MEMBER, STRANGER)), random.choice((0.0, 0.0, 0.2)))
        for _ in range(random.choice((1, 1, 2, 3)))
    )
    where = random.choice(("chat.update", "response_url", "chat.postMessage"))
    return Plan(
        number=number,
        step=step,
        deed=deed,
        asks=asks,
        part=random.random(),
        release_s=random.choice((0.0, 1.0, 4.0)),
        freeze_s=random.choice(FREEZES_S),
        thaw_s=random.choice((0.0, 3.0, 9.0)),
        retire_s=random.choice((1.0, 4.0)),
        retires_by_kill=random.random() < 0.5,
        looks=random.random() < 0.7,
        again=random.randrange(len(asks)) if random.random() < 0.5 else None,
        slack_fault=(where, random.choice(SLACK_FAULTS)) if random.random() < 0.3 else None,
        api_fault=random.choice(API_FAULTS) if random.random() < 0.2 else None,
    )
