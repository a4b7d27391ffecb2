"""What a row of the ledger says of a request: who has it, how it stands, and when it is too old to be touched."""

from typing import Any

import pytest

from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind, Standing
from bot.ledger.row import (
    DAY_S,
    ChangeRow,
    Place,
    decode_message,
    decode_ticket,
    encode_message,
    encode_ticket,
)
from bot.ledger.statements import LEASE_S
from bot.tickets import Ticket
from tests.bot.ledger.test_next_step import NOW, REQUEST, row

TICKET = Ticket.from_answer(
    {
        "CaseNumber": "2531581",
        "Subject": "Hello",
        "Status": False,
        "Description": "secret",
        "AccountInfo": {"Email": "x"},
    }
)


@pytest.mark.parametrize(
    ("lease_until", "is_held"),
    [(NOW + LEASE_S, True), (NOW + 0.1, True), (NOW, False), (None, False), (NOW + LEASE_S + 0.1, False)],
)
def test_a_row_is_held_while_its_lease_lasts_and_the_clock_was_not_set_back(
    lease_until: float | None, *, is_held: bool
) -> None:
    assert row(lease_until=lease_until).is_held is is_held


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (row("open"), "expired"),
        (row("open", outcome="DONE"), "expired"),
        (row("claimed"), "working"),
        (row("claimed", outcome="DONE"), "working"),
        (row("sending", outcome="DONE"), "working"),
        (row("ended"), "working"),
        (row("ended", outcome="DONE"), "deleted"),
        (row("delivered", outcome="DONE", change="resolve"), "resolved"),
        (row("delivered", outcome="CANCELLED"), "cancelled"),
        (row("delivered", outcome="BUSY"), "closed"),
        (row("delivered", outcome="NOT_READ"), "closed"),
    ],
)
def test_whoever_clicks_later_reads_how_the_request_stands_and_whose_it_was(found: ChangeRow, state: str) -> None:
    assert found.standing == Standing(state, "UBOB", int(NOW - 60))  # type: ignore[arg-type]


def test_the_apis_answer_is_new_until_the_row_ended_by_it() -> None:
    assert row("sending", answer="DONE").new_answer is Kind.DONE
    assert row("ended", answer="DONE", outcome="UNKNOWN").new_answer is Kind.DONE
    assert row("ended", answer="DONE", outcome="DONE").new_answer is None
    assert row("ended", outcome="UNKNOWN").new_answer is None


@pytest.mark.parametrize(
    ("found", "is_final"),
    [
        (row("ended", outcome="DONE"), True),
        (row("delivered", outcome="DONE"), True),
        (row("ended", outcome="BUSY"), True),
        (row("sending", outcome="DONE"), False),
        (row("ended"), False),
        (row("ended", outcome="UNKNOWN"), False),
        (row("delivered", outcome="MAY_STILL_HAPPEN"), False),
        (row("ended", outcome="CANCELLED", answer="DONE"), False),
    ],
)
def test_an_end_is_final_where_no_news_of_it_is_to_come(found: ChangeRow, *, is_final: bool) -> None:
    assert found.has_final_end is is_final


@pytest.mark.parametrize(("settled_at", "unsettled"), [(NOW + 0.1, True), (NOW, False), (None, False)])
def test_a_row_is_unsettled_while_its_request_may_be_carried_out(settled_at: float | None, *, unsettled: bool) -> None:
    assert row(settled_at=settled_at).is_unsettled is unsettled


@pytest.mark.parametrize(
    ("ended_at", "given_up"), [(NOW - DAY_S - 0.1, True), (NOW - DAY_S, False), (NOW, False), (None, False)]
)
def test_a_row_is_given_up_after_a_day_in_vain(ended_at: float | None, *, given_up: bool) -> None:
    assert row("ended", ended_at=ended_at).is_given_up is given_up


OLD, YOUNG = NOW - DAY_S - 0.1, NOW - DAY_S


@pytest.mark.parametrize(
    ("times", "is_over"),
    [
        ({"tries": 1, "last_try": OLD}, True),
        ({"tries": 1, "last_try": YOUNG}, False),
        ({"tries": 0, "last_try": OLD}, False),
        ({"tries": 1, "last_try": YOUNG, "clicked_at": OLD}, False),
        ({"tries": 1, "last_try": None, "clicked_at": OLD}, True),
        ({"tries": 1, "last_try": None, "clicked_at": YOUNG}, False),
    ],
)
def test_a_day_of_tries_counts_from_the_last_call_or_the_click(times: dict[str, Any], *, is_over: bool) -> None:
    assert row(**times).is_tried_for_a_day is is_over


def test_a_day_of_tries_counts_from_the_request_where_nobody_clicked() -> None:
    for since, is_over in ((DAY_S + 0.1, True), (DAY_S, False)):
        found = row("open", tries=1, last_try=None, clicked_at=None, now=REQUEST.requested_at + since)
        assert found.is_tried_for_a_day is is_over


@pytest.mark.parametrize(
    ("times", "is_stale"),
    [
        ({"due_at": OLD}, True),
        ({"due_at": YOUNG}, False),
        ({"due_at": YOUNG, "send_not_after": OLD, "clicked_at": OLD}, False),
        ({"due_at": None, "send_not_after": OLD, "clicked_at": NOW}, True),
        ({"due_at": None, "send_not_after": YOUNG, "clicked_at": OLD}, False),
        ({"due_at": None, "send_not_after": None, "clicked_at": OLD}, True),
        ({"due_at": None, "send_not_after": None, "clicked_at": YOUNG}, False),
    ],
)
def test_what_was_due_a_day_ago_is_left_as_it_is(times: dict[str, Any], *, is_stale: bool) -> None:
    assert row(**times).is_stale is is_stale


def test_a_row_says_where_its_request_stands_who_clicked_and_what() -> None:
    found = row(thread_ts="1.1", private=1, editable=0, change="resolve", account="key")
    assert found.place == Place(
        team="T1", channel="C1", thread_ts="1.1", message_ts="1.2", private=True, editable=False
    )
    click = found.click
    assert (click.request, click.change, click.user_id, click.at, click.ref) == (
        REQUEST, "resolve", "UBOB", int(NOW - 60), "AAAAA",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known_ts", "clicked_ts", "clicked_channel", "stands"),
    [
        ("1.2", "1.2", "C1", ("C1", "1.2", True)),
        ("", "1.3", "C1", ("C1", "1.3", True)),
        ("1.2", "", "C1", ("C1", "1.2", True)),
        ("1.2", "1.3", "C1", ("C1", "1.3", False)),
        ("1.2", "1.3", "D1", ("D1", "1.3", True)),
        ("1.2", "1.2", "D1", ("D1", "1.2", True)),
    ],
)
def test_a_request_stands_where_it_was_posted_or_else_where_it_was_clicked(
    known_ts: str, clicked_ts: str, clicked_channel: str, stands: tuple[str, str, bool]
) -> None:
    posted = Place(team="T1", channel="C1", message_ts=known_ts, editable=True)
    now = posted.clicked_in(Place(team="T1", channel=clicked_channel, message_ts=clicked_ts))
    assert (now.channel, now.message_ts, now.editable) == stands


def test_check_now_counts_from_the_last_try_or_the_click() -> None:
    assert row(last_try=NOW - 5).check.sent_at == NOW - 5
    assert row(last_try=None).check.sent_at == NOW - 60


def test_a_row_of_a_bot_that_knew_more_is_read_as_the_least() -> None:
    found = row(change="archive", outcome="FORGOTTEN", answer="FORGOTTEN", clicked_at=None, announced=0)
    assert (found.change, found.outcome, found.answer) == ("delete", None, None)
    assert (found.clicked_at, found.announced) == (0.0, False)


def test_a_row_whose_request_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match=f"^the request {REQUEST.id} in the ledger can't be read$"):
        row(request="{}")


def test_of_a_ticket_no_more_is_kept_than_the_record_shows_unless_all_is_needed() -> None:
    assert dict(decode_ticket(encode_ticket(TICKET, whole=False)).source) == {
        "CaseNumber": "2531581", "Subject": "Hello", "Status": False,
    }  # fmt: skip
    assert decode_ticket(encode_ticket(TICKET, whole=True)) == TICKET
    bare = Ticket.from_answer({"CaseNumber": "2531581", "Description": "secret"})
    assert dict(decode_ticket(encode_ticket(bare, whole=False)).source) == {"CaseNumber": "2531581"}


def test_a_message_comes_back_from_the_ledger_as_it_went() -> None:
    message = Message("Done", ({"type": "divider"}, {"type": "section"}))
    assert decode_message(encode_message(message)) == message
