"""What the bot's log may not have in it: a traceback, an error that no fault explains, and anybody's secrets."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.simulation.people import PERSONAL, SECRET

_LEVEL = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) (?P<rest>.*)$")
_RESPONSE_URL = "/response/"
EXPECTED: tuple[str, ...] = ()
"""Errors that the faults explain."""


def wrong_in(lines: Iterable[str], secrets: Sequence[str]) -> list[str]:
    """Of a secret its kind, never its text."""
    found: Counter[str] = Counter()
    hidden = {"a ticket's text": SECRET, "a person's address": PERSONAL, "a response_url": _RESPONSE_URL}
    hidden |= {f"the {number}. secret of the settings": secret for number, secret in enumerate(secrets, 1)}
    for line in lines:
        found.update(what for what, text in hidden.items() if text in line)
        if line.startswith("Traceback"):
            found["a traceback"] += 1
        match = _LEVEL.match(line)
        is_error = match and match["level"] in {"ERROR", "CRITICAL"}
        if match and is_error and not any(re.search(words, line) for words in EXPECTED):
            found[f"an error: {match['rest'][:200]}"] += 1
    return [f"the log has {what} ({number} times)" for what, number in found.items()]


def levels(lines: Iterable[str]) -> Counter[str]:
    """How many lines of each level, and of each sentence from WARNING on without its numbers."""
    found: Counter[str] = Counter()
    for line in lines:
        if match := _LEVEL.match(line):
            found[match["level"]] += 1
            if match["level"] not in {"INFO", "DEBUG"}:
                found[f"  {match['level']} {_sentence(match['rest'])}"] += 1
    return found


def _sentence(rest: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "#", re.sub(r"\[[\w-]+\]|\b\d{7}\b|LOOK\d+|[UC]\d\w+", "…", rest))[:110]
