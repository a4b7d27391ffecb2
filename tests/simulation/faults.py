"""What can go wrong, by name. A world's weather says which of it happens there, and how often.

Not every fault in every world: where everything fails all the time nothing gets far enough to go wrong in a new way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulation.chance import Chance
from tests.simulation.process import FREEZES

GATEWAY = (401, 403, 404, 429, 502, 503, 504)

TICKET_API = (
    "refused",  # no connection comes about
    "no connection",  # the same, after five seconds
    "lost",  # sent, never arrived, no answer
    "reset before",  # the connection is closed before it arrives
    "reset after",  # carried out, then the connection is closed
    "answer lost",  # carried out, and no answer ever
    "late answer",  # carried out at once, answered many seconds later: from before whatever happens in between
    "slow",  # carried out many seconds later, and answered then
    "broken",  # carried out, and the answer breaks off in the middle
    "unreadable",  # carried out, and answered with half of a JSON text
    "page",  # carried out, and answered 200 with somebody's HTML page
    "false",  # answered 200 with `Response: false`, not carried out
    "own 401",
    "own 403",
    "own 429",
    "own 500",
    "own 503",
    "own 500 after",  # carried out, and the API says that it failed
    "busy",  # a gateway's 503, at once: somebody else's request is being served
    *(f"gateway {status} before" for status in GATEWAY),  # at once, and not passed on
    *(f"gateway {status} after" for status in GATEWAY),  # carried out all the same
    *(f"gateway {status} later" for status in (429, 502, 503, 504)),  # answered at once, carried out within a minute
    *(f"gateway {status} late" for status in (502, 503, 504)),  # answered after many seconds, carried out or not
)
SLACK = (
    "taken, reset",  # shown, and the answer is lost
    "taken, silent",
    "taken, 500",
    "taken, late",  # shown once its sender may wait no more
    "reset",
    "silent",
    "500",
    "429",  # with a Retry-After
    "429 for long",
    "404",
    "refused",  # in Slack's own word, over the Web API
)
OUTAGES = ("refused", "lost", "answer lost", "busy", "own 429", "gateway 502 before")
"""What every request meets for some time."""
DISK = ("full", "stuck")
DELIVERY = ("twice", "twice, elsewhere", "twice, much later", "late")
OPERATOR = ("stop", "stop at once", "kill", *FREEZES, "clock jumps", "clock drifts", "another bot")
STRIKES = ("struck dead", *(f"struck by a {kind}" for kind in FREEZES))
"""What ends or freezes a process in the midst of a step: before or after a commit, a request, a message."""
AIMS = {
    "after a commit of SEND": 0.12,  # and before the first byte
    "after a commit of TAKE": 0.03,
    "after a commit of CONFIRM": 0.04,
    "when a request is carried out": 0.06,
    "before a commit of END": 0.04,
    "after a commit of END": 0.06,
}
"""The one step at which processes end or freeze in every other deletion of a world: strikes seldom meet these."""
DATABASE = (
    "database down",  # no connection comes about
    "database full",  # what changes nothing is answered
    "database stuck",  # handed over, and never carried out; no answer
    "database reset before",  # the connection is closed before it arrives
    "database reset after",  # carried out, then the connection is closed
    "database silent",  # carried out, and no answer
    "database slow",
    "database late",  # carried out once its sender waits no more
)
DATABASE_OUTAGES = ("database down", "database stuck", "database full", "database clock set")
"""What every question meets for some time; and a clock that is a minute off, either way."""
VENDOR = ("subject", "note", "note text", "file swapped", "priority", "description", "look", "close", "vanish")

OFF: dict[str, str] = {}
"""Faults that the bot cannot stand yet, with the issue after which it must."""

_LIKELY = (" later", "answer lost", "busy", "database reset after")
"""What is hardest to be right about happens more often."""
_RATES = {"": 0.25, "0.02": 0.25, "0.08": 0.25, "0.25": 0.25}
_RATES_OF_STRIKES = {"": 0.4, "0.003": 0.2, "0.01": 0.2, "0.03": 0.2}
_RATES_OF_CHANGES = {"": 0.25, "0.2": 0.25, "0.5": 0.25, "0.8": 0.25}
"""Of them there are few in a world, and most of what can go wrong goes wrong there."""
_RATES_OF_LATE_EDITS = {"": 0.75, "0.3": 0.25}
"""Of edits that land once their sender has tried again: of a message that is edited twice in some seconds, on top."""


@dataclass(frozen=True)
class Weather:
    """Which faults there are in this world, each with its probability at each chance that it has."""

    reads: Mapping[str, float]
    changes: Mapping[str, float]
    slack: Mapping[str, float]
    late_edits: float
    delivery: Mapping[str, float]
    operator: Mapping[str, float]
    outages: Mapping[str, float]
    disk: Mapping[str, float]
    strikes: Mapping[str, float]
    aim: str
    database: Mapping[str, float]
    database_outages: Mapping[str, float]

    @classmethod
    def draw(cls, chance: Chance, without: frozenset[str]) -> "Weather":
        def some(place: str, kinds: tuple[str, ...], rates: Mapping[str, float] = _RATES) -> Mapping[str, float]:
            rate = float(chance.choose(f"how much of {place}", rates) or 0)
            there = [
                kind for kind in kinds if kind not in {*without, *OFF} and chance.happens(f"{place} meet {kind}", 0.3)
            ]
            weights = {kind: 3 if kind.endswith(_LIKELY) else 1 for kind in there}
            return {kind: rate * weight / sum(weights.values()) for kind, weight in weights.items()}

        return cls(
            reads=some("reads", TICKET_API),
            changes=some("changes", TICKET_API, _RATES_OF_CHANGES),
            slack=some("Slack", SLACK),
            late_edits=float(chance.choose("how many edits are late", _RATES_OF_LATE_EDITS) or 0),
            delivery=some("delivery", DELIVERY),
            operator=some("the operator", OPERATOR),
            outages=some("outages", OUTAGES),
            disk=some("the disk", DISK),
            strikes=some("strikes", STRIKES, _RATES_OF_STRIKES),
            aim=chance.choose("the aim", AIMS),
            database=some("the database", DATABASE),
            database_outages=some("the database's outages", DATABASE_OUTAGES),
        )
