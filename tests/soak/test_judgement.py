"""That what grows is found, and what comes and goes, or rises once, is not."""

from collections.abc import Callable
from random import Random

import pytest

from tests.soak.judgement import MOST_PER_ROW, growth, ledger_between, table, trends, unexplained
from tests.soak.samples import MIB, Sample

SAMPLES = 240
WARM_UP_S = 600.0


def an_hour(name: str, value: Callable[[float], float]) -> list[Sample]:
    """A sample every 15 seconds; `value` is asked with the part of the hour that is over, from 0 to 1."""
    return [Sample(at * 15.0, {name: value(at / SAMPLES)}) for at in range(SAMPLES)]


def found(name: str, value: Callable[[float], float]) -> list[str]:
    return [*growth(trends(an_hour(name, value), WARM_UP_S))]


@pytest.mark.parametrize(
    ("name", "at_first", "more"),
    [("memory, MiB", 80, 20), ("file descriptors", 30, 20), ("tasks", 40, 40), ("connections to PostgreSQL", 5, 12)],
)
def test_a_leak_is_found_under_its_noise(name: str, at_first: float, more: float) -> None:
    random = Random(1)
    [problem] = found(name, lambda part: at_first + more * part + random.uniform(-3, 3))
    assert problem.startswith(f"{name} grows")


@pytest.mark.parametrize("name", ["memory, MiB", "file descriptors", "tasks", "connections"])
def test_what_comes_and_goes_is_no_leak(name: str) -> None:
    random = Random(1)
    assert not found(name, lambda _: random.uniform(10, 100))


def test_what_rises_while_it_warms_up_is_no_leak() -> None:
    assert not found("memory, MiB", lambda part: 70 + min(part * 6, 1) * 30)


def test_what_rises_once_and_stays_is_no_leak() -> None:
    assert not found("memory, MiB", lambda part: 80 if part < 0.5 else 100)


def test_a_leak_of_less_than_is_allowed_is_left_alone() -> None:
    assert not found("memory, MiB", lambda part: 80 + 5 * part)


def test_a_figure_that_is_not_there_at_first_counts_as_none() -> None:
    samples = [Sample(at * 15.0, {"rows ended": at} if at > 100 else {}) for at in range(SAMPLES)]
    assert [*growth(trends(samples, WARM_UP_S))]


def test_what_may_grow_does() -> None:
    """The ledger, and the processor's time."""
    assert not found("rows of the audit", lambda part: 1e6 * part)
    assert not found("CPU, s", lambda part: 1e6 * part)


def test_a_run_that_is_too_short_is_not_judged() -> None:
    with pytest.raises(ValueError, match="too few"):
        trends(an_hour("tasks", lambda part: part)[:45], WARM_UP_S)


def test_the_table_says_of_each_figure_whether_it_grows() -> None:
    grows = trends(an_hour("tasks", lambda part: 1000 * part), WARM_UP_S)
    holds = trends(an_hour("threads", lambda _: 8), WARM_UP_S)
    _, first, second = table([*grows, *holds])
    assert first.endswith("GROWS")
    assert second.endswith("holds")


def ledger(per_row: float) -> list[Sample]:
    """Of a bot that is asked for a deletion each 15 seconds, which makes a change and three rows of the audit."""
    return [
        Sample(
            at * 15.0,
            {"database, MiB": at * 4 * per_row / MIB, "rows of changes": at, "rows of the audit": at * 3},
        )
        for at in range(SAMPLES)
    ]


def test_the_ledger_may_grow_by_what_was_asked_for() -> None:
    samples = ledger(700)
    assert not [*unexplained(samples, WARM_UP_S, SAMPLES)]
    assert round(ledger_between(samples[0], samples[-1]).per_row) == 700


def test_bytes_that_no_row_explains_are_found() -> None:
    [problem] = unexplained(ledger(MOST_PER_ROW + 100), WARM_UP_S, SAMPLES)
    assert "bytes a row" in problem


def test_rows_that_nobody_asked_for_are_found() -> None:
    [problem] = unexplained(ledger(700), WARM_UP_S, SAMPLES - 10)
    assert "only 230 deletions were asked for" in problem
