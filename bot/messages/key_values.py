"""JSON of unknown shape, as keys and values to be read.

Nothing is dropped silently: what is personal and not to be shown, and what is too much, is counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from bot.blockkit import text
from bot.messages import privacy
from bot.messages.privacy import Contact
from bot.tickets import numbered_as_list

MOST_LINES = 60  # of one record
_MAX_DEPTH = 6  # keys inside of one another
_KEY_LENGTH = 60
_PATH_LENGTH = 200
_VALUE_LENGTH = 600
_READ_LENGTH = 50_000  # of one value; the rest is counted
_LARGEST_BITS = 1_000  # Python refuses to write out a far larger number

Path = tuple[str | int, ...]
"""The keys that lead to a value; a number is a place in a list, from 1."""


class Line(NamedTuple):
    """`key` is empty where a value has none."""

    key: str
    value: str


@dataclass(frozen=True)
class Record:
    """`omitted` lines are too many, `withheld` ones are personal."""

    lines: tuple[Line, ...]
    omitted: int
    withheld: int


def record(value: JsonValue, contact: Contact, *, of_thing: bool = False) -> Record:
    """`of_thing`: see privacy.is_withheld."""
    lines: list[Line] = []
    omitted = withheld = 0
    for path, scalar in _flat(value, ()):
        keys = [key for key in path if isinstance(key, str)]
        if privacy.is_withheld(keys, contact, of_thing=of_thing):
            withheld += 1
        elif len(lines) == MOST_LINES:
            omitted += 1
        elif shown := _words(scalar, "full" if privacy.is_number_of_thing(keys, scalar) else contact):
            lines.append(Line(_key(path, contact), shown))
    return Record(tuple(lines), omitted, withheld)


def is_empty(value: JsonValue) -> bool:
    return next(_flat(value, ()), None) is None


def _flat(value: JsonValue, path: Path) -> Iterator[tuple[Path, JsonValue]]:
    """All that is in there and not empty, with its keys; a list of plain values is one value."""
    value = numbered_as_list(value)
    if isinstance(value, Mapping | list) and len(path) > _MAX_DEPTH:
        if value:
            yield path, "[nested too deeply to be shown]"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, (*path, key))
    elif isinstance(value, list):
        yield from _flat_list(value, path)
    elif value is not None and not (isinstance(value, str) and not value.strip()):
        yield path, value


def _flat_list(value: Sequence[JsonValue], path: Path) -> Iterator[tuple[Path, JsonValue]]:
    plain: list[JsonValue] = [item for item in value if not isinstance(item, Mapping | list) and item not in ("", None)]
    if plain:
        yield path, plain
    for number, inner in enumerate(value, 1):
        if isinstance(inner, Mapping | list):
            yield from _flat(inner, (*path, number))


def _key(path: Path, contact: Contact) -> str:
    keys = (text.truncate(privacy.one_line(str(key), contact), _KEY_LENGTH) for key in path)
    return text.neutralize(text.truncate(" / ".join(filter(None, keys)), _PATH_LENGTH))


def _words(value: JsonValue, contact: Contact) -> str:
    if isinstance(value, list):
        shown = ", ".join(filter(None, (_plain(item) for item in value[:_READ_LENGTH])))
    else:
        shown = _plain(value)
    whole = privacy.one_line(shown, contact)
    cut = text.truncate(whole, _VALUE_LENGTH)
    if cut == whole and len(shown) <= _READ_LENGTH:
        return text.neutralize(whole)
    more = text.utf16_len(whole) - text.utf16_len(cut) + 1 + max(len(shown) - _READ_LENGTH, 0)
    return f"{text.neutralize(cut)} ({more:,} more characters)"


def _plain(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        return "[a number too large to be shown]"
    return str(value)
