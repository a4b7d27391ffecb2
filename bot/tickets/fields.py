"""What a stranger's JSON may look like: each kind of field, read as far as it can be understood.

Each raises ValueError for what is unusable: pydantic turns that into "left out", and a TypeError into a crash.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

_T = TypeVar("_T")
_LONGEST_INDEX = 9  # digits


def _non_empty_text(value: object) -> str:
    """A text that is there: a number is taken as its digits, an empty text as none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a text")  # noqa: TRY004 - pydantic turns a ValueError into "unusable", a TypeError into a crash
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number that can be written")
    text = str(value)
    if not text.strip():
        raise ValueError("empty")
    return text


def _number(value: object) -> object:
    """True is no 1."""
    if isinstance(value, bool):
        raise ValueError("not a number")  # noqa: TRY004 - as in _non_empty_text
    return value


def _name(value: object) -> object:
    """A person is a name, or an object that has one."""
    if isinstance(value, Mapping):
        return next((value[key] for key in ("FullName", "Name") if value.get(key)), None)
    return value


def is_closed(value: object) -> bool:
    """`Status` is false for open; the create call answers the word instead."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"open", "closed"}:
        return value.strip().lower() == "closed"
    raise ValueError("neither open nor closed")


_NOTHING = {"", "-", "0", "[]", "n/a", "no", "none", "null", "{}"}


def numbered_as_list(value: _T) -> _T | list[Any]:
    """An object with numbers for keys is a list: PHP sends one so from which it took something out."""
    if isinstance(value, Mapping) and value and all(map(_is_index, value)):
        return [value[key] for key in sorted(value, key=int)]
    return value


def _is_index(key: object) -> bool:
    return isinstance(key, str) and key.isascii() and key.isdigit() and len(key) <= _LONGEST_INDEX


def coerce_list(value: object) -> list[object]:
    """A list as it is; whatever else says something is a list of one."""
    value = numbered_as_list(value)
    if isinstance(value, list):
        return value
    says_nothing = not value or (isinstance(value, str) and value.strip().lower() in _NOTHING)
    return [] if says_nothing else [value]


def coerce_objects(key: str) -> BeforeValidator:
    """Objects as they are, a bare text as an object that has it under `key`, anything else left out."""

    def validate(value: object) -> list[object]:
        wrapped = ({key: item} if isinstance(item, str) else item for item in coerce_list(value))
        return [item for item in wrapped if isinstance(item, Mapping)]

    return BeforeValidator(validate)


def coerce_texts(value: object) -> list[str]:
    """The texts and names in a list, whatever else is in it."""
    value = numbered_as_list(value)
    if not isinstance(value, list):
        raise ValueError("not a list")  # noqa: TRY004 - as in _non_empty_text
    named = (_name(item) if not isinstance(item, Mapping) else _name(item) or item.get("Email") for item in value)
    return [item for item in named if isinstance(item, str) and item.strip()]


NonEmptyText = Annotated[str, BeforeValidator(_non_empty_text)]
Name = Annotated[str, BeforeValidator(_non_empty_text), BeforeValidator(_name)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_number)]
Count = Annotated[int, Field(ge=0, lt=10**12), BeforeValidator(_number)]
