"""`.env`: each line takes effect exactly as it stands, or is an error with its number.

The lines have python-dotenv's grammar: `export `, quotes, escapes inside of quotes, ` # comments`. Each line is parsed
by itself, since no setting has a line break in it, and a quote that is left open would swallow the lines below.
Nothing is expanded: `${NAME}` is four characters and a name.
"""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from io import StringIO
from pathlib import Path
from stat import S_IROTH, S_IWOTH
from types import MappingProxyType
from typing import NamedTuple

from dotenv.parser import parse_stream

from bot.settings.problems import Problem, SettingsError, Source, Value, unknown_name

_ENVIRONMENT_ONLY = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
_THIS_LINE = "this line"
_FIRST_WORD = re.compile(r"\s*(?:export\s+)?'?(\w+)")
_QUOTED_VALUE = re.compile(r"[^=#]*=\s*(['\"])")


class EnvFile(NamedTuple):
    """`path` is None where there is no such file."""

    path: Path | None = None
    values: Mapping[str, Value] = MappingProxyType({})
    problems: Sequence[Problem] = ()
    warnings: Sequence[str] = ()


def read_env_file(path: Path, names: Collection[str]) -> EnvFile:
    """Raises SettingsError if the file can't be read at all. `names` are those of the settings, in upper case."""
    try:
        content = path.read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise _unreadable(path, f"is a link to {path.readlink()}, and there is no such file") from None
        return EnvFile()
    except IsADirectoryError:
        complaint = "is a folder, not a file (Docker makes one where a file to be mounted is missing)"
        raise _unreadable(path, complaint) from None
    except PermissionError:
        raise _unreadable(path, f"may not be read by the user that runs the bot (uid {os.geteuid()})") from None
    except OSError as error:
        raise _unreadable(path, f"can't be read: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(_THIS_LINE, "is not UTF-8: save the file as UTF-8", Source(str(path), line)) from None
    values, problems = parse(text, str(path), names)
    return EnvFile(path, values, problems, [*_permissions(path, mode), *_unexpanded(values)])


def _unreadable(name: object, complaint: str, source: Source | None = None) -> SettingsError:
    return SettingsError([Problem(str(name), complaint, source)])


def _permissions(path: Path, mode: int) -> list[str]:
    if mode & (S_IROTH | S_IWOTH):
        return [f"{path} holds secrets, and every user of this machine may open it: chmod 600 {path}"]
    return []


def _unexpanded(values: dict[str, Value]) -> list[str]:
    """For whoever comes from a version that did expand them."""
    return [
        f"{value.source}: {name} has ${{…}} in it, which is not expanded: it counts as it stands"
        for name, value in values.items()
        if re.search(r"\$\{[^}]*\}", value.text)
    ]


def parse(text: str, place: str, names: Collection[str]) -> tuple[dict[str, Value], list[Problem]]:
    """The values by name in upper case, and one problem for each line that is neither a setting nor a comment."""
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        parsed = _parse_line(line, Source(place, number), names)
        if isinstance(parsed, Problem):
            problems.append(parsed)
        elif parsed is not None:
            name, value = parsed
            if name in values:
                complaint = f"stands twice, first in line {values[name].source.line}: leave one of the two lines"
                problems.append(Problem(name, complaint, value.source))
            else:
                values[name] = value
    return values, problems


def _parse_line(line: str, source: Source, names: Collection[str]) -> tuple[str, Value] | Problem | None:
    """None for a line that is blank or a comment."""
    if len(line.splitlines()) > 1:  # some editors break the line there, and show two
        return Problem(_subject(line, names), "has an unusual line break in it: break the line with Enter", source)
    binding = next(parse_stream(StringIO(line)), None)
    if binding is None or not (binding.error or binding.key):
        return None
    if binding.error or binding.key is None or binding.value is None:
        subject = _subject(line, names)
        return Problem(subject, _complaint(line, subject), source)
    name = binding.key.upper()
    if name in _ENVIRONMENT_ONLY:
        return Problem(name, "is read from the environment, not from this file", source)
    if name not in names:
        return unknown_name(binding.key, names, source)
    return name, Value(binding.value, source)


def _subject(line: str, names: Collection[str]) -> str:
    """The setting that the line is about, if that can be seen; nothing else of it, since it may hold a secret."""
    word = _FIRST_WORD.match(line)
    name = word[1].upper() if word else ""
    return name if name in names else _THIS_LINE


def _complaint(line: str, subject: str) -> str:
    if quoted := _QUOTED_VALUE.match(line):
        return f"can't be read: the value begins with {quoted[1]}, so it has to end with {quoted[1]}, on the same line"
    return f"can't be read: write {'NAME' if subject is _THIS_LINE else subject}=value"
