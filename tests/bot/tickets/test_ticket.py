"""Case numbers, and what a stranger's JSON may look like."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api.responses import parse_json
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import AccountInfo, HistoryEntry, Note, Ticket
from tests.support.tickets import read_ticket

NUMBER = "HYXTNJV"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from([NUMBER, "x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [str(field.alias) for field in Ticket.model_fields.values()]
PARTS = (AccountInfo.model_fields, Note.model_fields, HistoryEntry.model_fields)
INNER = sorted({str(field.alias) for fields in PARTS for field in fields.values()})
ODD = st.one_of(
    JSON,
    st.dictionaries(st.sampled_from(INNER), JSON, max_size=5),
    st.lists(st.dictionaries(st.sampled_from(INNER), JSON, max_size=3) | JSON, max_size=4),
    st.sampled_from([10**4000, -1, 1e308, "9" * 5000, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", 1e18]),
)
ODD_TICKETS = st.dictionaries(st.sampled_from(FIELDS) | st.text(), ODD).map(lambda data: {**data, "CaseNumber": NUMBER})


def ticket(**fields: object) -> Ticket:
    return read_ticket({"CaseNumber": NUMBER, **fields})


# Tickets


def test_the_documented_example_is_understood_wholly() -> None:
    assert read_ticket(TICKETS["HYXTNJV"]).model_dump() == {
        "case_number": "HYXTNJV",
        "date": datetime(2025, 1, 26, 10, tzinfo=UTC),
        "account_info": {
            "full_name": "John Doe",
            "email": "john.doe@example.com",
            "mobile_number": "5551234567",
            "user_type": "Administrator",
            "user_agent": "Mozilla/5.0...",
            "ip_address": "192.168.1.1",
            "language": "en",
            "geo_lat": 40.7128,
            "geo_lon": -74.006,
            "sweepstakes_name": "Summer Giveaway 2025",
        },
        "subject": "Issue with sweepstakes configuration",
        "description": "<p>Unable to configure the entry page settings...</p>",
        "priority": "2",
        "notify_users": ("support@example.com",),
        "collaborators": (),
        "closed_by": None,
        "close_date": None,
        "notes": (
            {
                "date": datetime(2025, 1, 26, 11, tzinfo=UTC),
                "note": "Investigating the issue...",
                "full_name": None,
            },
        ),
        "files": (),
        "survey": {},
        "pin": False,
        "views": 5,
        "completion": 50,
        "resource_affected": "renaissance",
        "documentation": (),
        "statistics": ({"date": datetime(2025, 1, 26, 10, tzinfo=UTC), "action": "create"},),
        "status": False,
        "attachment_info": {},
        "git_hub_issue": {},
    }


def test_every_documented_field_but_the_credentials_and_ids_is_one_of_ours() -> None:
    assert set(TICKETS["HYXTNJV"]) == set(FIELDS)
    account = {str(field.alias) for field in AccountInfo.model_fields.values()}
    assert set(TICKETS["HYXTNJV"]["AccountInfo"]) - account == {"UserToken"}


@settings(deadline=None)
@given(JSON)
def test_any_json_is_a_ticket_or_a_value_error(data: object) -> None:
    try:
        read_ticket(data)
    except ValueError:
        return
    assert isinstance(data, dict)


@settings(deadline=None, max_examples=50)
@given(ODD_TICKETS)
def test_a_ticket_with_a_case_number_is_always_shown_as_far_as_it_can_be_understood(data: dict[str, Any]) -> None:
    parsed = read_ticket(data)
    assert parsed.case_number == NUMBER
    assert not isinstance(parsed.date, datetime) or parsed.date.tzinfo is UTC
    assert all(part for part in (*parsed.notify_users, *parsed.collaborators))
    assert repr(parsed)


WRONG: dict[str, list[object]] = {
    "Date": [True, [], {}, "not a date", "", 1e18, "0001-01-01T00:00:00Z", float("nan")],
    "AccountInfo": ["John", [], 5, True, None],
    "Subject": [True, [], {}, "", "  ", None, float("inf")],
    "Description": [False, ["x"], {"x": "y"}, ""],
    "Priority": [True, [], {}, float("nan"), ""],
    "NotifyUsers": ["a@example.com", 5, True, {}, None, [5, None, "", []]],
    "Collaborators": ["Ana", 5, {}, None, [{}, {"Id": 5}]],
    "ClosedBy": [True, [], {}, {"FullName": ["x"]}, {"Id": "x"}],
    "CloseDate": ["soon", [], {}],
    "Notes": ["none", 5, True, None, [None, 5, []], {}],
    "Files": ["none", " - ", 0, False, None, {}],
    "Pin": ["perhaps", [], {}, 2],
    "Views": [-1, True, "many", 1.5, [], {}, 10**400],
    "Completion": [True, "half", [], {}, float("nan"), float("inf"), 10**400],
    "ResourceAffected": [[], {}, True],
    "Documentation": ["none", "", None],
    "Statistics": ["none", 5, None, [5]],
    "Status": ["perhaps", 0, 1, [], {}, ""],
}


@pytest.mark.parametrize(
    ("field", "value"), [pytest.param(f, v, id=f"{f}: {v!r}"[:60]) for f, values in WRONG.items() for v in values]
)
def test_a_field_of_the_wrong_type_is_left_out_and_the_rest_is_shown(field: str, value: object) -> None:
    usual = TICKETS["2531581"]
    parsed = read_ticket({**usual, field: value}).model_dump()
    without = read_ticket({key: kept for key, kept in usual.items() if key != field}).model_dump()
    assert parsed == without


@pytest.mark.parametrize(
    ("field", "value", "name", "understood"),
    [
        ("Status", "Open", "status", False),
        ("Status", " closed ", "status", True),
        ("Priority", 9, "priority", "9"),
        ("Priority", "High", "priority", "High"),
        ("Completion", "50", "completion", 50),
        ("ClosedBy", {"FullName": "Jane Roe"}, "closed_by", "Jane Roe"),
        ("ClosedBy", {"Name": "Jane Roe"}, "closed_by", "Jane Roe"),
        ("Collaborators", [{"FullName": "Ana"}, {"Email": "b@c.de"}, "C", 5], "collaborators", ("Ana", "b@c.de", "C")),
        ("Notes", ["bare", None, {"Note": 5}], "notes", (Note(note="bare"), Note(note="5"))),
        ("Notes", {"Note": "alone"}, "notes", (Note(note="alone"),)),
        ("Notes", "bare", "notes", (Note(note="bare"),)),
        ("Files", {"Name": "alone"}, "files", ({"Name": "alone"},)),
        ("Files", "https://a.example/b.png", "files", ("https://a.example/b.png",)),
        ("Documentation", 5, "documentation", (5,)),
        ("Notes", {"0": {"Note": "a"}, "2": "b"}, "notes", (Note(note="a"), Note(note="b"))),
        ("Statistics", {"1": {"Action": "create"}}, "statistics", (HistoryEntry(action="create"),)),
        ("Files", {"0": {"Name": "a"}, "2": {"Name": "b"}}, "files", ({"Name": "a"}, {"Name": "b"})),
        ("Files", {"10": "c", "2": "b", "0": "a"}, "files", ("a", "b", "c")),
        ("Collaborators", {"0": "Ana", "3": {"Email": "b@c.de"}}, "collaborators", ("Ana", "b@c.de")),
        ("NotifyUsers", {"2": "a@example.com"}, "notify_users", ("a@example.com",)),
        ("Files", {"2nd": "b"}, "files", ({"2nd": "b"},)),
        ("Date", "2025-01-26", "date", date(2025, 1, 26)),
        ("Date", "2025-01-26T10:00:00+02:00", "date", datetime(2025, 1, 26, 8, tzinfo=UTC)),
        ("Date", "2025-01-26T10:00:00", "date", datetime(2025, 1, 26, 10, tzinfo=UTC)),
        ("Unheard", "of", "subject", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_unusual_but_clear_is_understood(field: str, value: object, name: str, understood: object) -> None:
    assert getattr(ticket(**{field: value}), name) == understood


def test_a_ticket_that_does_not_say_whether_it_is_open_is_not_taken_for_open() -> None:
    assert [ticket(**fields).is_open for fields in ({"Status": False}, {"Status": True}, {})] == [True, False, False]
    assert ticket().status is None


def test_absurdly_deep_nesting_costs_nothing_but_itself() -> None:
    deep: object = "deep"
    for _ in range(5_000):
        deep = {"a": [deep]}
    parsed = ticket(Survey=deep, Files=[deep, "kept"], Subject="Kept")
    assert parsed.subject == "Kept"
    assert parsed.files[1] == "kept"
    assert "deep" not in parsed.model_dump_json()


@settings(deadline=None)
@given(st.binary())
def test_a_body_is_json_or_a_value_error(body: bytes) -> None:
    try:
        parse_json(body)
    except ValueError:
        return
    json.loads(body)


def test_a_body_of_brackets_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        parse_json(b"[" * 1_000_000)
