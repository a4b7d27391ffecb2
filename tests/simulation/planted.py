"""Faults planted into a copy of the bot, to see that the simulation finds them: a world that finds none is too tame.

A plant is a change of the source's text, so it stops applying where that text is changed: then plant it anew.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

_SEARCH = """
import sys
from tests.simulation.parts import memory_in_place_of_sockets
from tests.simulation.shrink import fails

with memory_in_place_of_sockets():
    for seed in range(1, int(sys.argv[1]) + 1):
        if world := fails(seed):
            print(seed, world.failure.rule, world.failure.what, sep="\\n")
            break
"""


@dataclass(frozen=True)
class Plant:
    """`before` is a text that stands once in `file`, `after` what is planted in its place.

    `rules` has the names of the rules that may break, `worlds` is within how many of them one does.
    """

    name: str
    file: str
    before: str
    after: str
    rules: str
    worlds: int


class Found(NamedTuple):
    """The first seed that finds it, the rule that breaks there, and what is wrong."""

    seed: int
    rule: str
    what: str


def with_fault(plant: Plant) -> str:
    """The text of its file, with the fault in it. Raises LookupError where the fault can't be planted."""
    text = (ROOT / plant.file).read_text()
    if text.count(plant.before) != 1:
        raise LookupError(f"{plant.name}: {plant.before!r} stands {text.count(plant.before)} times in {plant.file}")
    return text.replace(plant.before, plant.after)


def plant_into(folder: Path, plant: Plant, *packages: str) -> None:
    """A copy of the packages with the fault in it. Raises LookupError where the fault can't be planted."""
    text = with_fault(plant)
    for package in packages:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / plant.file).write_text(text)


def search(plant: Plant, folder: Path) -> Found | None:
    """None where the fault is not found. Raises LookupError where the fault can't be planted."""
    plant_into(folder, plant, "bot", "handlers")
    found = subprocess.run(
        [sys.executable, "-c", _SEARCH, str(plant.worlds)],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{ROOT}", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return Found(int(found[0]), found[1], "\n".join(found[2:])) if found else None
