"""Case numbers are found in what people write, and nothing else is taken for one."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets import case_number_from_json, find_case_numbers, find_possible_case_numbers, parse_case_number
from tests.support.tickets import read_ticket


@pytest.mark.parametrize(
    "text",
    [
        "HYXTNJV",
        "hyxtnj1",
        "#2531581",
        "`2531581`",
        "<2531581>",
        "*2531581*",
        "_2531581_",
        "~2531581~",
        "(2531581).",
        "Ticket:2531581, please",
        "“2531581”",
        "2531581!",
        "2531581.",
        "- 2531581",
        "see https://tickets.example.com/case/2531581",
        "<https://tickets.example.com/?case=2531581|the ticket>",
        "```2531581```",
        "chamado 2531581 é",
    ],
)
def test_a_case_number_is_found_whatever_stands_around_it(text: str) -> None:
    assert len(find_case_numbers(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "support letters winners",
        "253158 25315811",
        "+2531581",
        "2531581.png",
        "log_2531581",
        "555-2531581",
        "2531581@example.com",
        "<@U253158>",
        "<#C253158|support>",
        "<!subteam^S253158>",
        "2531581é",
        "٢٥٣١٥٨١",
        "ſſſſſſſ",
        "HYXTNJv",
    ],
)
def test_what_only_looks_like_a_case_number_is_left_alone(text: str) -> None:
    assert find_case_numbers(text) == []


def test_each_is_found_once_in_order_in_upper_case() -> None:
    assert find_case_numbers("abc1234 2531581/ABC1234\n2531581 HYXTNJV") == ["ABC1234", "2531581", "HYXTNJV"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the winners, not the Letters of SUPPORT", ["WINNERS"]),
        ("support support billing", ["SUPPORT", "BILLING"]),
        ("see https://support.example.com/tickets/winners or winners.html", []),
        ("hyxtnj1", []),
        ("élèvent", []),
    ],
)
def test_a_word_of_seven_small_letters_may_be_a_case_number(text: str, words: list[str]) -> None:
    assert find_possible_case_numbers(text) == words


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gives_case_numbers_or_none(text: str) -> None:
    assert all(parse_case_number(number) == number for number in find_case_numbers(text))


NUMBER = "HYXTNJV"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from([NUMBER, "x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


# Case numbers


@pytest.mark.parametrize(
    "text",
    [
        "HYXTNJV",
        "hyxtnjv",
        " HyXtNjV\n",
        "`HYXTNJV`",
        "```hyxtnjv```",
        '"HYXTNJV"',
        "'HYXTNJV'",
        "“HYXTNJV”",
        "„HYXTNJV“",
        "«HYXTNJV»",
        "#HYXTNJV",
        "# HYXTNJV",
        "<HYXTNJV>",
        "*HYXTNJV*",
        "_HYXTNJV_",
        "~HYXTNJV~",
        "\u200bHYXTNJV\ufeff",
        "\u00a0HYXTNJV\u202f",
        "\u3000HYXTNJV\u2003",
        "\u202aHYXTNJV\u202c",
        "\u202e\u2066HYXTNJV\u2069",
        "\u2067 #HYXTNJV\u2069\u061c",
        "\u2028HYXTNJV\u2029",
        "「HYXTNJV」",
        "‹HYXTNJV›",
    ],
)
def test_what_people_paste_around_a_case_number_is_forgiven(text: str) -> None:
    assert parse_case_number(text) == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "``",
        "help",
        "HYXTNJ",
        "HYXTNJVV",
        "HYXTNJV 2531581",
        "HYX TNJV",
        "HYX-NJV",
        "HYXTNJ!",
        "HYXTNJÜ",
        "ſſſſſſſ",
        "ßßßß",
        "２５３１５８１",
        "٢٥٣١٥٨١",
        "HYXTNJV\x00",
        "HYX\u200bTNJV",
        "HYX`TNJV",
        "x" * 10_000,
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_anything_else_is_no_case_number(text: str) -> None:
    assert parse_case_number(text) is None


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@settings(deadline=None)
@given(st.text())
def test_a_case_number_is_seven_letters_or_digits_whatever_was_typed(text: str) -> None:
    number = parse_case_number(text)
    assert number is None or (len(number) == 7 and number.isascii() and number.isalnum() and number == number.upper())


SPACES = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
DIRECTIONS = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.bidirectional(chr(code)) in BIDI_CONTROLS]
AROUND = st.text([*SPACES, *DIRECTIONS, *"\u061c\u200b\u200e\u200f\u2060\ufeff\u2800`'\"“”‘’<>#*_~"])


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9]{7}", fullmatch=True), AROUND, AROUND)
def test_every_case_number_is_found_in_what_stands_around_it(number: str, before: str, after: str) -> None:
    assert parse_case_number(before + number + after) == number.upper()


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("HYXTNJV", "HYXTNJV"),
        ("hyxtnjv", "HYXTNJV"),
        (" 2531581 ", "2531581"),
        (2531581, "2531581"),
        (7, "0000007"),
        ("7", "0000007"),
        (0, "0000000"),
    ],
    ids=repr,
)
def test_a_number_that_lost_its_zeros_on_the_way_is_seven_digits_again(value: object, number: str) -> None:
    assert case_number_from_json(value) == number


@pytest.mark.parametrize(
    "value",
    [None, True, False, -1, 10**7, 7.0, float("nan"), "", " ", "ABC", "00000007", "٧", "²", [], {}, ["HYXTNJV"]],
)
def test_an_answer_without_a_usable_case_number_has_none(value: object) -> None:
    with pytest.raises(ValueError, match="no usable case number"):
        case_number_from_json(value)
    with pytest.raises(ValueError):
        read_ticket({"CaseNumber": value, "Status": False})


@settings(deadline=None)
@given(st.integers(0, 10**7 - 1))
def test_every_number_of_seven_digits_comes_back_whole(value: int) -> None:
    whole = f"{value:07}"
    assert case_number_from_json(value) == case_number_from_json(whole) == whole
    assert case_number_from_json(str(value)) == parse_case_number(whole) == whole


@settings(deadline=None)
@given(JSON)
def test_an_answered_case_number_is_seven_letters_or_digits_or_none(value: object) -> None:
    try:
        number = case_number_from_json(value)
    except ValueError:
        return
    assert parse_case_number(number) == number
