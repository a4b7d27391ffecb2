"""The size of an installation that runs: what `make run` installs, in a folder of its own. Asks the package index."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import less
from benchmarks.part import Bench, Round
from benchmarks.process import ROOT

LARGEST_MB = 170  # .ci/install refuses more
QUANTITIES = {"installed_mb": less("what the bot needs, with pip, as du counts", "MB", LARGEST_MB, exact=True)}


async def measure(bench: Bench) -> AsyncGenerator[Round, None]:
    """One round: the pins decide, and nothing else."""
    del bench
    yield {"installed_mb": await asyncio.to_thread(_installed_mb)}


def _installed_mb() -> float:
    with TemporaryDirectory() as folder:
        environment = Path(folder) / "venv"
        _run("make", f"VENV={environment}", f"{environment}/installed-run")
        return float(_run("du", "-sm", str(environment)).split()[0])


def _run(*command: str) -> str:
    asked = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)  # noqa: S603
    if asked.returncode:
        raise RuntimeError(f"{' '.join(command)}: {asked.stderr[-2000:]}")
    return asked.stdout
