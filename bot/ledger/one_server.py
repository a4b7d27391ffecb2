"""One server per SQLite file: a lock on a file beside it, which ends with the process."""

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.ledger.database import LedgerStartError

PATIENCE_S = 30.0  # longer than a predecessor takes to stop: handlers.serve.STOP_TIMEOUT_S
PAUSE_S = 0.1

log = logging.getLogger(__name__)


@asynccontextmanager
async def only_server(path: Path, *, patience_s: float = PATIENCE_S, refusal: str = "") -> AsyncIterator[None]:
    """Held for as long as the block lasts.

    Raises LedgerStartError where another server has it for `patience_s`, with the words of `refusal` if there are any.
    """
    lock = lock_file(path)
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerStartError(f"{lock} can't be opened: {error.strerror}.") from None
    try:
        try:
            async with asyncio.timeout(patience_s):
                await _take(descriptor, path)
        except TimeoutError:
            raise LedgerStartError(
                refusal
                or f"Another server is using {path}, and a file serves one. Stop that one, or let several servers "
                "share a PostgreSQL: DATABASE_URL=postgresql://…"
            ) from None
        yield
    finally:
        os.close(descriptor)


def lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def is_served(path: Path) -> bool:
    """Whether a server has the file at this moment. Raises OSError."""
    try:
        descriptor = os.open(lock_file(path), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # for an instant: a server that starts just then tries again after PAUSE_S
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


async def _take(descriptor: int, path: Path) -> None:
    waits = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waits:
                log.info("another server is using %s: waiting for it to end", path)
            waits = True
            await asyncio.sleep(PAUSE_S)
        else:
            return
