"""A date as an answer has one: a time in UTC, or a day where no time was told."""

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets import newest_first
from bot.tickets.dates import parse_date

TEN = datetime(2025, 1, 26, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-01-26T10:00:00.000Z", TEN),
        ("2025-01-26T10:00:00", TEN),
        ("2025-01-26 10:00", TEN),
        ("2025-01-26T10:00:00+00", TEN),
        ("2025-01-26 07:00:00-03", TEN),
        ("2025-01-26T15:30:00.000+0530", TEN),
        ("2025-01-26 12:00:00 +02:00", TEN),
        ("2025-01-26 12:00:00 +02", TEN),
        ("2025-01-26 10:00:00 UTC", TEN),
        ("2025-01-26T10:00:00 GMT", TEN),
        ("Sun, 26 Jan 2025 10:00:00 +0000", TEN),
        ("Sun, 26 Jan 2025 10:00:00 GMT", TEN),
        ("Sun, 26 Jan 2025 10:00:00 UTC", TEN),
        ("Sun, 26 Jan 2025 12:00:00 +0200 (CEST)", TEN),
        ("26 Jan 2025 05:00 EST", TEN),
        ("26 Jan 2025 07:00:00 -03", TEN),
        ("26 Jan 2025 10:00:00", TEN),
        (1737885600, TEN),
        (1737885600000, TEN),
        ("1737885600", TEN),
        ("2025-01-26", TEN.date()),
        (" 2025-01-26\n", TEN.date()),
        ("20250126", TEN.date()),
        ("26 Jan 2025", TEN.date()),
        ("Sun, 26 Jan 2025", TEN.date()),
    ],
)
def test_a_date_is_read_however_it_is_spelled(written: object, moment: date) -> None:
    assert parse_date(written) == moment
    assert type(parse_date(written)) is type(moment)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            "soon",
            "2025",
            "2025-01",
            "2025-02-31",
            "0000-00-00",
            "0000-00-00 00:00:00",
            "31 Feb 2025",
            "1 Abc 2025",
        ),
        *("2025-01-26T10:00:00+99", "2025-01-26T25:00:00", "26 Jan 2025 25:00 GMT", "9" * 5000, "1:11" * 30_000),
        *("Sun, 26 Jan 2025 10:00:00 CEST", "26 Jan 2025 10:00 +2"),  # when that was, nobody can tell
        *("1899-01-01", "2200-01-01", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
        *(True, None, [], {}, float("nan"), 1e18, 10**400),
    ],
    ids=lambda written: repr(written)[:40],
)
def test_what_is_no_date_or_cannot_be_shown_is_a_value_error(written: object) -> None:
    with pytest.raises(ValueError):
        parse_date(written)


OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
TIMES = st.datetimes(datetime(1990, 1, 2), datetime(2199, 12, 30), timezones=OFFSETS).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, fold=0)
)


@settings(deadline=None)
@given(TIMES, st.sampled_from(["T", " "]), st.sampled_from(["%:z", " %:z", "%z", " %z"]))
def test_a_time_means_the_same_in_iso_8601_and_in_rfc_2822(moment: datetime, between: str, offset: str) -> None:
    zone = moment.isoformat()[-6:]
    spelled = f"{moment:%Y-%m-%d}{between}{moment:%H:%M:%S}{offset.replace('%:z', zone).replace('%z', f'{moment:%z}')}"
    assert parse_date(spelled) == parse_date(format_datetime(moment)) == moment


@settings(deadline=None)
@given(TIMES.filter(lambda moment: moment.isoformat().endswith(":00")))
def test_an_offset_in_hours_alone_is_an_offset(moment: datetime) -> None:
    assert parse_date(moment.isoformat()[:-3]) == moment
    assert parse_date(format_datetime(moment)[:-2]) == moment


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2199, 12, 31)))
def test_a_day_is_that_day_however_it_is_spelled(day: date) -> None:
    spelled = (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%d %b %Y}", f"{day:%a, %d %b %Y}")
    assert {parse_date(text) for text in spelled} == {day}
    assert not any(isinstance(parse_date(text), datetime) for text in spelled)


@settings(deadline=None, max_examples=200)
@given(st.text() | st.from_regex(r"[0-9TZ:+. JanFeb,-]{0,30}", fullmatch=True) | st.integers() | st.floats())
def test_anything_is_a_date_or_a_value_error(written: Any) -> None:  # noqa: ANN401
    try:
        moment = parse_date(written)
    except ValueError:
        return
    assert 1990 <= moment.year < 2200
    assert not isinstance(moment, datetime) or moment.tzinfo is UTC


def test_the_newest_comes_first_and_a_day_is_taken_for_its_beginning() -> None:
    before, day, after = datetime(2025, 1, 25, 23, tzinfo=UTC), date(2025, 1, 26), TEN
    dates = [None, before, after, day, before, None]
    order = newest_first(enumerate(dates), lambda entry: entry[1])
    assert [number for number, _ in order] == [2, 3, 4, 1, 5, 0]
