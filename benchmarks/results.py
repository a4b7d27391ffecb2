"""The figures as files: one for each release, in results/, and the last run's."""

import datetime as dt
import os
import platform
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.figure import Figure

ROOT = Path(__file__).parent.parent
RELEASES = ROOT / "benchmarks" / "results"
LAST_RUN = ROOT / ".cache" / "bench.json"
PACE_NOISE = 0.1


class Machine(BaseModel):
    """`load` is that of the last minute before the run: how many processes wanted a core.

    `pace_ms` is the CPU of a fixed loop: the same processor's name may stand for another speed on another day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    processor: str
    cores: int
    python: str
    load: float
    pace_ms: float

    def is_like(self, other: "Machine") -> bool:
        is_as_fast = abs(self.pace_ms / other.pace_ms - 1) <= PACE_NOISE
        return is_as_fast and (self.processor, self.cores) == (other.processor, other.cores)

    @property
    def is_busy(self) -> bool:
        """With something else than the benchmark."""
        return self.load > self.cores / 2


class Run(BaseModel):
    """`quick` ones are rough, and no release's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    date: dt.date
    quick: bool
    machine: Machine
    figures: list[Figure]

    def of(self, figure: str) -> Figure | None:
        """By its id."""
        return next((found for found in self.figures if found.id == figure), None)


def this_machine() -> Machine:
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 1),
        pace_ms=round(min(_pace_ms() for _ in range(5)), 1),
    )


def _pace_ms() -> float:
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return 1000 * (time.process_time() - began)


def _processor() -> str:
    """Its name, or its kind where it has none."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def write(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(run.model_dump_json(indent=1) + "\n")


def releases(folder: Path = RELEASES) -> list[Run]:
    """The newest first. Raises ValueError for a file that can't be read, or is named after another version."""
    return sorted(_read(folder), key=lambda run: order(run.version), reverse=True)


def _read(folder: Path) -> Iterator[Run]:
    for path in folder.glob("*.json"):
        run = Run.model_validate_json(path.read_text())
        if path.stem != run.version:
            raise ValueError(f"{path.name} has the figures of {run.version}")
        yield run


def last_release(found: Sequence[Run], before: str | None = None) -> Run | None:
    """The newest; `before` a version, the one that came before that."""
    return next((run for run in found if before is None or order(run.version) < order(before)), None)


def order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
