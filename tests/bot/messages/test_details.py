"""The modal of a ticket's details: what is in it, what is not, and that Slack takes it whatever the ticket is."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages import details, errors
from bot.messages.details import View
from bot.messages.details_page import DetailsPage
from bot.messages.privacy import Contact
from bot.sandbox import block_kit
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import Ticket
from tests.bot.messages.detail_pages import CONTACTS, at, buttons, pages, shown, ticket, words
from tests.support.tickets import huge_tickets, read_ticket, tickets

contacts: st.SearchStrategy[Contact] = st.sampled_from(CONTACTS)


def check(view: View, of: Ticket) -> None:
    assert block_kit.violations(view) == []
    assert view["title"]["text"] == f"Ticket {of.case_number}"
    assert {False: "*Open*", True: "*Closed*", None: "*Status unknown*"}[of.status] in words(view["blocks"])
    page = DetailsPage.parse(view["private_metadata"])
    assert page
    assert ("Previous page" in [button["text"]["text"] for button in buttons(view)]) is (page.number > 1)
    assert not re.search(r"\bNone\b|[{\[]['\"]", words(view["blocks"][-1]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(tickets, contacts)
def test_slack_takes_every_page_of_any_ticket_with_its_number_and_status(of: Ticket, contact: Contact) -> None:
    for view in pages(of, contact):
        check(view, of)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(huge_tickets, contacts, st.integers(2, 30))
def test_slack_takes_any_page_of_a_far_too_large_ticket(of: Ticket, contact: Contact, number: int) -> None:
    check(details.details(of, DetailsPage(case_number=of.case_number, number=number), contact=contact), of)


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize("number", TICKETS)
def test_slack_takes_every_page_of_the_samples(number: str, contact: Contact) -> None:
    of = read_ticket(TICKETS[number])
    for view in pages(of, contact):
        check(view, of)


def test_the_reference_ticket_is_there_in_all_its_parts() -> None:
    of = read_ticket(TICKETS["HYXTNJV"])
    text = shown(of)
    for part in (
        "Issue with sweepstakes configuration",
        "John Doe",
        "Summer Giveaway 2025",
        "50 %",
        "Administrator",
        "*Language:* English",
        "5 views",
        "Unable to configure the entry page settings...",
        "Investigating the issue...",
        "People notified",
        "History\n26 Jan 2025 10:00 UTC   ·   Created",
    ):
        assert part in text


def test_a_ticket_with_nothing_in_it_has_no_empty_parts_and_says_that_this_is_all() -> None:
    view = details.details(read_ticket(TICKETS["EMPTY01"]), at(), contact="full")
    assert words(view["blocks"]).splitlines() == [
        "(no subject)",
        ":large_green_circle: *Open*",
        "Nothing more is known about this ticket.",
    ]


@pytest.mark.parametrize("known", [{"Views": 0}, {"Description": "x"}, {"Files": ["a"]}, {"Completion": 0}])
def test_a_ticket_with_one_thing_in_it_does_not_say_that_there_is_nothing(known: dict[str, object]) -> None:
    assert "nothing more" not in shown(ticket(**known))


@pytest.mark.parametrize("length", [20, 500])
def test_a_subject_is_there_whole_and_once(length: int) -> None:
    subject = " ".join(f"word-{number}" for number in range(length // 8))
    text = shown(ticket(Subject=subject, Description="so it is"))
    assert re.findall(r"word-\d+", text) == subject.split()


def test_each_note_shows_where_it_begins_though_nobody_says_when_it_was_written() -> None:
    text = shown(ticket(Notes=[{"Note": "the first"}, {"Note": "the second", "FullName": "Ana"}, "the third"]))
    assert "(no date)\nthe third\nAna\nthe second\n(no date)\nthe first" in text


def test_the_newest_notes_come_first_each_with_its_time() -> None:
    notes = [{"Date": f"2026-11-{day:02}T10:00:00Z", "Note": f"note of day {day}"} for day in (3, 9, 5)]
    text = shown(ticket(Notes=notes))
    assert "Notes (3)" in text
    assert re.findall(r"(\d+) Nov 2026 10:00 UTC\nnote of day (\d+)", text) == [("9", "9"), ("5", "5"), ("3", "3")]


def test_times_are_in_the_readers_own_zone() -> None:
    view = details.details(ticket(Notes=[{"Date": "2026-11-03T10:00:00Z", "Note": "x"}]), at(), contact="name")
    assert "'type': 'date', 'timestamp': 1793700000" in str(view)


def test_a_long_description_is_there_whole_over_as_many_pages_as_it_takes() -> None:
    words_of_it = [f"word-{number}" for number in range(4_500)]
    of = ticket(Description=f"<p>{' '.join(words_of_it)}</p>")
    assert len(list(pages(of))) > 1
    assert re.findall(r"word-\d+", shown(of)) == words_of_it
    assert "left out" not in shown(of)


@pytest.mark.parametrize("tag", ["p", "pre", "blockquote", "li"])
def test_no_word_is_cut_where_a_block_ends(tag: str) -> None:
    words_of_it = [f"word-{number}" for number in range(3_000)]
    assert re.findall(r"word-\d+", shown(ticket(Description=f"<{tag}>{' '.join(words_of_it)}"))) == words_of_it


def test_the_items_of_a_long_list_keep_their_numbers() -> None:
    view = details.details(ticket(Description="<ol>" + "<li>an item of a list" * 300), at(), contact="name")
    lists = [part for block in view["blocks"] for part in block.get("elements", []) if part["type"] == "rich_text_list"]
    assert len(lists) > 1
    ends = [one.get("offset", 0) + len(one["elements"]) for one in lists]
    assert [one.get("offset", 0) for one in lists] == [0, *ends[:-1]]
    assert ends[-1] == 300


def test_a_page_says_which_it_is_and_leads_to_its_neighbours() -> None:
    long = ticket(Notes=[{"Note": f"note {number} {'x' * 900}"} for number in range(100)])
    first, second, *_ = views = list(pages(long))
    assert f"Page 2 of {len(views)}" in words(second)
    assert [button["text"]["text"] for button in buttons(first)] == ["Next page"]
    assert [button["text"]["text"] for button in buttons(second)] == ["Previous page", "Next page"]
    assert [button["text"]["text"] for button in buttons(views[-1])] == ["Previous page"]
    assert DetailsPage.parse(buttons(second)[0]["value"]) == at(1)
    assert DetailsPage.parse(second["private_metadata"]) == at(2)
    assert "Notes (100), continued" in words(second)


def test_a_page_that_is_no_more_is_the_last_one() -> None:
    view = details.details(ticket(Description="short"), at(7), contact="name")
    assert DetailsPage.parse(view["private_metadata"]) == at(1)


def test_what_is_left_out_is_counted() -> None:
    text = shown(ticket(Notes=[{"Note": "word " * 2_000}] * 200, Statistics=[{"Action": "view"}] * 5_000))
    found = re.findall(r"… ([\d,]+) (older notes|earlier events) left out", text)
    omitted = {what: int(number.replace(",", "")) for number, what in found}
    assert text.count("word ") + text.count("word\n") == (200 - omitted["older notes"]) * 2_000
    assert text.count("Viewed") == 5_000 - omitted["earlier events"]


def test_the_loading_and_the_failed_view_are_ones_that_slack_takes() -> None:
    failed = details.failed(errors.stale_button(), at(3), retry=True)
    for view in (details.loading(at()), failed, details.failed(errors.stale_button(), None)):
        assert block_kit.violations(view) == []
    assert DetailsPage.parse(buttons(failed)[0]["value"]) == at(3)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "7",
        "{}",
        "null",
        None,
        '{"case_number":"2531581"',
        '{"case_number":"short","number":1,"channel":""}',
        '{"case_number":"hyxtnjv","number":1,"channel":""}',
        '{"case_number":"2531581","number":0,"channel":""}',
        '{"case_number":"2531581","number":"1","channel":""}',
        '{"case_number":"2531581","number":1,"channel":"<!channel>"}',
        '{"case_number":"2531581","number":1,"channel":"","more":1}',
        "[" * 100_000,
    ],
)
def test_a_button_whose_value_is_not_ours_leads_nowhere(value: object) -> None:
    assert DetailsPage.parse(value) is None
