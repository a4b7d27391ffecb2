"""Whether enough mutants died, and whether each that lives is one that may."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.mutation.results import Mutant

SHARE = 0.95
"""Of the mutants that have to die; those that may live count as alive."""


class Survivor(NamedTuple):
    """A mutant that may live, and why that does not matter."""

    file: str
    function: str
    before: str
    after: str
    why: str


class Line(NamedTuple):
    """Of the table, for one file or for all; `hung` are among the `killed`, `accepted` among the `survived`."""

    name: str
    mutants: int
    killed: int
    hung: int
    survived: int
    accepted: int

    @property
    def share(self) -> float:
        return self.killed / self.mutants if self.mutants else 1.0

    def __str__(self) -> str:
        counts = "".join(f"{count:>10}" for count in self[1:])
        return f"{self.name:<32}{counts}{self.share:>10.1%}"


HEADER = f"{'file':<32}" + "".join(f"{name:>10}" for name in (*Line._fields[1:], "share"))


def read_survivors(path: Path) -> list[Survivor]:
    return [Survivor(**entry) for entry in tomllib.loads(path.read_text())["survivor"]]


def table(mutants: Sequence[Mutant], survivors: Iterable[Survivor]) -> list[Line]:
    """A line for each file, and one for all."""
    may_live = {survivor[:4] for survivor in survivors}
    counts = {name: Counter[str]() for name in sorted({mutant.file for mutant in mutants})}
    for mutant in mutants:
        alive = not mutant.died
        accepted = alive and mutant[:4] in may_live
        counts[mutant.file].update(mutants=1, killed=mutant.died, hung=mutant.hung, survived=alive, accepted=accepted)
    counts["all"] = sum(counts.values(), Counter[str]())
    return [Line(name, *(count[field] for field in Line._fields[1:])) for name, count in counts.items()]


def complaints(mutants: Sequence[Mutant], survivors: Sequence[Survivor]) -> Iterator[str]:
    """What is wrong, in words; nothing where all is well. Only files that have mutants are judged."""
    alive = {mutant[:4] for mutant in mutants if not mutant.died}
    files = {mutant.file for mutant in mutants}
    may_live = {survivor[:4] for survivor in survivors}
    for found in sorted(alive - may_live):
        yield f"survived, and is not in the list:\n{_drawn(*found)}"
    for found in sorted(may_live - alive):
        if found[0] in files:
            yield f"is in the list, and does not live:\n{_drawn(*found)}"
    share = table(mutants, survivors)[-1].share
    if share < SHARE:
        yield f"{share:.1%} died, and {SHARE:.0%} have to"


def _drawn(file: str, function: str, before: str, after: str) -> str:
    lines = [*(f"- {line}" for line in before.splitlines()), *(f"+ {line}" for line in after.splitlines())]
    return "\n".join([f"  {file}: {function}", *(f"    {line}" for line in lines)])
