"""That a seed says what is done, and that what matters most is done in a short run."""

from itertools import islice

from tests.crash.plan import plans
from tests.crash.steps import WANTED

A_MINUTE = 8
"""Rounds of one world, on a busy machine."""


def test_a_seed_gives_the_same_rounds_again() -> None:
    first, again = (list(islice(plans("7", "postgres", "http"), 100)) for _ in range(2))
    assert first == again


def test_another_seed_gives_other_rounds() -> None:
    first, other = (list(islice(plans(seed, "sqlite", "http"), 20)) for seed in ("7", "8"))
    assert first != other


def test_the_two_worlds_of_a_database_hit_all_that_matters_most_within_a_minute() -> None:
    for database in ("sqlite", "postgres"):
        worlds = (islice(plans("7", database, transport), A_MINUTE) for transport in ("http", "socket"))
        done = {(plan.step, plan.deed) for world in worlds for plan in world}
        assert {(step, deed) for step in WANTED for deed in ("kill", "freeze", "stop")} <= done
