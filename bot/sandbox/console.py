"""The terminal that the demo is in, whatever that is: not UTF-8, a pipe, closed, or full of nonsense."""

import asyncio
import codecs
import io
import os
import sys
import threading
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console

MAX_LINE = 3_000  # characters; what is typed beyond is dropped

_ALIKE = str.maketrans(
    {"·": "-", "•": "*", "–": "-", "—": "-", "→": ">", "▌": "|", "‘": "'", "’": "'", "“": '"', "”": '"'}
)


def open_console() -> Console:
    """Prints what its encoding lacks as something alike, or as question marks of the same width."""
    codecs.register_error("alike", _alike)
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "alike")):
        if isinstance(stream, io.TextIOWrapper):  # None where it is closed
            stream.reconfigure(errors=errors)
    return _Console(highlight=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the process with 1, as if something were wrong."""
        raise BrokenPipeError


def close_output() -> None:
    """Nobody reads any more: what is still to be written goes nowhere, at the end of the process, too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_interactive() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


async def typed_lines(prompt: Callable[[], None]) -> AsyncIterator[str]:
    """Read in a thread that holds nobody up who leaves with Ctrl-C, and one at a time: there may be no end of them."""
    loop, lines, wanted = asyncio.get_running_loop(), asyncio.Queue[str](), threading.Semaphore(0)

    def read() -> None:
        with suppress(RuntimeError):  # the loop has ended
            for line in _lines(sys.stdin):
                wanted.acquire()
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    while True:
        if is_interactive():
            prompt()
        wanted.release()
        if not (line := await lines.get()):
            return
        yield line.strip()


def _lines(stream: TextIO | None) -> Iterator[str]:
    """Each with a newline, or cut off; none from a stream that can't be read."""
    with suppress(OSError, ValueError):
        while stream and (line := stream.readline(MAX_LINE)):
            rest = line
            while rest and not rest.endswith("\n"):
                rest = stream.readline(MAX_LINE)
            yield line


def _alike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    """As wide as the character, so that frames stay whole."""
    plain = unicodedata.normalize("NFKD", character.translate(_ALIKE)).encode("ascii", "ignore").decode()
    width = cell_len(character)
    return (plain or "?" * width)[:width].ljust(width)
