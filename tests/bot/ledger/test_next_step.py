"""What is done next about a row: by example for each state, and for every row that can be read."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.changes.outcome import Kind
from bot.ledger.next_step import Action, NextStep, next_step, step_after_failure
from bot.ledger.row import DAY_S, ChangeRow, Receipt, State
from tests.gallery import fixed

NOW = 1_795_000_000.0
REQUEST = fixed.click().request


def row(state: State = "sending", **more: Any) -> ChangeRow:  # noqa: ANN401
    """Clicked and sent a minute ago, and due now."""
    values: dict[str, Any] = {
        "id": REQUEST.id, "account": "key", "case_number": REQUEST.case_number, "state": state,
        "request": REQUEST.encode(), "team": "T1", "channel": "C1", "thread_ts": "", "message_ts": "1.2", "private": 0,
        "editable": 1, "change": "delete", "clicker": "UBOB", "clicked_at": NOW - 60, "ref": "AAAAA", "owner": "one",
        "fence": 1, "lease_until": NOW + 6, "send_not_after": NOW - 57, "last_try": NOW - 60, "settled_at": NOW + 13,
        "announced": 1, "outcome": "", "answer": "", "copy": None, "message": None, "response_url": None,
        "response_url_until": None, "response_url_uses": 0, "receipt": "", "show_again": None, "tries": 0,
        "due_at": NOW, "ended_at": None, "now": NOW,
    }  # fmt: skip
    return ChangeRow.parse(values | more)


@pytest.mark.parametrize(
    ("found", "action", "kind"),
    [
        (row("open"), Action.END, Kind.EXPIRED),
        (row("open", editable=0), Action.END_ON_RECORD, Kind.EXPIRED),
        (row("claimed", announced=0), Action.RELEASE, None),
        (row("claimed"), Action.OFFER_AGAIN, None),
        (row("sending"), Action.READ, None),
        (row("sending", answer="REFUSED"), Action.END, Kind.REFUSED),
        (row("sending", due_at=NOW - DAY_S - 1), Action.END_ON_RECORD, Kind.UNKNOWN),
        (row("sending", due_at=NOW - DAY_S - 1, answer="DONE"), Action.END_ON_RECORD, Kind.DONE),
        (row("ended", outcome="DONE"), Action.SHOW, None),
        (row("ended", outcome="DONE", due_at=NOW - DAY_S - 1), Action.END_ON_RECORD, None),
        (row("delivered", outcome="DONE", show_again=NOW - 1), Action.SHOW, None),
        (row("delivered", outcome="FOUND_OPEN", show_again=NOW), Action.SHOW, None),
        (row("delivered", outcome="FOUND_OPEN", show_again=NOW + 1), Action.READ, None),
        (row("delivered", outcome="MAY_STILL_HAPPEN"), Action.READ, None),
        (row("delivered", outcome="MAY_STILL_HAPPEN", answer="DONE"), Action.END, Kind.DONE),
        (row("delivered", outcome="MAY_STILL_HAPPEN", show_again=NOW), Action.SHOW, None),
        (row("delivered", outcome="MAY_STILL_HAPPEN", show_again=NOW, settled_at=NOW), Action.READ, None),
        (row("ended", outcome="MAY_STILL_HAPPEN"), Action.SHOW, None),
        (row("ended", outcome="MAY_STILL_HAPPEN", settled_at=NOW), Action.READ, None),
        (row("delivered", outcome="UNKNOWN", send_not_after=NOW - DAY_S - 1), Action.DROP_TEXTS, None),
        (row("delivered", outcome="UNKNOWN", send_not_after=NOW - DAY_S), Action.DROP_TEXTS, None),
        (row("delivered", outcome="UNKNOWN", send_not_after=NOW - DAY_S + 1), Action.READ, None),
        (row("delivered", outcome="UNKNOWN", send_not_after=None), Action.DROP_TEXTS, None),
        (row("delivered", outcome="DONE"), Action.DROP_TEXTS, None),
        (row("delivered", outcome="DONE", answer="DONE"), Action.DROP_TEXTS, None),
        (row("delivered", outcome="DONE", show_again=NOW), Action.SHOW, None),
        (row("delivered", outcome="DONE", show_again=NOW + 1), Action.SHOW, None),
        (row("ended", outcome="UNKNOWN"), Action.SHOW, None),
        (row("open", due_at=NOW - DAY_S - 1), Action.END_ON_RECORD, Kind.EXPIRED),
        (row("claimed", due_at=NOW - DAY_S - 1, announced=0), Action.END_ON_RECORD, Kind.EXPIRED),
        (row("delivered", outcome="DONE", due_at=NOW - DAY_S - 1), Action.DROP_TEXTS, None),
    ],
)
def test_each_state_has_its_next_step(found: ChangeRow, action: Action, kind: Kind | None) -> None:
    assert next_step(found) == NextStep(action, kind)


def test_check_now_reads_what_recovery_looks_at_no_more() -> None:
    forgotten = row("delivered", outcome="UNKNOWN", send_not_after=NOW - DAY_S - 1, due_at=None)
    assert next_step(forgotten, is_asked_for=True).action is Action.READ
    old = row("sending", due_at=NOW - DAY_S - 1)
    assert next_step(old, is_asked_for=True).action is Action.READ
    over = row("delivered", outcome="DONE", due_at=None)
    assert next_step(over, is_asked_for=True).action is Action.SHOW
    not_yet_shown = row("ended", outcome="UNKNOWN")
    assert next_step(not_yet_shown, is_asked_for=True).action is Action.READ
    answered = row("sending", due_at=NOW - DAY_S - 1, answer="DONE")
    assert next_step(answered, is_asked_for=True) == NextStep(Action.END, Kind.DONE)


@pytest.mark.parametrize("state", ["open", "claimed", "sending", "ended"])
def test_what_raises_for_a_day_ends_on_record(state: State) -> None:
    times = {"last_try": NOW - DAY_S - 1, "clicked_at": NOW - DAY_S - 1, "outcome": "DONE" if state == "ended" else ""}
    assert step_after_failure(row(state, **times)) is None  # the first try of today
    step = step_after_failure(row(state, **times, tries=1))
    assert step
    assert step.action is Action.END_ON_RECORD
    assert step_after_failure(row(state, tries=99)) is None


KINDS = st.sampled_from(["", *Kind.__members__])
TIMES = st.none() | st.floats(NOW - 3 * DAY_S, NOW + 60)
ROWS = st.builds(
    row,
    st.sampled_from(get_args(State)),
    editable=st.integers(0, 1),
    announced=st.integers(0, 1),
    outcome=KINDS,
    answer=KINDS,
    receipt=st.sampled_from(get_args(Receipt)),
    show_again=TIMES,
    tries=st.integers(0, 300),
    due_at=TIMES,
    clicked_at=TIMES,
    last_try=TIMES,
    send_not_after=TIMES,
    settled_at=TIMES,
    ended_at=TIMES,
)
# What could send a change has no action: the set is closed, and each of these reads or tells.
HARMLESS = {"END", "END_ON_RECORD", "RELEASE", "OFFER_AGAIN", "READ", "SHOW", "DROP_TEXTS"}


@given(ROWS, st.booleans())
def test_every_row_has_one_step_and_none_sends(found: ChangeRow, is_asked_for: bool) -> None:  # noqa: FBT001
    steps = [next_step(found, is_asked_for=is_asked_for), step_after_failure(found)]
    for step in filter(None, steps):
        assert step.action.name in HARMLESS
        assert step.kind is None or step.action in {Action.END, Action.END_ON_RECORD}
    was_sent = found.state in {"sending", "ended", "delivered"}
    assert not was_sent or steps[0].action not in {Action.RELEASE, Action.OFFER_AGAIN}  # type: ignore[union-attr]


@given(ROWS, st.booleans())
def test_a_row_with_the_apis_answer_ends_by_that(found: ChangeRow, is_asked_for: bool) -> None:  # noqa: FBT001
    steps = [next_step(found, is_asked_for=is_asked_for), step_after_failure(found)]
    for step in filter(None, steps):
        if found.answer and found.answer is not found.outcome:
            assert step.kind is found.answer
        elif step.kind:
            assert step.kind in {Kind.EXPIRED, Kind.UNKNOWN}
