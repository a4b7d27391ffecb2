"""What a stranger's JSON may look like: each kind of field, read as far as it can be understood.

Each raises ValueError for what is unusable: pydantic turns that into "left out", and a TypeError into a crash.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field


def _words(value: object) -> str:
    """A text that is there: a number is taken as its digits, an empty text as none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a text")  # noqa: TRY004 - pydantic turns a ValueError into "unusable", a TypeError into a crash
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number that can be written")
    text = str(value)
    if not text.strip():
        raise ValueError("empty")
    return text


def _not_a_flag(value: object) -> object:
    """True is no 1."""
    if isinstance(value, bool):
        raise ValueError("not a number")  # noqa: TRY004 - as in _words
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


def _moment(value: datetime) -> datetime:
    """In UTC, which a time without a zone is taken for; a time that Slack could not show is unusable."""
    try:
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error
    if not 1990 <= moment.year < 2200:  # noqa: PLR2004 - a ticket system's lifetime, generously
        raise ValueError("out of range")
    return moment


_NOTHING = {"", "-", "0", "[]", "n/a", "no", "none", "null", "{}"}


def coerce_list(value: object) -> list[object]:
    """A list as it is; whatever else says something is a list of one."""
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
    """The coerce_texts and names in a list, whatever else is in it."""
    if not isinstance(value, list):
        raise ValueError("not a list")  # noqa: TRY004 - as in _words
    named = (_name(item) if not isinstance(item, Mapping) else _name(item) or item.get("Email") for item in value)
    return [item for item in named if isinstance(item, str) and item.strip()]


NonEmptyText = Annotated[str, BeforeValidator(_words)]
Name = Annotated[str, BeforeValidator(_words), BeforeValidator(_name)]
UtcDateTime = Annotated[datetime, AfterValidator(_moment)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_not_a_flag)]
Count = Annotated[int, Field(ge=0, lt=10**12), BeforeValidator(_not_a_flag)]
