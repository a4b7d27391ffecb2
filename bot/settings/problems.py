"""What is wrong with the settings, and where it stands."""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

_LONGEST_NAME = 40


class Source(NamedTuple):
    """`place` is "environment" or a file's path; `line` counts from 1, and is 0 where there are no lines."""

    place: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.place}, line {self.line}" if self.line else self.place


class Value(NamedTuple):
    text: str
    source: Source

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


class Problem(NamedTuple):
    """Together a sentence: `name`, the setting's name, goes on with `complaint`."""

    name: str
    complaint: str
    source: Source | None = None

    def __str__(self) -> str:
        sentence = f"{self.name} {self.complaint}"
        return f"{self.source}: {sentence}" if self.source else sentence


class SettingsError(Exception):
    """`errors` are sentences, one for each thing to mend."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.errors = tuple(map(str, sorted(problems, key=_position)))
        super().__init__("; ".join(self.errors))


def _position(problem: Problem) -> tuple[bool, bool, int]:
    """First the file's, line by line, then the environment's, then what is missing."""
    line = problem.source.line if problem.source else 0
    return problem.source is None, line == 0, line


def unknown_name(name: str, names: Collection[str], source: Source) -> Problem:
    """What does not look like a name is not repeated: it may be a secret, or half of one, broken into two lines."""
    is_name = len(name) <= _LONGEST_NAME and re.fullmatch(r"[A-Za-z]+(_[A-Za-z]+)*", name)
    suggestion = closest(name.upper(), names)
    complaint = f"is not a setting: do you mean {suggestion}?" if suggestion else "is not a setting"
    return Problem(name if is_name else "what stands before the = sign", complaint, source)


def closest(name: str, names: Collection[str], *, similarity: float = 0.6) -> str | None:
    """The most similar of `names`, if there is one; `similarity` goes from 0 to 1."""
    import difflib  # noqa: PLC0415 - only for a name that is not known

    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=similarity)), None)
