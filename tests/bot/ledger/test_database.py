"""One way to both databases: the same statements, the same values, the same errors."""

import asyncio
import math
from typing import cast

import pytest

from bot.ledger.connect import connect
from bot.ledger.database import ConflictError, Database, Statement, StatementError, Value
from bot.runtime import Runtime
from tests.bot.ledger.rows import NOW, audit, change, names


async def test_a_value_is_bound_by_its_number_not_by_where_it_stands(database: Database) -> None:
    await database.commit(change("a"))
    sql = "update changes set asker = $2, clicker = $1 where id = $3 and asker <> $2 returning asker, clicker"
    rows = await database.commit(Statement(sql, ("one", "two", "a")))
    assert rows == [[{"asker": "two", "clicker": "one"}]]
    where = "select asker from changes where clicker = $2 and id = $1"
    assert await database.fetch(where, "a", "one") == [{"asker": "two"}]
    assert await database.fetch(where, "one", "a") == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("outcome", "Grüße 🗑️ ' \" $1 %s"),
        ("outcome", ""),
        ("owner", None),
        ("copy", bytes(range(256))),
        ("response_url", b""),
        ("lease_until", NOW + 0.000_001),
        ("lease_until", 0.1 + 0.2),
        ("lease_until", 5.0),
        ("lease_until", 5),
        ("fence", 2**31 - 1),
        ("private", True),
    ],
)
async def test_what_is_written_is_what_is_read(database: Database, column: str, value: object) -> None:
    written = await database.commit(change("a", **{column: cast(Value, value)}))
    assert written
    assert written[0][0][column] == value
    [row] = await database.fetch(
        f"select {column} from changes where {column} = $1 or {column} is null", cast(Value, value)
    )
    assert row[column] == value
    assert isinstance(row[column], float if column == "lease_until" else (int if value is True else type(value)))


@pytest.mark.parametrize(
    ("column", "value"), [("outcome", b"x"), ("fence", "many"), ("lease_until", "soon"), ("copy", "x")]
)
async def test_a_value_of_another_type_is_refused(database: Database, column: str, value: object) -> None:
    with pytest.raises(StatementError):
        await database.commit(change("b"), change("a", **{column: cast(Value, value)}))
    assert await names(database) == []


async def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    assert await database.commit(change("a"), change("b", case_number="2"))
    with pytest.raises(ConflictError):
        await database.commit(change("c"), change("a"))
    assert await names(database) == ["a", "b"]


async def test_where_a_required_statement_finds_nothing_all_of_it_is_taken_back(database: Database) -> None:
    missing = Statement("update changes set fence = 1 where id = $1 returning id", ("nobody",), required=True)
    assert await database.commit(change("a"), missing, change("b")) is None
    assert await names(database) == []
    assert await database.commit(change("a"), missing._replace(values=("a",)), change("b"))
    assert await names(database) == ["a", "b"]


async def test_one_ticket_has_one_change_under_way(database: Database) -> None:
    await database.commit(change("a", busy=1), change("other", busy=1, case_number="2"), change("idle"))
    with pytest.raises(ConflictError):
        await database.commit(change("b", busy=1, account="another key, maybe of the same account"))
    again = Statement("update changes set busy = 1 where id = 'idle' returning id")
    with pytest.raises(ConflictError):
        await database.commit(again)
    assert await database.commit(Statement("update changes set busy = 0 where id = 'a'"), again) == [
        [],
        [{"id": "idle"}],
    ]


async def test_a_conflict_can_be_passed_over(database: Database) -> None:
    await database.commit(change("a"))
    sql, values, _ = change("a")
    statement = Statement(sql.replace("returning", "on conflict do nothing returning"), values)
    assert await database.commit(change("b"), statement._replace(required=True)) is None
    assert await database.commit(change("b"), statement) is not None
    assert await names(database) == ["a", "b"]


@pytest.mark.parametrize("sql", ["selec 1", "select * from nothing", "select ledger_then()"])
async def test_a_statement_that_is_wrong_is_a_fault_of_ours(database: Database, sql: str) -> None:
    with pytest.raises(StatementError):
        await database.fetch(sql)
    with pytest.raises(StatementError):
        await database.commit(change("a"), Statement(sql))
    assert await names(database) == []


async def test_a_state_that_there_is_not_is_refused(database: Database) -> None:
    with pytest.raises(StatementError):
        await database.commit(change("a", state="gone"))


async def test_the_clock_of_the_database_is_asked_in_every_statement(database: Database, database_url: str) -> None:
    ask = Statement("select ledger_now() as now")
    rows = await database.commit(ask, Statement("select count(*) from changes, audit"), ask)
    assert rows
    first, second = rows[0][0]["now"], rows[2][0]["now"]
    if database_url.startswith("sqlite"):
        assert (first, second) == (NOW, NOW)
    else:
        assert math.floor(NOW / 1e9) == math.floor(first / 1e9)
        assert first < second


async def test_an_index_finds_what_is_due(database: Database, database_url: str) -> None:
    is_sqlite = database_url.startswith("sqlite")
    if not is_sqlite:
        await database.commit(Statement("set local enable_seqscan = off"))
    explain = "explain query plan" if is_sqlite else "explain"
    for column in ("due_at", "ended_at"):
        plan = await database.fetch(f"{explain} select id from changes where {column} <= ledger_now() - 5")
        assert f"changes_{column.removesuffix('_at')}" in str(plan)


async def test_two_processes_count_and_lose_nothing(database: Database, database_url: str) -> None:
    await database.commit(change("a"))
    count = Statement("update changes set fence = fence + 1 where id = 'a' returning fence", required=True)

    async def work(one: Database) -> None:
        for _ in range(40):
            await one.commit(count)

    async with connect(database_url, runtime=Runtime(), version="0.1.0", lock=False) as other:
        await asyncio.gather(work(database), work(other), work(database))
    assert await database.fetch("select fence from changes") == [{"fence": 120}]


async def test_two_processes_and_one_claim(database: Database, database_url: str) -> None:
    await database.commit(change("a"))
    claim = "update changes set state = 'claimed', owner = $1 where id = 'a' and state = 'open' returning owner"
    async with connect(database_url, runtime=Runtime(), version="0.1.0", lock=False) as other:
        asked = [one.commit(Statement(claim, (str(who),), required=True)) for who, one in enumerate([database, other])]
        answers = await asyncio.gather(*asked)
    assert sorted(answer is None for answer in answers) == [False, True]


async def test_whoever_is_cancelled_leaves_the_database_as_it_was(database: Database) -> None:
    task = asyncio.create_task(database.commit(change("a")))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(database) == []
    await database.commit(change("a"))


async def test_a_row_of_the_audit_is_never_changed(database: Database) -> None:
    await database.commit(audit())
    with pytest.raises(StatementError, match="never changed"):
        await database.commit(Statement("update audit set ref = ''"))


async def test_a_row_of_the_audit_is_kept_for_a_day(database: Database) -> None:
    [row] = await database.fetch("select ledger_now() as now")
    await database.commit(audit(at=row["now"] - 86_300, ref="young"), audit(at=row["now"] - 86_500, ref="old"))
    with pytest.raises(StatementError, match="a day at least"):
        await database.commit(Statement("delete from audit"))
    await database.commit(Statement("delete from audit where ref = 'old'"))
    assert await database.fetch("select ref from audit") == [{"ref": "young"}]


@pytest.mark.parametrize(("column", "value"), [("outcome", "\ud800"), ("fence", 2**70), ("copy", [])])
async def test_a_value_that_cannot_be_sent_is_a_fault_of_ours(database: Database, column: str, value: object) -> None:
    with pytest.raises(StatementError):
        await database.commit(change("b"), change("a", **{column: cast(Value, value)}))
    assert await names(database) == []
