"""A setting from a file: NAME_FILE names it, in place of NAME. Secrets are handed over so by systemd and Docker.

The file has the value and nothing else; a line break at its end is left out.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from bot.settings.problems import Problem, Source, Value

SUFFIX = "_FILE"
_MAX_BYTES = 64 * 1024


def with_files(names: Collection[str]) -> tuple[str, ...]:
    """The names of the settings, and of those that name files."""
    return (*names, *(f"{name}{SUFFIX}" for name in names))


def read_files(values: Mapping[str, Value]) -> tuple[dict[str, Value], list[Problem]]:
    """The values, each file's in place of its path; and what is wrong."""
    read = {name: value for name, value in values.items() if not name.endswith(SUFFIX)}
    problems: list[Problem] = []
    for name, value in values.items():
        setting = name.removesuffix(SUFFIX)
        if setting == name:
            continue
        if value.is_blank:  # an access rule may stand in that file
            problems.append(Problem(name, "is empty: write a file's path, or take it out", value.source))
            continue
        if setting in read and not read[setting].is_blank:
            complaint = f"is set, and so is {setting}, in {read[setting].source}: take one of the two out"
            problems.append(Problem(name, complaint, value.source))
            continue
        text = _content(name, value)
        if isinstance(text, Problem):
            problems.append(text)
        else:
            read[setting] = Value(text, Source(value.text.strip()))
    return read, problems


def _content(name: str, value: Value) -> str | Problem:
    """What is in it is not repeated in a problem: it may be a secret."""
    path = Path(value.text.strip())

    def problem(complaint: str) -> Problem:
        return Problem(name, f"names {path}, which {complaint}", value.source)

    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        text = content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except PermissionError:
        return problem(f"may not be read by the user that runs the bot (uid {os.geteuid()})")
    except OSError as error:
        return problem(f"can't be read: {error.strerror}")
    except UnicodeDecodeError:
        return problem("is not UTF-8")
    if not text.strip():
        return problem("is empty")
    if len(content) > _MAX_BYTES or len(text.splitlines()) > 1:
        return problem("has more than one line")
    return text
