"""What a JSON value must be: rules that are put together, and that say in words what is wrong."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.blockkit.text import utf16_len

Rule = Callable[[Any, str], Iterator[str]]
"""Given a value and the name of its place, tells its faults."""


def string(most: int, pattern: str = r"(?s).*\S.*") -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{where}: not a string"
        elif not re.fullmatch(pattern, value):
            yield f"{where}: empty" if not value.strip() else f"{where}: malformed: {value[:60]!r}"
        elif utf16_len(value) > most:
            yield f"{where}: {utf16_len(value)} characters, at most {most}"

    return rule


def url(most: int, *schemes: str) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        faults = list(string(most, r"[!-~]+")(value, where))
        if not faults and not _has_scheme(str(value), schemes):
            faults.append(f"{where}: not a link of {', '.join(schemes)}")
        yield from faults

    return rule


def _has_scheme(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.path if parts.scheme == "mailto" else parts.hostname)


def one_of(*values: object) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not any(value == known and type(value) is type(known) for known in values):
            yield f"{where}: {value!r} is none of {', '.join(map(repr, values))}"

    return rule


def flag(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{where}: {value!r} is not true or false"


def whole(least: int, most: int) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if type(value) is not int or not least <= value <= most:
            yield f"{where}: {value!r} is no whole number from {least} to {most}"

    return rule


def list_of(of: Rule, most: int, least: int = 1) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list | tuple):
            yield f"{where}: not a list"
            return
        if not least <= len(value) <= most:
            yield f"{where}: {len(value)} of them, {least} to {most} are allowed"
        for number, one in enumerate(value):
            yield from of(one, f"{where}[{number}]")

    return rule


def object_of(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *, any_of: str = "") -> Rule:
    """`any_of`: keys of which one at least must be there."""
    known = {**required, **(optional or {})}

    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: not an object"
            return
        yield from (f"{where}: no {key}" for key in required if key not in value)
        yield from (f"{where}: unknown key {key!r}" for key in value if key not in known and key != "type")
        if any_of and not value.keys() & any_of.split():
            yield f"{where}: none of {any_of}"
        for key in value.keys() & known.keys():
            yield from known[key](value[key], f"{where}.{key}")

    return rule


def typed(**kinds: Rule) -> Rule:
    """An object whose `type` says which rule it is under."""

    def rule(value: object, where: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in kinds:
            yield from kinds[kind](value, where)
        else:
            yield f"{where}: type {kind!r} is none of {', '.join(kinds)}"

    return rule
