"""What came of one trial: a line for people, an object for machines."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

NOT_TRIED = "–"
_MARKS = {True: "✓", False: "✗", None: NOT_TRIED}


@dataclass(frozen=True)
class Result:
    """`ok` is None for what was not, or could not be, tried. A `hint` beside what is fine is a warning."""

    name: str
    ok: bool | None
    text: str
    hint: str = ""

    @property
    def mark(self) -> str:
        return "!" if self.ok and self.hint else _MARKS[self.ok]


@dataclass(frozen=True)
class Subject:
    """What is tried one after the other, by the names of the results; `limit_s` is for all of it."""

    names: tuple[str, ...]
    run: Callable[[], AsyncIterator[Result]]
    limit_s: float
