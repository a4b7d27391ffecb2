"""No statement reads the whole table: a million changes that are over cost nothing."""

import pytest

from bot.ledger import overview, statements
from bot.ledger.connect import sqlite_path
from bot.ledger.database import Database, Statement

PARTS = {statements.FREE, statements.SKIP_LOCKED}
EVERYTHING = vars(statements) | {"STATES": overview.STATES, "UNKNOWN": overview.UNKNOWN}
ALL = {
    name: sql
    for name, sql in EVERYTHING.items()
    if name.isupper() and name[0] != "_" and isinstance(sql, str) and sql not in PARTS
}


async def plan_of(database: Database, sql: str, *, is_file: bool) -> list[str]:
    if is_file:
        values = (None,) * 15
        return [row["detail"] for row in await database.fetch(f"explain query plan {sql}", *values)]
    numbers = [number for number in range(1, 16) if f"${number}" in sql]
    nulls = ", ".join(["null"] * len(numbers))
    rows = await database.commit(
        Statement("set local enable_seqscan = off"),
        Statement("set local plan_cache_mode = force_generic_plan"),
        Statement(f"prepare planned as {sql}"),
        Statement(f"explain execute planned{f'({nulls})' if nulls else ''}"),
        Statement("deallocate planned"),
    )
    assert rows
    return [row["QUERY PLAN"] for row in rows[3]]


@pytest.mark.parametrize("name", ALL)
async def test_each_statement_finds_its_rows_by_an_index(database: Database, database_url: str, name: str) -> None:
    plan = await plan_of(database, ALL[name], is_file=sqlite_path(database_url) is not None)
    scans = [line for line in plan if "SCAN" in line or "Seq Scan" in line]
    assert set(scans) <= {"SCAN CONSTANT ROW"}  # values, of no table


async def test_the_look_of_each_second_reads_only_what_is_due(database: Database, database_url: str) -> None:
    plan = await plan_of(database, statements.TAKE_DUE, is_file=sqlite_path(database_url) is not None)
    assert any("changes_due" in line for line in plan)
