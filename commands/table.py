"""What is printed: columns, times of this machine's time zone, and nothing that steers a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from bot.blockkit.invisible import JOINERS, without_invisible

_GAP = "  "
# Out of place they are left out: see bot.blockkit.invisible.
_JOINERS_AND_TAGS = {*JOINERS, *map(chr, range(0xE0020, 0xE0080))}


def local(at: float) -> str:
    """`at` in seconds since the epoch."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def printable(text: str) -> str:
    """Without what a terminal would obey; lines stay lines, and what is joined to one emoji or word stays joined."""
    shown = (char if char.isprintable() or char == "\n" or char in _JOINERS_AND_TAGS else "\ufffd" for char in text)
    return without_invisible("".join(shown))


class Table:
    """Printed page by page: a column is as wide as its widest so far."""

    def __init__(self, *titles: str) -> None:
        self._titles: Sequence[str] | None = titles
        self._widths = [len(title) for title in titles]

    def lines(self, rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """With the titles on top, the first time."""
        cells = [[printable(cell).replace("\n", " ") for cell in row] for row in rows]
        self._widths = [
            max(widths) for widths in zip(self._widths, *([len(c) for c in row] for row in cells), strict=True)
        ]
        for row in [*([self._titles] if self._titles else []), *cells]:
            yield _GAP.join(f"{cell:{width}}" for cell, width in zip(row, self._widths, strict=True)).rstrip()
        self._titles = None
