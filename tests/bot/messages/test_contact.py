"""Who to ask, as BOT_CONTACT names them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.contact import UNNAMED, who_to_ask


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("", UNNAMED),
        (" \n", UNNAMED),
        ("U04DANA", "<@U04DANA>"),
        ("W0123ABC9", "<@W0123ABC9>"),
        ("the help desk, ext. 42", "the help desk, ext. 42"),
        ("SUPPORT", "SUPPORT"),
        ("WINNERS", "WINNERS"),
    ],
)
def test_a_person_is_mentioned_and_a_text_stands_as_it_is(contact: str, shown: str, private: bool) -> None:  # noqa: FBT001
    assert who_to_ask(contact, private=private) == shown


def test_a_group_is_mentioned_where_nobody_else_would_be_notified() -> None:
    assert who_to_ask("S04HELP", private=True) == "<!subteam^S04HELP>"
    assert who_to_ask("S04HELP", private=False) == UNNAMED


@given(st.text(max_size=300))
def test_a_text_calls_nobody(contact: str) -> None:
    shown = who_to_ask(f"ask {contact}", private=True)
    assert not set("<>") & set(shown)
    assert 0 < len(shown) <= 200
