"""Parts of a ticket in its details: of a shape that nobody knows, of people, of strangers."""

import pytest

from bot.messages import details
from bot.sandbox.sample_tickets import TICKETS
from tests.bot.messages.detail_pages import at, pages, shown, ticket, words
from tests.support.tickets import read_ticket


@pytest.mark.parametrize("part", ["Survey", "AttachmentInfo", "GitHubIssue", "Documentation", "Files"])
def test_a_shape_that_nobody_knows_is_keys_and_values(part: str) -> None:
    text = shown(ticket(**{part: {"state": "open", "owner": {"name": "Ana"}, "labels": ["a", 1, True], "gone": None}}))
    assert "State: open" in text
    assert "Owner / Name: Ana" in text
    assert "Labels: a, 1, yes" in text
    assert "gone" not in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("plain words", ["plain words"]),
        (7, ["7"]),
        (["plain words", 7], ["plain words", "7"]),
        ([["plain words"], {"a": 7}], ["plain words", "A: 7"]),
    ],
)
def test_a_value_without_a_key_is_shown_too(value: object, lines: list[str]) -> None:
    assert shown(ticket(Survey=value)).splitlines()[-len(lines) :] == lines


@pytest.mark.parametrize("value", [{}, [], "", " ", None, {"a": {"b": [None, "", {}]}}])
def test_what_holds_nothing_is_not_there(value: object) -> None:
    assert "Survey" not in shown(ticket(Survey=value))


def test_what_is_nested_too_deeply_or_too_long_says_so() -> None:
    deep: object = "bottom"
    for _ in range(30):
        deep = {"in": deep}
    wide = {f"key {number}": number for number in range(100)}
    text = shown(ticket(Survey=deep, GitHubIssue=wide, AttachmentInfo={"text": "x" * 1_000}))
    assert "nested too deeply" in text
    assert "… 40 more lines left out" in text
    assert "(401 more characters)" in text


def test_a_url_is_a_link_that_is_its_own_label_and_nothing_else_is_one() -> None:
    view = details.details(
        ticket(GitHubIssue={"url": "https://github.com/a/b/issues/7", "bad": "javascript:alert(1)"}),
        at(),
        contact="name",
    )
    assert str(view).count("'type': 'link'") == 1
    assert "'url': 'https://github.com/a/b/issues/7', 'text': 'https://github.com/a/b/issues/7'" in str(view)


PERSONAL = ("john.doe@example.com", "5551234567", "192.168.1.1", "40.7128, -74.006", "Mozilla/5.0...")


def test_contact_data_is_shown_only_where_the_setting_says_so() -> None:
    of = read_ticket(TICKETS["HYXTNJV"])
    assert all(value in shown(of, "full") for value in (*PERSONAL, "John Doe", "support@example.com"))
    assert not any(value in shown(of, "name") for value in (*PERSONAL, "support@example.com"))
    assert "1 e-mail address not shown here" in shown(of, "name")
    assert not any(value in shown(of, "none") for value in (*PERSONAL, "John Doe", "support@example.com"))
    assert "1 name not shown here" in shown(of, "none")


def test_contact_data_in_an_unknown_shape_is_counted_and_not_shown() -> None:
    of = ticket(
        Files=[
            {"Name": "a.png", "UploadedBy": {"FullName": "Ana Diaz", "Email": "ana@example.com", "IpAddress": "10.1"}}
        ],
        Survey={"comment": "write to <ana@example.com>", "ana@example.com": "asked"},
    )
    assert "ana@example.com" in shown(of, "full")
    assert "ana@" not in shown(of, "name")
    assert "Ana Diaz" in shown(of, "name")
    assert "2 lines with personal data not shown here" in shown(of, "name")
    assert "Ana" not in shown(of, "none")
    assert "a.png" in shown(of, "none")


def test_what_a_stranger_wrote_calls_nobody() -> None:
    hostile = "<!channel> @here <@U01ALICE> :tada:"
    of = ticket(
        Survey={hostile: hostile}, Statistics=[{"Action": hostile}], Collaborators=[hostile], Files=[hostile] * 2
    )
    for view in pages(of):
        assert ":tada:" not in str(view)
        assert "@here" not in words(view["blocks"])


def test_the_credential_is_in_no_page() -> None:
    for number in TICKETS:
        assert "secret-user-token" not in shown(read_ticket(TICKETS[number]), "full")
        assert "<user-token>" not in shown(read_ticket(TICKETS[number]), "full")
