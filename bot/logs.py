"""The log, on standard error, and what never gets into it.

Each line carries the ref of the command or click that it belongs to, the same that the person reads. A thread writes
the lines: a full pipe, or a reader that stands still, doesn't stop the event loop.
"""

import asyncio
import atexit
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from queue import SimpleQueue
from types import TracebackType
from typing import TextIO

reference: ContextVar[str] = ContextVar("reference", default="-")

# Theirs print bodies, response_urls and web socket addresses below WARNING, and now and then in an error's text.
_OTHERS = ("slack_sdk", "slack_bolt", "httpx", "httpcore", "aiohttp", "asyncio")
_PATTERNS = (
    r"xox[a-z](?:\.[a-z]+)?-[\w-]+",  # Slack's tokens
    r"xapp-[\w-]+",
    r"wss?://\S+",  # the address of a socket holds a ticket for it
    r"https?://hooks\.slack[\w.-]*/\S+",  # a response_url lets anyone write into the channel
)
_HIDDEN = "[hidden]"
FLUSH_TIMEOUT_S = 2.0  # at the end of the process
MAX_WAITING = 10_000  # lines; then new ones are dropped

Written = Callable[[Exception | None], None]


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Our own loggers at `level`, everybody else's at WARNING; `secrets` appear in no line whoever writes it."""
    handler = _ThreadedHandler()
    handler.addFilter(_with_reference)
    handler.setFormatter(_Formatter(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("app", "bot", "handlers"):
        logging.getLogger(name).setLevel(level)
    for name in _OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def log_unexpected(log: logging.Logger, error: BaseException) -> None:
    """An unexpected error: its type and where it came from, never its text, which may quote a ticket."""
    log.error("%s%s", type(error).__name__, _frames(error.__traceback__))


def _frames(trace: TracebackType | None) -> str:
    return "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace))


def _with_reference(record: logging.LogRecord) -> bool:
    record.reference = reference.get()
    return True


class _ThreadedHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._writer = LineWriter(sys.stderr)
        atexit.register(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        self._writer.put(self.format(record))

    def flush(self) -> None:
        self._writer.flush(FLUSH_TIMEOUT_S)


class _Formatter(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(reference)s] %(message)s")
        self._secret = re.compile("|".join([*map(re.escape, secrets), *_PATTERNS]))

    def format(self, record: logging.LogRecord) -> str:
        return self._secret.sub(_HIDDEN, super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        """The machine's time, with its offset from UTC."""
        return datetime.fromtimestamp(record.created, UTC).astimezone().isoformat(" ", "milliseconds")

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        """Without the text of the error, for the same reason as above."""
        kind, _, trace = ei if isinstance(ei, tuple) else (None, None, None)
        return f"{getattr(kind, '__name__', kind)}{_frames(trace)}"


class LineWriter:
    """Writes and flushes line after line to `stream`, in order, by a thread: nobody who reads slowly holds us up."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: SimpleQueue[tuple[str, Written]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, line: str, written: Written = lambda _: None) -> None:
        """`written` is called in the thread, with what went wrong, if anything."""
        if self._lines.qsize() >= MAX_WAITING:
            written(BlockingIOError("nobody reads"))
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="line-writer", daemon=True)
            self._thread.start()
        self._lines.put((line, written))

    async def write(self, line: str) -> None:
        """Returns once the line is flushed. Raises OSError or ValueError where that failed; may wait for ever."""
        loop = asyncio.get_running_loop()
        flushed: asyncio.Future[None] = loop.create_future()

        def written(error: Exception | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, error)

        def settle(error: Exception | None) -> None:
            if flushed.done():
                return
            flushed.set_exception(error) if error else flushed.set_result(None)

        self.put(line, written)
        await flushed

    def flush(self, timeout_s: float) -> None:
        """Waits for what was put so far, but not longer than that."""
        done = threading.Event()
        if self._thread is not None:
            self._lines.put(("", lambda _: done.set()))
            done.wait(timeout_s)

    def _run(self) -> None:
        while True:
            line, written = self._lines.get()
            try:
                if line:
                    self._stream.write(f"{line}\n")
                    self._stream.flush()
            except (OSError, ValueError) as error:  # ValueError: the stream is closed
                written(error)
            else:
                written(None)
