"""The credential that an answer has is in no ticket, wherever and however it stands."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import Ticket
from tests.bot.tickets.test_ticket import FIELDS, INNER
from tests.support.tickets import read_ticket

NUMBER = "HYXTNJV"


def ticket(**fields: object) -> Ticket:
    return read_ticket({"CaseNumber": NUMBER, **fields})


# Credentials


@pytest.mark.parametrize(
    ("token", "elsewhere"),
    [
        (123456789012, 123456789012),
        ("98765432109", 98765432109),
        (1234567890.5, "is 1234567890.5"),
        (" abcdefgh12345678 ", "is abcdefgh12345678."),
        ("ab+cd/ef==gh", "https://a.example/?t=ab%2Bcd%2Fef%3D%3Dgh"),
        ("a&b<c>d'efgh", "a&amp;b&lt;c&gt;d&#x27;efgh"),
    ],
)
@pytest.mark.parametrize("key", ["UserToken", "api-key", "X Api Key", "Bearer", "pwd", "Credentials"])
def test_a_credential_is_struck_out_however_it_is_spelled(key: str, token: object, elsewhere: object) -> None:
    parsed = ticket(Survey={key: token, "a": elsewhere}, Views=123456789, Description=f"<p>{elsewhere}</p>")
    assert "[left out]" in str(parsed.survey)
    assert "[left out]" in (parsed.description or "")
    assert key not in str(parsed.survey)
    assert parsed.views == 123456789


def test_a_credential_that_is_called_like_a_field_takes_none_away() -> None:
    parsed = ticket(AccountInfo={"UserToken": "Description"}, Description="hidden?")
    assert parsed.description == "hidden?"


def test_of_many_credentials_each_is_struck_out_wherever_it_stands() -> None:
    tokens = [f"token-{number:05}-{'x' * (number % 7)}" for number in range(3_000)]
    history = [{"Action": f"by {token}", "UserToken": token} for token in tokens]
    parsed = ticket(Statistics=history, Description=" ".join(tokens))
    assert {event.action for event in parsed.statistics} == {"by [left out]"}
    assert "token-" not in (parsed.description or "")


TOKENS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=40).map(
    lambda text: f"§{text}"
)


def _places(token: str) -> st.SearchStrategy[dict[str, Any]]:
    """Tickets with the token under its key, and at random places besides."""
    text = st.sampled_from([token, f"see {token}.", f"<p>{token}{token}</p>", "harmless"])
    value = st.recursive(
        text | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(text | st.sampled_from([*FIELDS, *INNER, "UserToken", "user_token"]), inner, max_size=4)
        ),
        max_leaves=8,
    )
    holder = st.sampled_from(
        [
            {"UserToken": token},
            {"AccountInfo": {"UserToken": token, "FullName": "John"}},
            {"Statistics": [{"Action": "create", "UserToken": token}]},
            {"Survey": {"by": {"accessTokens": [{"of": token}]}}},
            {"AttachmentInfo": {"api_key": token}},
        ]
    )
    return st.builds(
        lambda rest, held: {**rest, **held, "CaseNumber": NUMBER},
        st.dictionaries(st.sampled_from(FIELDS), value),
        holder,
    )


@settings(deadline=None, max_examples=50)
@given(TOKENS.flatmap(lambda token: st.tuples(st.just(token), _places(token))))
def test_the_user_token_is_nowhere_in_a_ticket(made: tuple[str, dict[str, Any]]) -> None:
    token, data = made
    parsed = read_ticket(data)
    assert token not in repr(parsed)
    assert token not in repr(parsed.model_dump())
    assert token not in json.dumps(parsed.model_dump(mode="json"), ensure_ascii=False)


@pytest.mark.parametrize("number", sorted(TICKETS))
def test_no_sample_ticket_keeps_its_credential(number: str) -> None:
    shown = repr(read_ticket(TICKETS[number]))
    assert "secret-user-token" not in shown
    assert "<user-token>" not in shown


def test_a_short_word_that_is_also_a_credential_stays_in_the_text() -> None:
    parsed = ticket(AccountInfo={"UserToken": "open"}, Subject="Can't open it")
    assert parsed.subject == "Can't open it"


def test_the_rest_of_a_text_with_a_credential_in_it_is_kept() -> None:
    parsed = ticket(AccountInfo={"UserToken": "abcd1234"}, Subject="My token is abcd1234, help", Files=["abcd12345"])
    assert parsed.subject == "My token is [left out], help"
    assert parsed.files == ("[left out]5",)
