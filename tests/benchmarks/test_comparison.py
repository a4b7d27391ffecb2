"""What is called worse than the last release's."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.comparison import differences, verdict
from benchmarks.figure import ENOUGH_ROUNDS, Better, Unit
from tests.benchmarks.runs import MANY, QUIET, figure, run

SLOWER = tuple(value * 1.2 for value in MANY)


@pytest.mark.parametrize(
    ("better", "now", "before", "expected"),
    [
        ("less", SLOWER, MANY, "worse"),
        ("less", MANY, SLOWER, "better"),
        ("more", SLOWER, MANY, "better"),
        ("more", MANY, SLOWER, "worse"),
        ("neither", SLOWER, MANY, "different"),
    ],
)
def test_a_figure_whose_rounds_all_lie_outside_has_changed(
    better: Better, now: Sequence[float], before: Sequence[float], expected: str
) -> None:
    assert verdict(figure(now, better=better), figure(before, better=better), same_machine=True) == expected


def test_one_round_among_the_others_makes_the_difference_noise() -> None:
    assert verdict(figure((*SLOWER[1:], 10.3)), figure(), same_machine=True) == "within the noise"


def test_a_difference_below_one_percent_is_none() -> None:
    assert verdict(figure((10.05,) * 5), figure((10.0,) * 5), same_machine=True) == "within the noise"


def test_the_first_refused_call_is_worse() -> None:
    assert verdict(figure((1.0,) * 5, unit=""), figure((0.0,) * 5, unit=""), same_machine=True) == "worse"


def test_a_single_round_says_nothing_about_the_noise() -> None:
    assert verdict(figure((20.0,)), figure(), same_machine=True) == "too few rounds"
    assert verdict(figure(), figure((20.0,)), same_machine=True) == "too few rounds"


def test_a_single_round_is_enough_for_what_is_the_same_each_time() -> None:
    now, before = (figure((size,), unit="MB", exact=True) for size in (168.0, 162.0))
    assert verdict(now, before, same_machine=False) == "worse"


@pytest.mark.parametrize("other", [{"processor": "Another"}, {"cores": 4}, {"pace_ms": QUIET.pace_ms * 1.2}])
@pytest.mark.parametrize(
    ("unit", "expected"), [("ms", "another machine"), ("/s", "another machine"), ("×", "worse"), ("MiB", "worse")]
)
def test_times_of_another_machine_are_not_judged_but_ratios_and_sizes_are(
    unit: Unit, expected: str, other: dict[str, object]
) -> None:
    before = run(figure(unit=unit), version="0.1.0", machine=QUIET.model_copy(update=other))
    (found,) = differences(run(figure(SLOWER, unit=unit)), before)
    assert found.verdict == expected


def test_a_figure_that_the_last_release_did_not_have_is_not_compared() -> None:
    now = run(figure(), figure(key="new"))
    assert [one.now.id for one in differences(now, run(figure()))] == ["speed.cpu_ms"]


ROUNDS = st.lists(st.floats(0.001, 1e6), min_size=ENOUGH_ROUNDS, max_size=9)


@given(ROUNDS, ROUNDS)
def test_what_is_worse_one_way_is_better_the_other_way(one: list[float], other: list[float]) -> None:
    assert {verdict(figure(one), figure(other), same_machine=True)} <= {"better", "worse", "within the noise"}
    back = {"better": "worse", "worse": "better", "within the noise": "within the noise"}
    for better in ("less", "more"):
        found = verdict(figure(one, better=better), figure(other, better=better), same_machine=True)
        mirrored = verdict(figure(one, better="more" if better == "less" else "less"), figure(other), same_machine=True)
        assert mirrored == back[found]


@given(ROUNDS)
def test_a_run_is_no_worse_than_itself(rounds: list[float]) -> None:
    assert verdict(figure(rounds), figure(rounds), same_machine=True) == "within the noise"
