"""When a row is looked at again."""

import pytest

from bot.changes.outcome import UNCLEAR, Kind
from bot.ledger.row import DAY_S
from bot.ledger.schedule import LONGEST_PAUSE_S, due_after_delivery, next_look, pause_s
from bot.ledger.statements import REOPEN_S, SETTLE_S

SENT_UNTIL = 1_795_000_000.0


def test_the_pause_doubles_up_to_five_minutes() -> None:
    assert [pause_s(tries) for tries in range(10)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, LONGEST_PAUSE_S]
    assert pause_s(100_000) == LONGEST_PAUSE_S == 300


def test_a_change_without_an_answer_is_looked_at_three_times() -> None:
    first = next_look(SENT_UNTIL, SENT_UNTIL)
    assert first == SENT_UNTIL + 71
    assert first - SENT_UNTIL > SETTLE_S - 3  # only once it can't be carried out any more
    assert next_look(SENT_UNTIL, SENT_UNTIL + 70.9) == first
    assert next_look(SENT_UNTIL, first) == SENT_UNTIL + 600
    assert next_look(SENT_UNTIL, SENT_UNTIL + 600) == SENT_UNTIL + 3_600
    assert next_look(SENT_UNTIL, SENT_UNTIL + 3_600) is None


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind in UNCLEAR and kind is not Kind.UNKNOWN])
def test_what_is_unclear_is_looked_at_again_and_after_a_day_forgotten(kind: Kind) -> None:
    assert due_after_delivery(kind, SENT_UNTIL, SENT_UNTIL + 71, 7) == SENT_UNTIL + 600
    assert due_after_delivery(kind, SENT_UNTIL, SENT_UNTIL + 3_600, 7) == SENT_UNTIL + DAY_S


def test_a_ticket_that_could_not_be_read_is_read_again_a_second_later() -> None:
    assert due_after_delivery(Kind.UNKNOWN, SENT_UNTIL, SENT_UNTIL + 60, 7) == SENT_UNTIL + 61
    assert due_after_delivery(Kind.UNKNOWN, None, SENT_UNTIL, 0) == SENT_UNTIL + 1


@pytest.mark.parametrize(("kind", "sent_until"), [(Kind.DONE, SENT_UNTIL), (Kind.FOUND_OPEN, None)])
def test_what_is_known_is_kept_for_its_days_and_at_least_an_hour(kind: Kind, sent_until: float | None) -> None:
    assert due_after_delivery(kind, sent_until, SENT_UNTIL, 7) == SENT_UNTIL + 7 * DAY_S
    assert due_after_delivery(kind, sent_until, SENT_UNTIL, 0) == SENT_UNTIL + REOPEN_S
