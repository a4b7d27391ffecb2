"""Each fault is found by the rule that is there for it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.plants import PLANTS, planted
from tests.simulation.planted import ROOT, Plant

EACH = pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)


@EACH
def test_a_plant_still_finds_its_place_in_the_source(plant: Plant, tmp_path: Path) -> None:
    assert plant.after in (planted(plant.name, tmp_path) / plant.file).read_text()


def test_a_plant_of_no_such_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no plant 'none'"):
        planted("none", tmp_path)


@pytest.mark.planted
@EACH
def test_a_planted_fault_breaks_its_rule(plant: Plant) -> None:
    settings = {"PLANT": plant.name, "TRANSPORT": "http", "SECONDS": "20", "SEED": "11"}
    command = [sys.executable, "-m", "tests.cluster"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert any(re.search(plant.rules, line) for line in done.stdout.splitlines() if line.startswith("BROKEN"))
