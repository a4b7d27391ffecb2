"""When a rule is asked, and which rules hold not yet."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.simulation.journal import Journal

Rule = Callable[[Journal, Any], Iterator[str]]
RULES: dict[str, list[Rule]] = defaultdict(list)
"""By the moment at which they are asked: see `at`."""

OFF: dict[str, str] = {
    "a_late_check_unsays_nothing": "a finding of the simulation",
    "what_was_denied_does_not_happen_after_a_clock_was_set": "issue 14",
    "a_cancel_holds_in_every_process": "issue 14",
    "a_request_is_carried_out_by_one_click_in_all_processes": "issue 14",
    "what_a_killed_process_began_ends_too": "issue 14",
}
"""Rules that do not hold yet, with the issue after which they must."""


def at(moment: str) -> Callable[[Rule], Rule]:
    """The moment at which the rule is asked.

    "sent", "carried out" and "over" are a request's to the API; "said", "audited" and "logged" are a bot's words;
    "ended" is a click's, and "end" the world's.
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
