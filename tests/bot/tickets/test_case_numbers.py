"""Case numbers are found in what people write, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets import find_case_numbers, find_possible_case_numbers, parse_case_number


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
