"""That a time is held against its bound only where the machine had time for it."""

import pytest

from tests.crash.figures import BOUNDS, Figures, Load, too_slow

END, BOUND_S = "from the quiet to all ends", BOUNDS["from the quiet to all ends"]


def load(busy: float, busy_in_one_moment: float = 0.0) -> Load:
    """Of a machine whose processors are in use so much, second for second; and once for five seconds more."""
    idle, samples = 0.0, []
    for second in range(300):
        samples.append((float(second), second * 200, int(idle)))
        idle += 200 * (1 - (max(busy, busy_in_one_moment) if 50 <= second < 55 else busy))
    return Load(samples)


def figures(took_s: float) -> Figures:
    found = Figures("sqlite", "http")
    found.took(END, 10, 10 + took_s)
    return found


def test_what_takes_too_long_is_found_where_the_machine_had_time() -> None:
    assert [*too_slow(figures(BOUND_S + 1), load(0.5))]


@pytest.mark.parametrize(("took_s", "busy"), [(BOUND_S - 1, 0.5), (BOUND_S + 1, 0.99)])
def test_what_is_quick_or_met_a_busy_machine_is_let_pass(took_s: float, busy: float) -> None:
    assert not [*too_slow(figures(took_s), load(busy))]


def test_one_busy_moment_is_enough_to_let_a_time_pass() -> None:
    assert not [*too_slow(figures(BOUND_S + 1), load(0.5, busy_in_one_moment=1.0))]
