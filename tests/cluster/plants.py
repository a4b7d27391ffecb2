"""Faults in a copy of the bot, to see that the rules can fail: `make cluster PLANT="nothing is handed over"`."""

import shutil
from pathlib import Path

from tests.simulation.planted import ROOT, Plant, plant_into

# `rules` has words of what is said where the fault is found.
PLANTS = (
    Plant(
        "each process takes its turn alone",
        "handlers/open_ledger.py",
        "if not isinstance(database, SharesTurns) or settings.sweeppea_concurrency > 1:",
        "if True:",
        "overlap at the API",
        worlds=1,
    ),
    Plant(
        "a command's digest is not kept",
        "handlers/delete.py",
        "services.ledger.insert(request, place, interaction.delivery)",
        "services.ledger.insert(request, place)",
        "one command asked 2 times",
        worlds=1,
    ),
    Plant(
        "the claim is in memory",
        "bot/ledger/statements.py",
        "WHERE id = $1 AND state = 'open' AND {FREE}\n",
        "WHERE id = $1\n",
        "2 audit rows of|deletions were carried out or tried|which was at work on it|after it was cancelled",
        worlds=1,
    ),
    Plant(
        "nothing is handed over",
        "bot/ledger/statements.py",
        "UPDATE changes SET lease_until = NULL WHERE owner = $1",
        "UPDATE changes SET lease_until = lease_until WHERE owner = $1",
        "did not hand it over",
        worlds=1,
    ),
    Plant(
        "whoever stops goes on being healthy",
        "handlers/serve.py",
        "return not runner.draining and all(",
        "return all(",
        "came to a process that was stopping",
        worlds=1,
    ),
    Plant(
        "the lease is not renewed",
        "bot/ledger/lease.py",
        "while not self.is_lost and loop.time() < until:",
        "while loop.time() > until:",
        "which was at work on it|was taken from",
        worlds=1,
    ),
)


def planted(name: str, folder: Path) -> Path:
    """A folder with the bot, and that fault in it. Raises LookupError where there is none of that name."""
    plant = next((plant for plant in PLANTS if plant.name == name), None)
    if plant is None:
        raise LookupError(f"no plant {name!r}: {', '.join(plant.name for plant in PLANTS)}")
    plant_into(folder, plant, "bot", "handlers", "commands")
    shutil.copy(ROOT / "app.py", folder)
    return folder
