"""What Slack said of a request may be written again, since nobody knows whether it was: it is on record once."""

import asyncio
from dataclasses import replace

import pytest

from bot.ledger.database import Database
from bot.ledger.ledger import Ledger
from tests.bot.ledger.test_steps import EVENT, PLACE, ledger_of, request

ASKED = replace(EVENT, event="asked", request=request().id)
SQL = "select event, ref, ledger_now() - at as age_s from audit order by id"


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    """With a request in it."""
    made = ledger_of(database)
    await made.insert(request(), PLACE)
    return made


async def test_of_many_who_write_the_same_at_once_one_writes_it(database: Database, ledger: Ledger) -> None:
    await asyncio.gather(*(ledger.record_once(request().id, ASKED) for _ in range(20)))
    assert len(await database.fetch(SQL)) == 1


async def test_what_is_written_late_has_the_time_at_which_it_happened(database: Database, ledger: Ledger) -> None:
    await ledger.set_posted(request().id, "C1", "1.3", ASKED, age_s=3_600)
    [row] = await database.fetch(SQL)
    assert row["age_s"] == pytest.approx(3_600, abs=60)


async def test_what_another_click_or_request_has_on_record_stands_in_nobodys_way(
    database: Database, ledger: Ledger
) -> None:
    others = [replace(ASKED, ref="BBBBB"), replace(ASKED, request=request(2).id), replace(ASKED, event="unclear")]
    await ledger.record(*others, replace(ASKED, case_number=None))
    await ledger.record_once(request().id, ASKED)
    await ledger.record_once(request().id, ASKED)
    assert len(await database.fetch(SQL)) == 5


async def test_what_slack_did_not_take_is_gone_and_on_record_once(database: Database, ledger: Ledger) -> None:
    for _ in range(2):
        await ledger.remove(request().id, replace(ASKED, event="failed"))
    assert await ledger.row(request().id) is None
    assert [row["event"] for row in await database.fetch(SQL)] == ["failed"]
