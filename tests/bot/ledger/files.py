"""A ledger in a file, as the server has it."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.ledger.connect import connect
from bot.ledger.database import Database
from bot.runtime import Runtime
from tests.bot.ledger.rows import NOW


def opened(file: Path, *, lock: bool = True, patience_s: float = 0.0) -> AbstractAsyncContextManager[Database]:
    return connect(
        f"sqlite:///{file}", runtime=Runtime(now=lambda: NOW), version="0.1.0", lock=lock, patience_s=patience_s
    )
