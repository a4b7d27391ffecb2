"""Each planted fault is found within the number of worlds that is written down for it."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.simulation.planted import Found, Plant, search, with_fault
from tests.simulation.plants import PLANTS

EACH = pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)


# A part of `make test`: whoever changes the source hears at once that a plant is out of date.
@EACH
def test_a_plant_still_finds_its_place_in_the_source(plant: Plant) -> None:
    assert plant.after in with_fault(plant)


def test_a_plant_that_no_longer_applies_is_told(tmp_path: Path) -> None:
    stale = Plant("stale", "bot/policy.py", "no such text", "", "no_rule", 1)
    with pytest.raises(LookupError, match="stands 0 times"):
        search(stale, tmp_path)


@pytest.fixture(scope="module")
def searches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, "Future[Found | None]"]]:
    """All at once, on as many cores as there are."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        folders = [tmp_path_factory.mktemp("planted") for _ in PLANTS]
        yield {plant.name: pool.submit(search, plant, folder) for plant, folder in zip(PLANTS, folders, strict=True)}


@pytest.mark.planted
@EACH
def test_a_planted_fault_is_found(plant: Plant, searches: dict[str, "Future[Found | None]"]) -> None:
    found = searches[plant.name].result()
    assert found is not None, f"not found in {plant.worlds} worlds"
    assert found.rule in plant.rules, found
