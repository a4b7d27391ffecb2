"""What is printed steers no terminal, and can be read."""

import pytest

from commands.table import printable

FAMILY, HEART, KEYCAP = "👩🏽\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize("text", [FAMILY, HEART, KEYCAP, ENGLAND, "می\u200cخواهم", "क्\u200dष", "two\nlines"])
def test_what_is_joined_stays_joined(text: str) -> None:
    assert printable(f"a {text} b") == f"a {text} b"


@pytest.mark.parametrize("char", ["\x1b", "\x9b", "\r", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud83d", "\x00"])
def test_what_a_terminal_would_obey_is_replaced(char: str) -> None:
    assert printable(f"👩{char}👧") == "👩\ufffd👧"


@pytest.mark.parametrize("text", ["a\u200db", "👩\u200d", "\u200d👩", "a\U000e0067b"])
def test_a_joiner_that_joins_nothing_is_left_out(text: str) -> None:
    assert printable(text).isprintable()
