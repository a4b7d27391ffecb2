"""Some worlds in each run of the tests; `make simulate` runs as many as there is time for."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.simulation import faults, rulebook
from tests.simulation.parts import memory_in_place_of_sockets
from tests.simulation.rules import RULES
from tests.simulation.shrink import fails, shrink, story
from tests.simulation.world import World

WORLDS = range(1, 17)

_DIGESTS = """
from tests.simulation.parts import memory_in_place_of_sockets
from tests.simulation.world import World
with memory_in_place_of_sockets():
    for seed in (1, 2, 3, 1):
        world = World(seed)
        world.run()
        print(world.journal.digest())
"""


@pytest.fixture(autouse=True, scope="module")
def _memory() -> Iterator[None]:
    with memory_in_place_of_sockets():
        yield


@pytest.mark.parametrize("seed", WORLDS)
def test_every_rule_holds_in_a_world_full_of_faults(seed: int) -> None:
    world = fails(seed)
    assert world is None, "\n".join([str(world.failure), *story(world)])


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_row_has_ended_a_day_after_the_ticket_system_died(seed: int) -> None:
    world = World(seed, api_stays_dead=True)
    world.run()
    assert any("the API is dead from here on" in line for line in world.journal.lines)


def test_one_seed_is_one_world_whatever_python_hashes() -> None:
    digests = [_digests(hash_seed) for hash_seed in ("0", "1", "random")]
    assert digests[0] == digests[1] == digests[2]
    first, second, third, again = digests[0]
    assert first == again
    assert len({first, second, third}) == 3


def _digests(hash_seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    run = subprocess.run([sys.executable, "-c", _DIGESTS], env=environment, capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_a_decision_that_is_left_out_leaves_the_others_as_they_were() -> None:
    whole = World(1)
    whole.run()
    name = next(name for name in whole.chance.drawn if name.startswith("U01BOB#"))
    part = World(1, frozenset({name}))
    part.run()
    before_it = list(whole.chance.drawn)[: list(whole.chance.drawn).index(name)]
    assert {other: whole.chance.drawn[other] for other in before_it}.items() <= part.chance.drawn.items()
    assert name not in part.chance.drawn


def test_a_failure_is_shrunk_to_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_is_ever_carried_out(_: object, call: object) -> Iterator[str]:
        yield f"{call} was"

    monkeypatch.setitem(RULES, "carried out", [nothing_is_ever_carried_out])
    world = next(world for seed in range(1, 20) if (world := fails(seed)))
    assert world.failure is not None
    smallest = shrink(world.seed, world.failure, world, 60)
    assert smallest.failure is not None
    assert smallest.failure.rule == "nothing_is_ever_carried_out"
    assert len(smallest.chance.drawn) <= 6  # somebody asks, somebody clicks, and how they came to
    assert any("IS CARRIED OUT" in line for line in story(smallest))


def test_what_is_switched_off_says_until_when() -> None:
    named = {rule.__name__ for rules in RULES.values() for rule in rules}
    assert rulebook.OFF.keys() <= named
    assert all(why for why in [*rulebook.OFF.values(), *faults.OFF.values()])
