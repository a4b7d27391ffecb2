"""When a rule is asked, and which rules hold not yet."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.simulation.journal import Journal

Rule = Callable[[Journal, Any], Iterator[str]]
RULES: dict[str, list[Rule]] = defaultdict(list)
"""By the moment at which they are asked: see `at`."""

OFF: dict[str, str] = {}
"""Rules that do not hold yet, with the issue after which they must."""


def at(moment: str) -> Callable[[Rule], Rule]:
    """The moment at which the rule is asked.

    "sent", "carried out" and "over" are a request's to the API; "said", "audited" and "logged" are a bot's words;
    "ended" is a click's, "quiet" comes some seconds after the last fault, and "end" is the world's. "a day later" comes
    in place of both where the API stays dead.
    """

    def register(rule: Rule) -> Rule:
        RULES[moment].append(rule)
        return rule

    return register


def violations(moment: str, journal: Journal, fact: object) -> Iterator[tuple[str, str]]:
    """The names of the rules that are broken, and what is wrong."""
    for rule in RULES[moment]:
        if rule.__name__ not in OFF:
            for wrong in rule(journal, fact):
                yield rule.__name__, wrong
