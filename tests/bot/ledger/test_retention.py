"""What is older than RETENTION_DAYS goes, a few rows at a time; what is younger, or not over, stays."""

import pytest

from bot.ledger.database import Database, Value
from bot.ledger.retention import BATCH, delete_old
from tests.bot.ledger.rows import audit, change, names

DAYS = 30
OLD, YOUNG = -DAYS * 86_400 - 60.0, -DAYS * 86_400 + 60.0


@pytest.fixture
async def now(database: Database) -> float:
    """The database's: on PostgreSQL that is the time of day."""
    [row] = await database.fetch("select ledger_now() as now")
    return float(row["now"])


async def test_what_ended_long_ago_goes_and_what_ended_since_stays(database: Database, now: float) -> None:
    for state in ("ended", "delivered"):
        await database.commit(
            change(f"old {state}", state=state, ended_at=now + OLD),
            change(f"young {state}", state=state, ended_at=now + YOUNG),
        )
    await database.commit(audit(at=now + OLD, ref="old"), audit(at=now + YOUNG, ref="young"))
    assert await delete_old(database, DAYS) == 3
    assert await names(database) == ["young delivered", "young ended"]
    assert await database.fetch("select ref from audit") == [{"ref": "young"}]
    assert await delete_old(database, DAYS) == 0


@pytest.mark.parametrize("state", ["open", "claimed", "sending"])
async def test_what_is_not_over_is_never_deleted(database: Database, now: float, state: str) -> None:
    old = now + 100 * OLD
    times: dict[str, Value] = {"asked_at": old, "expires_at": old, "clicked_at": old, "due_at": old, "lease_until": old}
    await database.commit(change("a", state=state, **times), change("b", state=state, ended_at=old, **times))
    assert await delete_old(database, 1) == 0
    assert await names(database) == ["a", "b"]


async def test_a_row_that_somebody_works_on_is_left_to_them(database: Database, now: float) -> None:
    more: dict[str, Value] = {"state": "ended", "ended_at": now + OLD}
    held, crashed, set_back = now + 5, now - 5, now + 3600
    for name, lease_until in (("held", held), ("crashed", crashed), ("set back", set_back)):
        await database.commit(change(name, lease_until=lease_until, owner="x", **more))
    assert await delete_old(database, DAYS) == 2
    assert await names(database) == ["held"]


async def test_one_look_deletes_one_batch_the_oldest_first(database: Database, now: float) -> None:
    rows = range(BATCH + 10)
    await database.commit(*(audit(at=now + OLD - number, ref=str(number)) for number in rows))
    await database.commit(*(change(f"{number:04}", state="ended", ended_at=now + OLD - number) for number in rows))
    assert await delete_old(database, DAYS) == 2 * BATCH
    assert await names(database) == [f"{number:04}" for number in range(10)]
    assert await delete_old(database, DAYS) == 20


async def test_after_one_day_the_audit_may_go_and_not_before(database: Database, now: float) -> None:
    await database.commit(audit(at=now - 86_401, ref="old"), audit(at=now - 86_300, ref="young"))
    assert await delete_old(database, 1) == 1
    assert await database.fetch("select ref from audit") == [{"ref": "young"}]
