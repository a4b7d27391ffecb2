"""Whatever changes in a ticket between a request and a click is noticed, and named; a read changes nothing."""

import tracemalloc
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.changes.snapshot import MAX_UNKNOWN, Difference, TicketSnapshot, differences
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import Ticket
from tests.support.tickets import data, json_values, read_ticket

BEFORE: dict[str, Any] = TICKETS["2531581"] | {"Files": [{"Name": "a.png", "Url": "https://cdn.example/a.png?sig=1"}]}


def changed(**fields: object) -> list[Difference]:
    shown = TicketSnapshot.from_ticket(read_ticket(BEFORE))
    return differences(shown, read_ticket(deepcopy(BEFORE) | fields))


def note(number: int, **fields: object) -> list[Any]:
    notes = deepcopy(BEFORE["Notes"])
    notes[number] |= fields
    return list(notes)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"Subject": "LEGAL HOLD"}, "the subject"),
        ({"Description": "do not delete"}, "the description"),
        ({"Notes": note(0, Note="do not delete")}, "a note's text"),
        ({"Notes": note(1, Date="2026-01-01T00:00:00Z")}, "a note"),
        ({"Files": [{"Name": "b.png", "Url": "https://cdn.example/a.png?sig=1"}]}, "a file"),
        ({"Collaborators": ["Somebody else"]}, "a collaborator"),
        ({"AccountInfo": BEFORE["AccountInfo"] | {"FullName": "Jo Doe"}}, "who opened the ticket"),
        ({"Survey": {"Rating": 5}}, "the survey"),
        ({"GitHubIssue": {"number": 7}}, "the GitHub issue"),
        ({"NotifyUsers": ["legal@example.com"]}, "who is notified"),
        ({"Completion": 99}, "the progress"),
        ({"Pin": True}, "the pin"),
        ({"ResourceAffected": "api"}, "the product"),
        ({"LegalHold": True}, "the field LegalHold"),
        ({"Priority": 1}, "the priority"),
        ({"Status": True}, "the status"),
    ],
)
def test_each_kind_of_change_is_noticed_and_named_also_where_no_number_changed(
    fields: dict[str, object], what: str
) -> None:
    assert [difference.what for difference in changed(**fields)] == [what]


def test_a_long_name_of_a_field_is_not_kept_for_each_value_below_it() -> None:
    values = {str(number): number for number in range(1_000)}
    ticket = read_ticket(BEFORE | {"Survey": {"k" * 100_000: values}, "k" * 100_000: values})
    tracemalloc.start()
    try:
        TicketSnapshot.from_ticket(ticket)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 10_000_000


def test_addresses_that_run_into_each_other_are_read_once() -> None:
    shown = TicketSnapshot.from_ticket(read_ticket(BEFORE | {"Description": "http://" * 200_000}))  # else for hours
    assert not differences(shown, read_ticket(BEFORE | {"Description": "http://" * 200_000 + "?signed=anew"}))
    assert differences(shown, read_ticket(BEFORE | {"Description": "http://" * 200_000 + "x"}))


def test_more_and_fewer_are_counted_and_said_once() -> None:
    assert changed(Notes=BEFORE["Notes"][:1]) == [Difference("note", -2)]
    more = [*BEFORE["Files"], {"Name": "new"}]
    assert changed(Files=more) == [Difference("file", 1)]
    assert changed(Notes=BEFORE["Notes"][:1], Files=more) == [Difference("note", -2), Difference("file", 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"Views": 10_000},
        {"Statistics": [{"Action": "view"}]},
        {"Telemetry": {"APICalls": 7}},
        {"Files": [{"Name": "a.png", "Url": "https://cdn.example/a.png?sig=2&expires=9#x"}]},
        {"Survey": {}},
        {"NewField": None},
    ],
)
def test_what_a_mere_read_may_change_is_no_change(fields: dict[str, object]) -> None:
    assert changed(**fields) == []


def test_a_field_that_changes_at_each_read_makes_no_ticket_undeletable() -> None:
    first = read_ticket(BEFORE | {"ReadAt": 1})
    shown = TicketSnapshot.from_ticket(first)
    second = read_ticket(BEFORE | {"ReadAt": 2})
    assert differences(shown, second) == [Difference("the field ReadAt", ignored=True)]
    renewed = shown.renewed(second)
    assert differences(renewed, read_ticket(BEFORE | {"ReadAt": 3})) == []
    other = read_ticket(BEFORE | {"ReadAt": 4, "LegalHold": True})
    assert differences(renewed, other) == [Difference("the field LegalHold", ignored=True)]
    assert differences(renewed, read_ticket(BEFORE | {"Subject": "x"}))[0].what == "the subject"


_FIELDS = sorted(set(BEFORE) - {"CaseNumber", "Views", "Statistics"})


@given(st.sampled_from([*_FIELDS, "Extra"]), json_values)
def test_any_other_value_of_any_field_is_noticed(field: str, value: object) -> None:
    ticket, other = read_ticket(BEFORE), read_ticket(deepcopy(BEFORE) | {field: value})
    same = ticket.source.get(field) == other.source.get(field) or (not value and not BEFORE.get(field))
    unreadable = field in {"Status", "Priority"}  # kept as the bot reads them
    shown = TicketSnapshot.from_ticket(ticket)
    if not same and not unreadable and shown.known != TicketSnapshot.from_ticket(other).known:
        assert differences(shown, other)


@settings(max_examples=30, deadline=None)
@given(data(), st.integers(0, 10**9))
def test_reading_a_ticket_again_shows_no_difference(answer: dict[str, Any], views: int) -> None:
    statistics = answer.get("Statistics")
    more = [*statistics, {"Action": "read"}] if isinstance(statistics, list) else statistics
    again = deepcopy(answer) | {"Views": views, "Statistics": more}
    assert differences(TicketSnapshot.from_ticket(read_ticket(answer)), read_ticket(again)) == []


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(min_size=1), json_values, max_size=80))
def test_however_many_fields_nobody_knows_the_snapshot_stays_small(survey: dict[str, object]) -> None:
    snapshot = TicketSnapshot.from_ticket(Ticket.from_answer(BEFORE | {"Survey": survey}))
    assert len(snapshot.unknown) <= MAX_UNKNOWN


WHOLE = Ticket.from_answer(
    {
        "CaseNumber": "2531581",
        "Subject": "Hello",
        "Description": "See https://a.example/x?sig=1#y and more",
        "Status": False,
        "Priority": 2,
        "Notes": [{"Id": 1, "Note": "one", "FullName": "Jo"}, {"Id": 2, "Note": "two"}],
        "Files": [{"Name": "a.png", "Url": "https://cdn.example/a.png?sig=1"}],
        "Collaborators": ["Ana"],
        "AccountInfo": {"FullName": "Jo", "Email": "jo@x.example", "Zip": "1"},
        "Survey": {"Rating": 5, "Empty": []},
        "Views": 7,
        "New": None,
        "Extra": "\ud800",
    }
)
# As the bot of version 0.1.0 put it into its buttons.
ON_A_BUTTON = (
    '{"status":false,"priority":"2","notes":2,"files":1,"collaborators":1,"known":{"subject":"ASPb2-t8XcY",'
    '"description":"RyEQm5JwsjY","notes":"7ley9_FEbIA","note_texts":"oXSyHywTfSk","collaborators":"5U3qEClZMVw",'
    '"opener":"fwHNWsKLP4E"},"unknown":{"zE2CVEPG0Ak":"aENRKXSejoI","4KrcRH3ZBqk":"54vrnMQBGuU",'
    '"VNVTmAgGlaA":"PSYY0yROmGY","cGtPBRXHqKg":"Ij-epBZMpOQ","P5ovaSE9axY":"TMVVgGHVpeQ"},"ignored":[]}'
)


def test_a_button_from_before_an_upgrade_still_knows_its_ticket() -> None:
    assert TicketSnapshot.from_ticket(WHOLE).encode() == ON_A_BUTTON
    urgent = Ticket.from_answer({"CaseNumber": "2531581", "Priority": "Urgent"})
    assert TicketSnapshot.from_ticket(urgent).priority == "SgPuCyhxSxc"


def test_the_priority_that_was_shown_is_named_where_that_was_one_of_ours() -> None:
    shown = TicketSnapshot.from_ticket(read_ticket(BEFORE | {"Priority": 2}))
    assert differences(shown, read_ticket(BEFORE | {"Priority": 1})) == [Difference("the priority", previous="2")]
    strange = TicketSnapshot.from_ticket(read_ticket(BEFORE | {"Priority": "Urgent"}))
    assert differences(strange, read_ticket(BEFORE | {"Priority": 1})) == [Difference("the priority")]


def test_of_too_many_fields_that_nobody_knows_each_change_is_noticed_all_the_same() -> None:
    survey = {f"q{number}": number for number in range(MAX_UNKNOWN + 1)}
    fields = {f"Field{number}": number for number in range(MAX_UNKNOWN + 1)}
    below = TicketSnapshot.from_ticket(read_ticket(BEFORE | {"Survey": survey}))
    assert [each.what for each in differences(below, read_ticket(BEFORE | {"Survey": survey | {"q3": 0}}))] == [
        "the survey"
    ]
    beside = TicketSnapshot.from_ticket(read_ticket(BEFORE | fields))
    assert differences(beside, read_ticket(BEFORE | fields)) == []
    assert [each.what for each in differences(beside, read_ticket(BEFORE | fields | {"Field3": 0}))] == ["a field"]


def test_of_as_many_fields_as_fit_each_is_named() -> None:
    fields = {f"Field{number}": number for number in range(MAX_UNKNOWN)} | {"CaseNumber": "2531581"}
    shown = TicketSnapshot.from_ticket(Ticket.from_answer(fields))
    found = differences(shown, Ticket.from_answer(fields | {"Field3": 0}))
    assert [each.what for each in found] == ["the field Field3"]


def test_of_two_long_names_of_a_field_each_is_looked_at_by_itself() -> None:
    fields = {"Survey": {"k" * 300: 1, "k" * 299 + "x": 2}}
    shown = TicketSnapshot.from_ticket(read_ticket(BEFORE | fields))
    swapped = {"Survey": {"k" * 300: 2, "k" * 299 + "x": 1}}
    assert [each.what for each in differences(shown, read_ticket(BEFORE | swapped))] == ["the survey"]
    assert differences(shown, read_ticket(BEFORE | fields)) == []


def test_a_long_name_that_changes_at_each_read_hides_no_other_long_name() -> None:
    def survey(changing: int, other: int) -> Ticket:
        return read_ticket(BEFORE | {"Survey": {"k" * 300: changing, "k" * 299 + "x": other}})

    renewed = TicketSnapshot.from_ticket(survey(1, 1)).renewed(survey(2, 1))
    assert differences(renewed, survey(3, 1)) == []
    assert [each.what for each in differences(renewed, survey(4, 2))] == ["the survey"]


def test_a_field_that_is_gone_is_noticed_though_nobody_knows_its_name_any_more() -> None:
    shown = TicketSnapshot.from_ticket(read_ticket(BEFORE | {"LegalHold": True}))
    assert differences(shown, read_ticket(BEFORE)) == [Difference("a field", ignored=True)]


def test_whatever_a_ticket_says_its_digest_fits_into_a_button() -> None:
    for number in range(300):
        shown = TicketSnapshot.from_ticket(read_ticket(BEFORE | {"Priority": f"Urgent {number}"}))
        assert TicketSnapshot.parse(shown.encode()) == shown
