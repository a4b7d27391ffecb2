"""A label has one of a few values, whatever comes from outside."""

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import Event
from bot.metrics import labels
from handlers.routes import ROUTES

STATUSES = {"200", "404", "503", "invalid", "no_answer", "other"} | {f"{first}xx" for first in "12345"}
HANDLERS = Path(__file__).parent.parent.parent.parent / "handlers"
NOTED = re.compile(r'logs\.note\([^\n]*outcome=f?"([a-z][^"]*)"')
anything = st.text() | st.from_regex(r"http_[0-9]{3}|[0-9]{3}|[a-z_]{1,30}", fullmatch=True)


@pytest.mark.parametrize("event", get_args(Event))
def test_an_outcome_is_its_word_without_the_reason(event: str) -> None:
    assert labels.outcome_label(f"{event}: HTTP 404; not answered") == event


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        ("answered", "answered"),
        ("not answered", "not answered"),
        ("not found; not answered", "not found"),
        ("turned away: 3 requests are ahead, for about 8 s", "turned away"),
        ("failed: HTTP 500", "failed"),
        ("failed: a bug in this bot", "bug"),
        ("Jane Roe", "other"),
    ],
)
def test_an_outcome_has_the_word_that_the_log_has(outcome: str, label: str) -> None:
    assert labels.outcome_label(outcome) == label


def test_every_outcome_that_the_log_has_is_counted_under_its_own_name() -> None:
    noted = [found for path in HANDLERS.rglob("*.py") for found in NOTED.findall(path.read_text())]
    assert len(noted) > 8
    assert [outcome for outcome in noted if labels.outcome_label(outcome) == "other"] == []


@pytest.mark.parametrize(
    ("route", "label"),
    [
        ("/ticket", "/ticket"),
        ("delete_ticket", "delete_ticket"),
        ("ticket_details_page_next", "ticket_details_page"),
        ("button_of_last_year", "other"),
        ("unknown", "other"),
    ],
)
def test_a_route_is_one_of_the_bots_own(route: str, label: str) -> None:
    assert labels.route_label(route, ROUTES) == label


@pytest.mark.parametrize(
    ("status", "label"), [("404", "404"), ("418", "4xx"), ("522", "5xx"), ("999", "other"), ("no_answer", "no_answer")]
)
def test_a_status_that_is_rare_counts_with_its_class(status: str, label: str) -> None:
    assert labels.status_label(status) == label


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("not_in_channel", "not_in_channel"),
        ("http_404", "http_404"),
        ("http_403", "http_4xx"),
        ("http_502", "http_5xx"),
        ("http_0", "other"),
        ("u01alice", "other"),
    ],
)
def test_a_code_that_nobody_knows_is_other(code: str, label: str) -> None:
    assert labels.code_label(code) == label


@given(anything)
def test_no_text_from_outside_becomes_a_label(text: str) -> None:
    assert labels.outcome_label(text) in labels.OUTCOMES | {"other"}
    assert labels.route_label(text, ROUTES) in {*ROUTES, "other"}
    assert labels.code_label(text) in labels.CODES | {"other"}
    assert labels.method_label(text) in labels.METHODS | {"other"}
    assert len(labels.status_label(text)) <= len("no_answer")
    assert labels.status_label(text) in STATUSES or labels.status_label(text) == text
