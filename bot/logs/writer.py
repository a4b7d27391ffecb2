"""Lines to a stream, written by a thread: a full pipe, or a reader that stands still, doesn't stop the event loop."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TextIO

MAX_WAITING = 10_000  # lines; then new ones are dropped
MAX_AT_ONCE = 100  # in one write, where many wait

Written = Callable[[Exception | None], None]


class LineWriter:
    """Writes and flushes line after line to `stream`, in order, by a thread: nobody who reads slowly holds us up.

    None is what Python has in place of a stream that was closed before its start.
    """

    def __init__(self, stream: TextIO | None) -> None:
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
            batch = [self._lines.get()]
            with suppress(Empty):
                while len(batch) < MAX_AT_ONCE:
                    batch.append(self._lines.get_nowait())
            failed = self._write("".join(f"{line}\n" for line, _ in batch if line))
            for _, written in batch:
                written(failed)

    def _write(self, text: str) -> Exception | None:
        if self._stream is None:
            return ValueError("the stream is closed")
        try:
            if text:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            return error
        return None
