"""That what a log may not have in it is found, and not printed again where it is a secret."""

import pytest

from tests.simulation.people import PERSONAL, SECRET
from tests.soak.log import levels, wrong_in

TOKEN = "xoxb-1234"
LINE = "2026-11-26 21:00:02.007+00:00 {} handlers.slack.runner [GFF3K] {}"


@pytest.mark.parametrize("text", [SECRET, PERSONAL, TOKEN, "http://127.0.0.1:1/response/0123456789abcdef"])
def test_a_secret_in_the_log_is_found_and_not_repeated(text: str) -> None:
    problems = wrong_in([LINE.format("INFO", f"sent {text} to Slack")], (TOKEN,))
    assert problems
    assert not [problem for problem in problems if text in problem]


def test_a_traceback_and_an_error_are_found() -> None:
    lines = [LINE.format("ERROR", "unexpected"), "Traceback (most recent call last):", "ValueError: x"]
    assert len(wrong_in(lines, ())) == 2


def test_what_the_faults_explain_is_no_problem() -> None:
    assert not wrong_in([LINE.format("WARNING", "failed: HTTP 502 from a gateway"), LINE.format("INFO", "asked")], ())


def test_lines_count_by_their_sentence_whatever_its_numbers() -> None:
    lines = [LINE.format("WARNING", f"/ticket LOOK{number} by U01PERSON{number}: {number} s") for number in (11, 12)]
    assert set(levels(lines).values()) == {2}
