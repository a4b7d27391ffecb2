"""Ways to reach a person are found in a line however they are written; what only looks like one a little stays."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.tickets import contacts

_NAME = st.text("abcdefghijklmnopqrstuvwxyzäñ0123456789._+-", min_size=1, max_size=20).filter(
    lambda text: text[0] != "."
)
ADDRESSES = st.builds("{}{}{}.{}".format, _NAME, st.sampled_from("@＠"), _NAME, st.sampled_from(["com", "co.uk", "es"]))


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


_GAPS = st.sampled_from([" ", "-", ".", " - ", "/", "\u00a0", "\u2011"])
_GROUPED = st.builds(lambda gap, parts: gap.join(parts), _GAPS, st.tuples(*map(_digits, (3, 3, 4))))
TELEPHONES = st.one_of(
    st.integers(8, 15).flatmap(_digits).filter(lambda digits: not digits.startswith(("19", "20"))),
    _GROUPED.filter(lambda number: not number.startswith("1 ")),
    st.builds("({}) {}-{}".format, _digits(3), _digits(3), _digits(4)),
    st.builds("+{} {}".format, st.integers(1, 999), _GROUPED),
    st.builds("00{} {}".format, st.integers(1, 999), _GROUPED),
    st.builds("1-{}".format, _GROUPED),
)
IPS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str).filter(lambda ip: ip != "::")
CONTACTS = st.one_of(ADDRESSES, TELEPHONES, IPS)
_AROUND = st.sampled_from(["{}", "call {}.", "<{}>", "{}, {}", "tel:{}", "({})", "at {}!", "2026-11-26 {}", "“{}”"])


@given(CONTACTS, _AROUND)
@example("::1", "tel:{}")
@example("2001:db8::1", "Device:{}")
def test_no_way_to_reach_a_person_stays_in_a_line(contact: str, around: str) -> None:
    masked = contacts.mask(around.format(contact, contact))
    assert contact not in masked
    assert masked.count("[") >= 1
    assert not any(len(part) > 6 for part in _runs_of_digits(masked.replace("2026-11-26", "")))


def _runs_of_digits(text: str) -> list[str]:
    return "".join(char if char.isdigit() else " " for char in text).split()


@pytest.mark.parametrize(
    "line",
    [
        "2531581",
        "Merge 2531581 2650478 into 2531582",
        "Since 2026-11-26T10:00:00.000Z, again on 26.11.2026 at 10:15:00",
        "11/26/2026 and 2025-2026",
        "550e8400-e29b-41d4-a716-446655440000",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4",
        "Chrome 120.0.6099.109, version 1.2.3",
        "182334 bytes, 1,234,567.89 USD, 99.95 %",
        "@here and @alice meet @ 5",
        "https://example.com/@alice",
        "std::vector, 10:00:00",
        "12 of 300",
    ],
)
def test_what_is_no_way_to_reach_a_person_stays(line: str) -> None:
    assert contacts.mask(line) == line


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ('"jane roe"@example.com', "[e-mail address]"),
        ("jane%40example.com", "[e-mail address]"),
        ("mailto:jane@example.com?subject=hi", "mailto:[e-mail address]?subject=hi"),
        ("::ffff:192.0.2.7", "::ffff:[IP address]"),
        ("192.0.2.7:8080", "[IP address]:8080"),
        ("４１５５５５１２３４５", "[phone number]"),
        ("+49 (0)171 2345678", "[phone number]"),
        ("06 12 34 56 78", "[phone number]"),
        ("555-1234", "[phone number]"),
    ],
)
def test_a_way_to_reach_a_person_is_known_in_each_of_its_spellings(line: str, masked: str) -> None:
    assert contacts.mask(line) == masked


@pytest.mark.parametrize(
    "part", ["a", "a@", "@", "%40", "1", "1 ", "12 ", "+1", "(0", "1.", ":", "a:", "::", "2026-1", "f0"]
)
def test_half_a_contact_many_times_over_costs_no_more_than_its_length(part: str) -> None:
    contacts.mask(part * (300_000 // len(part)))  # in quadratic time it would take hours
