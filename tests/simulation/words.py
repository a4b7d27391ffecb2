"""What the words of a message claim about a deletion: the one place that knows how the bot words things.

Each claim has its pattern; `test_words` holds for every golden message which claims it makes, so that a message that
is worded anew fails there, instead of going unexamined here.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

CLAIMS: dict[str, str] = {
    # of what was done
    "done": r"Ticket \w{7} (?:was )?(?P<change>deleted|resolved)\b",
    "most likely": r"Most likely this request (?P<change>deleted|resolved) it",
    "confirmed by": r"[Cc]onfirmed by <@(?P<who>\w+)>|<@\w+> confirmed it",
    "asked by": r"[Aa]sked by <@(?P<who>\w+)>",
    # of what was not done: nothing by this click; the change not at all
    "nothing changed": r"Nothing was (?:changed|done)|click changed nothing|click did not (?:delete|resolve)",
    "nothing sent": r"nothing was sent",
    "not done": r"(?:was not|Not) (?P<change>deleted|resolved)\b",
    # of what is not known
    "unknown": r"We don't know whether ticket \w{7} was",
    "may still happen": r"isn't (?:deleted|resolved) yet, but that may still happen",
    "never said": r"never (?:confirmed|said)",
    "under way": r"(?:Deleting|Resolving) ticket \w{7}…",
    # of what others did with the same request
    "clicked before": r"<@(?P<who>\w+)> clicked a button here",
    "cancelled before": r"<@(?P<who>\w+)> cancelled this",
    "cancelled": r"cancelled\*? by <@(?P<who>\w+)>",
    "answered before": r"<@(?P<who>\w+)> clicked here",
    "expired": r"Request to delete \w{7} expired|This request expired",
    # of what the ticket system said
    "key refused": r"does(?: not|n't) accept (?:this|the) bot's (?:API )?key|rejects the bot's API key",
    "refused by the API": r"ticket system refused it|created with someone else's account",
    "gone": r"can't be found any more",
    "open": r"It was still open",
    "closed": r"Ticket \w{7} is closed",
    "not found": r"No ticket `\w+`",
    "changed": r"The ticket changed after it was shown",
    # of what it is
    "out of date": r"couldn't be changed, and is out of date",
    "request": r"Delete ticket \w{7}\?",
    "receipt": r"Keep this: it (?:is|may be) the only copy|Copy this now",
    "not posted": r"Slack did(?: not|n't) (?:take|accept) the message",
    "maybe posted": r"Slack didn't confirm that it posted",
    "not sent directly": r"could not be sent to you directly",
    "still looking": r"Still looking up",
    "refused": r":lock: (?!\*Ticket)",
}
DENIALS = {"nothing changed", "nothing sent", "not done"}
UNFINISHED = {"under way", "still looking"}

_PATTERNS = {name: re.compile(pattern) for name, pattern in CLAIMS.items()}
_DECORATION = {"confirmed by", "asked by", "nothing changed", "never said"}


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
    return " + ".join(sorted(names - _DECORATION)) or " + ".join(sorted(names & {"nothing changed"})) or "other"
