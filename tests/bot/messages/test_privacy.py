"""TICKET_CONTACT holds for every line of a ticket, whatever field it stands in and whatever that is called."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages import card, details, key_values
from bot.messages.details_page import DetailsPage
from bot.messages.privacy import Contact
from bot.tickets import CaseNumber, Ticket
from tests.bot.tickets.test_contacts import CONTACTS
from tests.support.tickets import read_ticket

NUMBER = CaseNumber("2531581")
NOT_FULL: list[Contact] = ["name", "none"]
_KEYS = st.sampled_from(["comment", "Title", "Name", "state", "id", "How may we reach you?", "url", "labels", "total"])


def _in_words(contact: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["{}", "call {} now", "<{}>", "it's {}, or so"]).map(lambda around: around.format(contact))


def _free_form(contact: str) -> st.SearchStrategy[Any]:
    words = _in_words(contact)
    return st.recursive(
        words,
        lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(_KEYS | words, inner, min_size=1),
        max_leaves=5,
    )


def _field(contact: str) -> st.SearchStrategy[dict[str, Any]]:
    """A ticket's data with the contact in one field."""
    words, free = _in_words(contact), _free_form(contact)
    account = st.sampled_from(
        ["FullName", "UserType", "Language", "SweepstakesName", "Email", "IpAddress", "UserAgent"]
    )
    return st.one_of(
        st.dictionaries(st.sampled_from(["Subject", "Priority", "ResourceAffected", "ClosedBy"]), words, min_size=1),
        st.builds(lambda key, value: {"AccountInfo": {key: value}}, account, words),
        words.map(lambda value: {"Notes": [{"Note": "x", "FullName": value}]}),
        words.map(lambda value: {"Statistics": [{"Action": value}]}),
        words.map(lambda value: {"Collaborators": [value, {"FullName": value}], "NotifyUsers": [value]}),
        st.builds(
            lambda key, value: {key: value},
            st.sampled_from(["Files", "Survey", "Documentation", "AttachmentInfo", "GitHubIssue"]),
            free,
        ),
    )


def everything(ticket: Ticket, contact: Contact) -> Iterator[object]:
    yield card.card(ticket, contact=contact, may_delete=True).payload()
    yield card.shared(ticket, by="U01ALICE").payload()
    view = details.details(ticket, DetailsPage(case_number=NUMBER, channel="", number=1), contact=contact)
    yield view["blocks"]


def everything_shown(data: dict[str, Any], contact: Contact) -> str:
    ticket = read_ticket({"CaseNumber": NUMBER, "Status": False, **data})
    return json.dumps(list(everything(ticket, contact)), ensure_ascii=False)


@settings(max_examples=300)
@given(CONTACTS.flatmap(lambda one: st.tuples(st.just(one), _field(one))), st.sampled_from(NOT_FULL))
def test_no_way_to_reach_a_person_is_in_any_line_of_a_ticket(
    made: tuple[str, dict[str, Any]], contact: Contact
) -> None:
    one, data = made
    shown = everything_shown(data, contact)
    assert one not in shown
    assert " ".join(one.split()) not in shown


@given(CONTACTS)
def test_what_people_wrote_in_a_description_or_a_note_stays_as_it_is(one: str) -> None:
    shown = everything_shown({"Description": f"Call {one}.", "Notes": [f"I called {one}."]}, "none")
    assert "[phone" not in shown
    assert "[e-mail" not in shown
    assert "[IP" not in shown


_PEOPLES = [
    "owner",
    "UploadedBy",
    "Your name, please",
    "answer",
    "assignee",
    "comment",
    "signed_off",
    "n",
    "Ansprechpartner",
]


@given(st.sampled_from(_PEOPLES), st.sampled_from(["Files", "Survey", "GitHubIssue", "AttachmentInfo"]), st.booleans())
def test_nobodys_name_is_in_what_nobody_knows_the_shape_of(key: str, part: str, deep: bool) -> None:  # noqa: FBT001
    value: object = {"name": "Ana Diaz", "state": "Ana Diaz"} if deep else "Ana Diaz"
    assert "Ana" not in everything_shown({part: [{"size": 7, key: value}]}, "none")
    assert "Ana Diaz" in everything_shown({part: [{"size": 7, key: value}]}, "full")


def test_of_things_whatever_tells_of_no_person_stays() -> None:
    shown = everything_shown(
        {
            "Files": [{"Name": "winners.png", "Size": 1823340000}, "rules.pdf"],
            "GitHubIssue": {"number": 812, "state": "open", "labels": ["bug"], "html_url": "https://example.com/812"},
            "Survey": {"Rating": 4, "Name": "Ana Diaz"},
        },
        "none",
    )
    for part in ("winners.png", "1.7 GB", "rules.pdf", "812", "open", "bug", "https://example.com/812", "Rating"):
        assert part in shown
    assert "Ana" not in shown
    assert "1 line with personal data not shown here" in shown


def test_a_name_is_shown_without_the_address_behind_it() -> None:
    people = ["Ana Diaz <ana@example.com>", "bo@example.com"]
    shown = everything_shown({"AccountInfo": {"FullName": "Maria (maria@example.com"}, "Collaborators": people}, "name")
    assert "by Maria" in shown
    assert "Ana Diaz" in shown
    assert "1 e-mail address not shown here" in shown
    assert "[" not in "".join(re.findall(r'"text": "([^"]*)"', shown))


def test_a_url_without_its_signature_is_no_link() -> None:
    shown = everything_shown({"Files": [{"url": "https://files.example.com/a.png?sig=abcdefgh"}]}, "name")
    assert "https://files.example.com/a.png?sig=[left out]" in shown
    assert '"type": "link"' not in shown


def test_of_a_person_nothing_is_shown_where_nothing_may_be() -> None:
    person = {"FullName": "Ana Diaz", "UserType": "Administrator", "Language": "Catalan", "MobileNumber": "5551234567"}
    shown = everything_shown(
        {"AccountInfo": person, "ClosedBy": "Bo Li", "Status": True, "Collaborators": ["Cy Roe"]}, "none"
    )
    assert not [word for word in ("Ana", "Administrator", "Catalan", "555", "Bo Li", "Cy Roe") if word in shown]


@pytest.mark.parametrize("contact", NOT_FULL)
def test_a_size_or_a_time_is_no_telephone_number(contact: Contact) -> None:
    lines = key_values.record({"size": 5551234567, "created_at": 1795000000000, "total": 12345678.25}, contact).lines
    assert [line.value for line in lines] == ["5551234567", "1795000000000", "12345678.25"]
