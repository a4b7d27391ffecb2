"""What a JSON value must be: rules that are put together, and that say in words what is wrong."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.blockkit.text import utf16_len

Validator = Callable[[Any, str], Iterator[str]]
"""Given a value and the name of its place, tells its faults."""


def string(maximum: int, pattern: str = r"(?s).*\S.*") -> Validator:
    def validate(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{path}: not a string"
        elif not re.fullmatch(pattern, value):
            yield f"{path}: empty" if not value.strip() else f"{path}: malformed: {value[:60]!r}"
        elif utf16_len(value) > maximum:
            yield f"{path}: {utf16_len(value)} characters, at most {maximum}"

    return validate


def url(maximum: int, *schemes: str) -> Validator:
    def validate(value: object, path: str) -> Iterator[str]:
        faults = list(string(maximum, r"[!-~]+")(value, path))
        if not faults and not _has_scheme(str(value), schemes):
            faults.append(f"{path}: not a link of {', '.join(schemes)}")
        yield from faults

    return validate


def _has_scheme(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.path if parts.scheme == "mailto" else parts.hostname)


def one_of(*values: object) -> Validator:
    def validate(value: object, path: str) -> Iterator[str]:
        if not any(value == known and type(value) is type(known) for known in values):
            yield f"{path}: {value!r} is none of {', '.join(map(repr, values))}"

    return validate


def flag(value: object, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{path}: {value!r} is not true or false"


def whole(minimum: int, maximum: int) -> Validator:
    def validate(value: object, path: str) -> Iterator[str]:
        if type(value) is not int or not minimum <= value <= maximum:
            yield f"{path}: {value!r} is no whole number from {minimum} to {maximum}"

    return validate


def list_of(of: Validator, maximum: int, minimum: int = 1) -> Validator:
    def validate(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, list | tuple):
            yield f"{path}: not a list"
            return
        if not minimum <= len(value) <= maximum:
            yield f"{path}: {len(value)} of them, {minimum} to {maximum} are allowed"
        for number, item in enumerate(value):
            yield from of(item, f"{path}[{number}]")

    return validate


def object_of(
    required: Mapping[str, Validator], optional: Mapping[str, Validator] | None = None, *, any_of: str = ""
) -> Validator:
    """`any_of`: keys of which one at least must be there."""
    known = {**required, **(optional or {})}

    def validate(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: not an object"
            return
        yield from (f"{path}: no {key}" for key in required if key not in value)
        yield from (f"{path}: unknown key {key!r}" for key in value if key not in known and key != "type")
        if any_of and not value.keys() & any_of.split():
            yield f"{path}: none of {any_of}"
        for key in value.keys() & known.keys():
            yield from known[key](value[key], f"{path}.{key}")

    return validate


def typed(**kinds: Validator) -> Validator:
    """An object whose `type` says which rule it is under."""

    def validate(value: object, path: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in kinds:
            yield from kinds[kind](value, path)
        else:
            yield f"{path}: type {kind!r} is none of {', '.join(kinds)}"

    return validate
