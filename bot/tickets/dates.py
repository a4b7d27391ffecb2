"""A date as an answer has one: a time in UTC, or a day where no time was given."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, TypeVar

from pydantic import PlainValidator, TypeAdapter

_T = TypeVar("_T")
_PYDANTIC = TypeAdapter(datetime)  # ISO 8601, and seconds or milliseconds since the epoch
_MAX_LENGTH = 100  # characters of a text that may be a date
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
# What pydantic does not read: an offset in hours alone, UTC by its name, and a space before either.
_ISO_ZONE = re.compile(r"(\d:\d\d[\d:.]*)\s*(?:UTC|GMT|([+-]\d\d):?(\d\d)?)$")
# As in an e-mail's head. Only these zones have names in RFC 2822; with another the time is not known.
_RFC_2822_DAY = r"(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}"
_RFC_2822_ZONE = r"(?:[+-]\d{4}|UTC?|GMT|Z|[ECMP][SD]T)(?:\s*\(.*\))?"
_RFC_2822 = re.compile(rf"{_RFC_2822_DAY}\s+\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s*{_RFC_2822_ZONE})?")


def parse_date(value: object) -> datetime | date:
    """A time in UTC, which one without a zone is taken for. Raises ValueError, also where Slack could not show it."""
    moment = _parsed(value.strip() if isinstance(value, str) else value)
    if isinstance(moment, datetime):
        try:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("out of range") from error
    if not 1990 <= moment.year < 2200:  # noqa: PLR2004 - a ticket system's lifetime, generously
        raise ValueError("out of range")
    return moment


def _parsed(value: object) -> datetime | date:
    if not isinstance(value, str):
        return _PYDANTIC.validate_python(value)
    if len(value) > _MAX_LENGTH:
        raise ValueError("too long for a date")
    if _ISO_DAY.fullmatch(value):
        return date.fromisoformat(value)
    if re.fullmatch(_RFC_2822_DAY, value):
        return parsedate_to_datetime(f"{value} 00:00").date()
    with suppress(ValueError):
        return _PYDANTIC.validate_python(_ISO_ZONE.sub(_iso_zone, value))
    rfc_2822 = re.sub(r"(?<=\s)[+-]\d\d$", r"\g<0>00", value)
    if _RFC_2822.fullmatch(rfc_2822):
        return parsedate_to_datetime(rfc_2822)
    raise ValueError("not a date")


def _iso_zone(zone: re.Match[str]) -> str:
    time, hours, minutes = zone.groups()
    return f"{time}{hours or '+00'}:{minutes or '00'}"


DateOrDateTime = Annotated[datetime | date, PlainValidator(parse_date)]


def newest_first(entries: Iterable[_T], date_of: Callable[[_T], datetime | date | None]) -> list[_T]:
    """Those without a date keep the order in which they came, the last one first. A day is taken for its beginning."""
    return sorted(entries, key=lambda entry: _time(date_of(entry)))[::-1]


def _time(moment: datetime | date | None) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC) if moment else datetime.min.replace(tzinfo=UTC)
