"""Case numbers, and what a stranger's JSON may look like."""

import json
import sys
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api.responses import parse_json
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import AccountInfo, HistoryEntry, Note, Ticket, case_number_from_json, parse_case_number
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


# Case numbers


@pytest.mark.parametrize(
    "text",
    [
        "HYXTNJV",
        "hyxtnjv",
        " HyXtNjV\n",
        "`HYXTNJV`",
        "```hyxtnjv```",
        '"HYXTNJV"',
        "'HYXTNJV'",
        "“HYXTNJV”",
        "„HYXTNJV“",
        "«HYXTNJV»",
        "#HYXTNJV",
        "# HYXTNJV",
        "<HYXTNJV>",
        "*HYXTNJV*",
        "_HYXTNJV_",
        "~HYXTNJV~",
        "\u200bHYXTNJV\ufeff",
        "\u00a0HYXTNJV\u202f",
        "\u3000HYXTNJV\u2003",
        "\u202aHYXTNJV\u202c",
        "\u202e\u2066HYXTNJV\u2069",
        "\u2067 #HYXTNJV\u2069\u061c",
        "\u2028HYXTNJV\u2029",
        "「HYXTNJV」",
        "‹HYXTNJV›",
    ],
)
def test_what_people_paste_around_a_case_number_is_forgiven(text: str) -> None:
    assert parse_case_number(text) == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "``",
        "help",
        "HYXTNJ",
        "HYXTNJVV",
        "HYXTNJV 2531581",
        "HYX TNJV",
        "HYX-NJV",
        "HYXTNJ!",
        "HYXTNJÜ",
        "ſſſſſſſ",
        "ßßßß",
        "２５３１５８１",
        "٢٥٣١٥٨١",
        "HYXTNJV\x00",
        "HYX\u200bTNJV",
        "HYX`TNJV",
        "x" * 10_000,
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_anything_else_is_no_case_number(text: str) -> None:
    assert parse_case_number(text) is None


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@settings(deadline=None)
@given(st.text())
def test_a_case_number_is_seven_letters_or_digits_whatever_was_typed(text: str) -> None:
    number = parse_case_number(text)
    assert number is None or (len(number) == 7 and number.isascii() and number.isalnum() and number == number.upper())


SPACES = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
DIRECTIONS = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.bidirectional(chr(code)) in BIDI_CONTROLS]
AROUND = st.text([*SPACES, *DIRECTIONS, *"\u061c\u200b\u200e\u200f\u2060\ufeff\u2800`'\"“”‘’<>#*_~"])


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9]{7}", fullmatch=True), AROUND, AROUND)
def test_every_case_number_is_found_in_what_stands_around_it(number: str, before: str, after: str) -> None:
    assert parse_case_number(before + number + after) == number.upper()


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("HYXTNJV", "HYXTNJV"),
        ("hyxtnjv", "HYXTNJV"),
        (" 2531581 ", "2531581"),
        (2531581, "2531581"),
        (7, "0000007"),
        ("7", "0000007"),
        (0, "0000000"),
    ],
    ids=repr,
)
def test_a_number_that_lost_its_zeros_on_the_way_is_seven_digits_again(value: object, number: str) -> None:
    assert case_number_from_json(value) == number


@pytest.mark.parametrize(
    "value",
    [None, True, False, -1, 10**7, 7.0, float("nan"), "", " ", "ABC", "00000007", "٧", "²", [], {}, ["HYXTNJV"]],
)
def test_an_answer_without_a_usable_case_number_has_none(value: object) -> None:
    with pytest.raises(ValueError, match="no usable case number"):
        case_number_from_json(value)
    with pytest.raises(ValueError):
        read_ticket({"CaseNumber": value, "Status": False})


@settings(deadline=None)
@given(st.integers(0, 10**7 - 1))
def test_every_number_of_seven_digits_comes_back_whole(value: int) -> None:
    whole = f"{value:07}"
    assert case_number_from_json(value) == case_number_from_json(whole) == whole
    assert case_number_from_json(str(value)) == parse_case_number(whole) == whole


@settings(deadline=None)
@given(JSON)
def test_an_answered_case_number_is_seven_letters_or_digits_or_none(value: object) -> None:
    try:
        number = case_number_from_json(value)
    except ValueError:
        return
    assert parse_case_number(number) == number


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
