"""Lines to a stream, written by a thread: a full pipe, or a reader that stands still, doesn't stop the event loop."""

import asyncio
import errno
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TextIO

MAX_WAITING = 10_000  # lines; then new ones are dropped
MAX_AT_ONCE = 100  # in one write, where many wait
_NEWLINE = ord("\n")

Written = Callable[[Exception | None], None]


class LineWriter:
    """Writes line after line to `stream`, in order, by a thread: nobody who reads slowly holds us up.

    None is what Python has in place of a stream that was closed before its start. Python's buffers are passed by: what
    can't be written does not stay there, and at its end Python waits for no lock of theirs.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._rest = b""  # of a line that was written in part
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
                self._write_bytes(self._stream, text.encode(self._stream.encoding, self._stream.errors or "strict"))
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            return error
        return None

    def _write_bytes(self, stream: TextIO, lines: bytes) -> None:
        """Where that fails amid a line, the rest of that line comes before the next one."""
        buffer = stream.buffer
        raw = getattr(buffer, "raw", buffer)  # there is no buffer with PYTHONUNBUFFERED
        begun, left = bool(self._rest), memoryview(self._rest + lines)
        try:
            while left:
                number = raw.write(left)
                if number is None:
                    raise BlockingIOError(errno.EAGAIN, "nobody reads")
                if number:
                    begun, left = left[number - 1] != _NEWLINE, left[number:]
        finally:
            line, newline, _ = bytes(left).partition(b"\n")
            self._rest = line + newline if begun else b""
