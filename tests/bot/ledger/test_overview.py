"""How much there is to do, in numbers, on both databases."""

import pytest

from bot.ledger.database import Database, Value
from bot.ledger.overview import RECENT_S, Overview, overview
from tests.bot.ledger.rows import change

NONE = {"open": 0, "claimed": 0, "sending": 0, "ended": 0, "delivered": 0}


async def now_of(database: Database) -> float:
    [row] = await database.fetch("SELECT ledger_now() AS now")
    return float(row["now"])


async def test_of_an_empty_ledger_nothing_is_to_be_done(database: Database) -> None:
    assert await overview(database) == Overview(NONE, 0.0, 0)


async def test_what_is_looked_at_again_is_counted_by_state(database: Database) -> None:
    now = await now_of(database)
    await database.commit(
        change("a", due_at=now + 300),
        change("b", due_at=now + 300),
        change("c", state="sending", due_at=0.0, clicked_at=now),
        change("d", state="delivered", due_at=now + 60, ended_at=now),
        change("e", state="delivered", due_at=None, ended_at=now),  # over
    )
    assert (await overview(database)).by_state == NONE | {"open": 2, "sending": 1, "delivered": 1}


@pytest.mark.parametrize("state", ["claimed", "sending", "ended"])
async def test_the_oldest_change_that_people_wait_for_is_found(database: Database, state: str) -> None:
    now = await now_of(database)
    since = "ended_at" if state == "ended" else "clicked_at"
    await database.commit(
        change("older", state="open", due_at=now, clicked_at=now - 9_000),
        change("old", state=state, due_at=0.0, **{since: now - 700}),
        change("new", state=state, due_at=0.0, **{since: now - 7}),
        change("over", state="delivered", due_at=now, clicked_at=now - 9_000, ended_at=now - 9_000),
    )
    assert 700 <= (await overview(database)).oldest_s < 760


async def test_a_clock_that_was_set_back_makes_no_age_below_nothing(database: Database) -> None:
    now = await now_of(database)
    await database.commit(change("a", state="sending", due_at=0.0, clicked_at=now + 900))
    assert (await overview(database)).oldest_s == 0


async def test_what_ended_as_not_known_is_counted_for_a_week_unless_it_is_settled(database: Database) -> None:
    now = await now_of(database)
    unknown: dict[str, Value] = {"state": "delivered", "outcome": "UNKNOWN"}
    await database.commit(
        change("a", **unknown, ended_at=now - 60, due_at=now + 60),
        change("b", **unknown, ended_at=now - RECENT_S + 60),
        change("c", **unknown, ended_at=now - RECENT_S - 60),
        change("settled", **unknown | {"outcome": "FOUND_DONE"}, ended_at=now - 60),
    )
    assert (await overview(database)).unknown == 2
