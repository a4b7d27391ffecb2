"""What the words of a message claim about a deletion: the one place that knows how the bot words things.

Each claim has its pattern; `test_words` holds for every golden message which claims it makes, so that a message that
is worded anew fails there, instead of going unexamined here.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

CLAIMS: dict[str, str] = {
    # of what was done
    "done": r"Ticket \w{7} was (?P<change>deleted|resolved)",
    "by": r"\bBy <@(?P<who>\w+)>",
    # of what was not done: nothing by this click; the change not at all
    "nothing changed": r"[Nn]othing was (?:changed|done|tried)|press changed nothing|press did not (?:delete|resolve)",
    "not done": r"(?:[Nn]othing was|was not) (?P<change>deleted|resolved)",
    "not yet": r"[Nn]othing has been deleted yet",
    # of what is not known
    "unknown": r"cannot be told",
    "may still happen": r"may still be (?:deleted|resolved)",
    "under way": r"(?:Deleting|Resolving) ticket \w{7}…",
    # of what others did with the same request
    "clicked before": r"<@(?P<who>\w+)> pressed a button here just before",
    "cancelled before": r"<@(?P<who>\w+)> cancelled this",
    "cancelled": r"cancelled by <@(?P<who>\w+)>",
    "answered before": r"<@(?P<who>\w+)> answered this",
    "expired": r"question ran out",
    # of what the ticket system said
    "key refused": r"does not accept this bot's key|rejects the bot's API key",
    "gone": r"is gone\.|not there any more",
    "there": r"(?:is|was) still there",
    "open": r"still there, and open|is still open",
    "closed": r"Ticket \w{7} is closed\.",
    "not found": r"No ticket `\w+`",
    # of what it is
    "receipt": r"Keep this: it (?:is|may be) the only copy|Copy this now",
    "not sent directly": r"could not be sent to you directly",
    "still looking": r"Still looking up",
    "refused": r":lock:",
}
DENIALS = {"nothing changed", "not done"}
UNFINISHED = {"under way", "still looking"}

_PATTERNS = {name: re.compile(pattern) for name, pattern in CLAIMS.items()}


class Claim(NamedTuple):
    """`change` is "delete" or "resolve", `who` somebody's id; empty where the words say neither."""

    name: str
    words: str
    change: str
    who: str


def find_claims(words: str) -> Iterator[Claim]:
    for name, pattern in _PATTERNS.items():
        for found in pattern.finditer(words):
            parts = found.groupdict()
            change = {"deleted": "delete", "resolved": "resolve"}.get(parts.get("change") or "", "")
            yield Claim(name, found[0], change, parts.get("who") or "")


def ending(names: frozenset[str]) -> str:
    """A message in a word or two, for the table of endings."""
    found = names - {"by", "there", "open", "nothing changed"}
    return " + ".join(sorted(found)) or ("nothing changed" if "nothing changed" in names else "other")
