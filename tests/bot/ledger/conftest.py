from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ledger.connect import connect
from bot.ledger.database import Database
from bot.runtime import Runtime
from tests.bot.ledger.rows import NOW


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of a ledger that nobody has opened yet."""
    return tmp_path / "ticket-bot.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open, as the server has it. On SQLite it is NOW."""
    async with connect(database_url, runtime=Runtime(now=lambda: NOW), version="0.1.0", lock=True) as opened:
        yield opened
