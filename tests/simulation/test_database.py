"""The simulated database: a transaction is one moment, and each way in which it can fail leaves what it says."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from contextvars import Context
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from bot.ledger.database import TIMEOUT_S, LedgerError, Statement, StatementError, UnavailableError, UnclearCommitError
from bot.ledger.sqlite import SqliteConnection
from tests.simulation.chance import Chance
from tests.simulation.database import Database
from tests.simulation.faults import DATABASE, Weather
from tests.simulation.journal import Journal
from tests.simulation.loop import NOW, SimulatedLoop
from tests.simulation.process import PROCESS, Process

INSERT = Statement("insert into turns values ($1, ledger_now()) returning name", ("one",))
FINE: Mapping[str, float] = {}


def open_ledger(clock: Callable[[], float]) -> SqliteConnection:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.execute("create table turns (name text primary key, at real)")
    return SqliteConnection(raw, clock)


def database(weather: Mapping[str, float] = FINE, outages: Mapping[str, float] = FINE, seed: int = 1) -> Database:
    chance = Chance(seed)
    loop = SimulatedLoop(Random(seed))  # type: ignore[abstract]
    made = replace(Weather.draw(chance, frozenset()), database=weather, database_outages=outages)
    return Database(loop, chance, made, Journal(loop.time), lambda: False, open_ledger)


def live(world: Database, *works: Awaitable[object]) -> None:
    """The works at the same time, and what they have handed over; then the end."""

    async def main() -> None:
        await asyncio.gather(*works)
        await asyncio.sleep(60)

    world.loop.run(main())


def names(world: Database) -> list[str]:
    with closing(world.connection.raw.execute("select name from turns order by name")) as found:
        return [str(name) for (name,) in found]


def test_a_transaction_is_all_or_nothing_and_tells_its_rows() -> None:
    world = database()
    told: list[object] = []

    async def work() -> None:
        told.append(await world.commit(INSERT, Statement("update turns set at = $2 where name = $1", ("one", 7.5))))
        nobody = Statement("update turns set at = 1 where name = 'nobody' returning name", required=True)
        told.append(await world.commit(INSERT._replace(values=("two",)), nobody))
        told.append(await world.fetch("select at from turns where name = $1", "one"))

    live(world, work())
    assert told == [[[{"name": "one"}], []], None, [{"at": 7.5}]]


def test_two_who_want_the_same_row_get_it_one_after_the_other() -> None:
    winners = set()
    for seed in range(20):
        world = database(seed=seed)
        won: list[str] = []

        async def work(name: str, world: Database = world, won: list[str] = won) -> None:
            claim = "insert into turns values ('it', 0) on conflict do nothing returning name"
            if await world.commit(Statement(claim, required=True)):
                won.append(name)

        live(world, work("alice"), work("bob"))
        assert len(won) == 1
        winners.update(won)
    assert winners == {"alice", "bob"}


@pytest.mark.parametrize(
    ("fault", "raised", "stands"),
    [
        ("database down", UnavailableError, False),
        ("database full", UnavailableError, False),
        ("database stuck", UnclearCommitError, False),
        ("database reset before", UnclearCommitError, False),
        ("database reset after", UnclearCommitError, True),
        ("database silent", UnclearCommitError, True),
        ("database slow", None, True),
        ("database late", UnclearCommitError, True),
    ],
)
def test_a_fault_leaves_what_it_says(fault: str, raised: type[LedgerError] | None, *, stands: bool) -> None:
    assert fault in DATABASE
    world = database({fault: 1.0})
    told: list[tuple[object, bool]] = []

    async def work() -> None:
        began = world.loop.time()
        try:
            await world.commit(INSERT)
        except LedgerError as error:
            told.append((type(error), bool(names(world))))
        else:
            told.append((None, bool(names(world))))
        assert world.loop.time() - began <= TIMEOUT_S + 0.1

    live(world, work())
    assert told == [(raised, stands and fault != "database late")]
    assert bool(names(world)) is stands


@pytest.mark.parametrize("fault", DATABASE)
def test_a_look_fails_or_does_not_and_is_never_unclear(fault: str) -> None:
    world = database({fault: 1.0})
    told: list[object] = []

    async def work() -> None:
        try:
            told.append(await world.fetch("select 1 as one"))
        except UnavailableError:
            told.append(None)

    live(world, work())
    assert told == ([[{"one": 1}]] if fault in {"database full", "database slow"} else [None])


def test_a_statement_that_is_wrong_says_so() -> None:
    world = database()

    async def work() -> None:
        with pytest.raises(StatementError):
            await world.fetch("select nothing from nowhere")

    live(world, work())


@pytest.mark.parametrize(
    ("dies_after_s", "stands", "hears"), [(0.0001, [], []), (0.1, ["one"], []), (3, ["one"], ["told"])]
)
def test_what_a_dead_process_had_handed_over_stands(dies_after_s: float, stands: list[str], hears: list[str]) -> None:
    world, process, heard = database({"database slow": 1.0}), Process("a bot"), list[str]()

    async def work() -> None:
        await world.commit(INSERT)
        heard.append("told")

    async def kill() -> None:
        world.loop.create_task(work(), context=_of(process))
        await asyncio.sleep(dies_after_s)
        process.is_dead = True

    live(world, kill())
    assert (names(world), heard) == (stands, hears)


def frozen_over_a_commit(seed: int) -> str:
    """What the process takes for what came of its commit."""
    world, process, told = database({"database slow": 1.0}, seed=seed), Process("a bot"), list[str]()

    async def work() -> None:
        try:
            await world.commit(INSERT)
        except UnclearCommitError:
            told.append("unclear")
        else:
            told.append("done")

    async def freeze() -> None:
        world.loop.create_task(work(), context=_of(process))
        await asyncio.sleep(0.1)
        world.loop.freeze(process)
        await asyncio.sleep(30)
        assert (names(world), told) == (["one"], [])
        world.loop.thaw(process)

    live(world, freeze())
    return told[0]


def test_a_process_that_froze_over_a_commit_finds_its_answer_or_that_it_waited_too_long() -> None:
    assert {frozen_over_a_commit(seed) for seed in range(20)} == {"done", "unclear"}


def test_an_outage_is_everybodys_and_passes() -> None:
    world = database(outages={"database full": 1.0})
    told: list[bool] = []

    async def work() -> None:
        while world.loop.time() < 2000:
            await asyncio.sleep(5)
            try:
                await world.commit(Statement("insert into turns values ($1, 0)", (str(world.loop.time()),)))
            except UnavailableError:
                told.append(False)
            else:
                told.append(True)

    live(world, work(), world.live(1000.0))
    assert told.count(False) > 10
    assert told[-10:] == [True] * 10
    assert sum(line.endswith("the outage is over") for line in world.journal.lines) > 1


def test_its_clock_is_its_own_and_may_be_set_back() -> None:
    world = database(outages={"database clock set": 1.0})
    seen: list[float] = []

    async def work() -> None:
        while world.loop.time() < 1000:
            [row] = await world.fetch("select ledger_now() as now")
            seen.append(row["now"])
            await asyncio.sleep(1)

    live(world, work(), world.live(1000.0))
    assert seen[0] == pytest.approx(NOW, abs=1)
    assert any(later < earlier for earlier, later in pairwise(seen))
    assert all(abs(now - NOW - second) < 120 for second, now in enumerate(seen))


def test_the_ledgers_own_tables_are_there_unless_others_are_handed_in() -> None:
    world = replace(database(), open_ledger=Database.open_ledger)

    async def work() -> None:
        assert await world.fetch("select * from changes") == []

    live(world, work())
    world.close()


def _of(process: Process) -> Context:
    context = Context()
    context.run(PROCESS.set, process)
    return context
