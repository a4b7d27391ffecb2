from math import inf

import pytest

from bot.ledger.postgres import PostgresDatabase
from tests.handlers.deletions import AuditLines
from tests.support.world import World


@pytest.fixture
def audit(empty_world: World) -> AuditLines:
    """What the bots of this world put on record."""
    return AuditLines(empty_world.audit)


@pytest.fixture
def server_of_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' PostgreSQL may have started a moment ago, and a new bot would wait for what others held before."""

    async def up_for_s(_: PostgresDatabase) -> float:
        return inf

    monkeypatch.setattr(PostgresDatabase, "up_for_s", up_for_s)
