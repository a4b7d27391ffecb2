"""The turn that several processes on one PostgreSQL share: who has it, who is next, and what trouble makes of it."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from bot.ledger import advisory_lock, postgres, turns
from bot.ledger.advisory_lock import LATE_S
from bot.ledger.connect import connect
from bot.ledger.database import LedgerStartError
from bot.ledger.postgres import PostgresDatabase, connect_for_migrations
from bot.ledger.postgres_session import DEAD_MS, FAILURES, FOR_TURNS, KEEPALIVE_IDLE_S
from bot.ledger.turns import SharedTurn, key_of
from bot.runtime import Runtime
from tests.support.network import half_dead, pooler
from tests.support.postgres_server import Databases, postgres_server

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parent.parent.parent.parent
NAME = "http://127.0.0.1/tickets/delete"
PATIENCE_S = 30.0
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
HELD = "select count(*) from pg_locks where locktype = 'advisory' and granted"


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    url = databases.new()
    yield url
    databases.drop(url)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits looks often, and takes a holder for late soon."""
    monkeypatch.setattr(advisory_lock, "LOOK_S", 0.05)
    monkeypatch.setattr(turns, "RENEW_S", 0.1)
    monkeypatch.setattr(turns, "PAUSE_S", 0.05)
    monkeypatch.setattr(advisory_lock, "END_LATE", advisory_lock.END_LATE.replace(f"{LATE_S} s", "0.6 s"))


@asynccontextmanager
async def process(url: str) -> AsyncIterator[PostgresDatabase]:
    """Its connections, as those of a process of its own."""
    async with postgres.connect(url, patience_s=0) as database:
        yield database


@asynccontextmanager
async def processes(url: str, number: int) -> AsyncIterator[list[SharedTurn]]:
    async with AsyncExitStack() as stack:
        yield [(await stack.enter_async_context(process(url))).turn_at(NAME) for _ in range(number)]


async def until(url: str, sql: str, wanted: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while await connection.fetchval(sql) != wanted:
                pass
    finally:
        await connection.close()


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what is tested has no event for it
            await asyncio.sleep(0.01)


async def comes(turn: SharedTurn) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await turn.wait()


async def test_one_process_at_a_time_has_the_turn_and_who_came_first_is_first(url: str) -> None:
    async with processes(url, 4) as (holder, *others):
        await comes(holder)
        came: list[int] = []

        async def wait(number: int) -> None:
            await comes(others[number])
            came.append(number)
            others[number].give_back()

        waiting = []
        for number in (1, 0, 2):
            waiting.append(asyncio.create_task(wait(number)))
            await until(url, WAITING, len(waiting))
        assert came == []
        holder.give_back()
        await asyncio.gather(*waiting)
        assert came == [1, 0, 2]
        await until(url, HELD, 0)


async def test_the_same_endpoint_of_another_address_is_another_turn(url: str) -> None:
    async with process(url) as one, process(url) as other:
        await comes(one.turn_at(NAME))
        await comes(other.turn_at("http://127.0.0.2/tickets/delete"))


async def test_a_busy_process_lets_the_others_have_their_turn(url: str) -> None:
    """Three that always want more take turns; nobody has it twice before each of the others had it."""
    async with processes(url, 3) as all_:
        came: list[int] = []
        batches = 5

        async def want(number: int) -> None:
            for _ in range(batches):
                await comes(all_[number])
                came.append(number)
                await asyncio.sleep(turns.BATCH_S)  # a request
                all_[number].give_back()

        await comes(all_[0])
        wanting = [asyncio.create_task(want(number)) for number in (1, 2)]
        await until(url, WAITING, 2)
        all_[0].give_back()
        await asyncio.gather(want(0), *wanting)
        rounds = [set(came[place : place + 3]) for place in range(0, 3 * (batches - 1), 3)]
        assert rounds == [{0, 1, 2}] * (batches - 1)


async def test_a_batch_of_one_process_asks_the_server_once(url: str) -> None:
    async with process(url) as database:
        turn = database.turn_at(NAME)
        await comes(turn)
        assert turn._has_lock
        for _ in range(3):
            turn.give_back()
            waiting = turn.wait()
            with pytest.raises(StopIteration):  # it does not wait
                waiting.send(None)
        turn.give_back()
        await until(url, HELD, 0)


async def test_a_wait_that_is_cancelled_leaves_no_lock_behind(url: str) -> None:
    """Be it cancelled before the grant, with it, or after."""
    async with processes(url, 2) as (holder, other):
        for steps in range(60):
            await comes(holder)
            waiting = asyncio.create_task(other.wait())
            await until(url, WAITING, 1)
            holder.give_back()
            for _ in range(steps):
                await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            if not waiting.cancelled():
                other.give_back()
            await until(url, HELD, 0)


async def test_whoever_asks_after_a_cancelled_wait_keeps_its_place(url: str) -> None:
    async with processes(url, 3) as (holder, second, third):
        await comes(holder)
        given_up = asyncio.create_task(second.wait())
        await until(url, WAITING, 1)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        last = asyncio.create_task(third.wait())
        await until(url, WAITING, 2)
        again = asyncio.create_task(second.wait())
        await asyncio.sleep(0)
        holder.give_back()
        await again
        assert not last.done()
        second.give_back()
        await last


@pytest.mark.usefixtures("impatient")
async def test_a_holder_that_renews_keeps_the_turn_however_long_it_takes(url: str) -> None:
    async with processes(url, 2) as (holder, other):
        await comes(holder)
        waiting = asyncio.create_task(other.wait())
        done, _ = await asyncio.wait([waiting], timeout=1.5)
        assert not done
        holder.give_back()
        await waiting


@pytest.mark.usefixtures("impatient")
async def test_a_session_that_renews_nothing_is_ended_by_whoever_waits(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    stands_still = await asyncpg.connect(url)
    try:
        await stands_still.execute(f"select pg_advisory_lock({key_of(NAME)})")
        async with processes(url, 1) as (turn,):
            await comes(turn)
        assert "another process stood still" in caplog.text
        assert stands_still.is_closed() or await is_over(stands_still)
    finally:
        stands_still.terminate()


async def is_over(connection: asyncpg.Connection) -> bool:
    try:
        await connection.fetchval("select 1")
    except FAILURES:
        return True
    return False


@asynccontextmanager
async def another(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A real process; see tests/bot/ledger/holder.py."""
    command = [sys.executable, "-m", "tests.bot.ledger.holder", url, NAME]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        await process.communicate()


async def says(process: asyncio.subprocess.Process, words: str) -> None:
    assert process.stdout
    assert (await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)).decode().strip() == words


async def goes_on(process: asyncio.subprocess.Process) -> None:
    assert process.stdin
    process.stdin.write(b"\n")
    await process.stdin.drain()


async def test_a_frozen_process_loses_the_turn_and_shares_it_again_when_it_thaws(url: str) -> None:
    """With the times as they are: some 7 s."""
    async with another(url) as frozen, processes(url, 1) as (turn,):
        await says(frozen, "has it")
        frozen.send_signal(signal.SIGSTOP)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await comes(turn)
        assert loop.time() - began >= LATE_S - turns.RENEW_S
        frozen.send_signal(signal.SIGCONT)
        await goes_on(frozen)
        await says(frozen, "gave it back")
        turn.give_back()
        await until(url, HELD, 0)
        await shares_again(url, frozen)


async def shares_again(url: str, process: asyncio.subprocess.Process) -> None:
    """Its connection was ended: a turn that comes before it has another is not shared."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await goes_on(process)
                await says(process, "has it")
                if await connection.fetchval(HELD):
                    return
                await goes_on(process)
                await says(process, "gave it back")
    finally:
        await connection.close()


async def test_a_killed_process_leaves_the_turn_to_whoever_waits(url: str) -> None:
    async with another(url) as killed, processes(url, 1) as (turn,):
        await says(killed, "has it")
        waiting = asyncio.create_task(turn.wait())
        await until(url, WAITING, 1)
        killed.kill()
        async with asyncio.timeout(LATE_S):  # well before anybody is late
            await waiting


@pytest.mark.usefixtures("impatient")
async def test_a_turn_that_nobody_gives_back_ends_by_itself(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_HOLD_S", 0.3)
    async with processes(url, 2) as (hangs, other):
        await comes(hangs)
        await comes(other)
        hangs.give_back()  # of what it has no more
        other.give_back()
        await until(url, HELD, 0)


@pytest.mark.usefixtures("impatient")
async def test_without_the_server_nobody_waits_and_with_it_the_turn_is_shared_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    with postgres_server() as server:
        async with process(server.url()) as one, process(server.url()) as other:
            mine = [one.turn_at(NAME), one.turn_at("another endpoint")]
            theirs = other.turn_at(NAME)
            for turn in mine:
                await comes(turn)
            waiting = asyncio.create_task(theirs.wait())
            await until(server.url(), WAITING, 1)
            await asyncio.to_thread(server.stop)
            await waiting
            await eventually(lambda: all(turn._is_away for turn in (*mine, theirs)))  # while they are still in use
            for turn in (*mine, theirs):
                turn.give_back()
                await comes(turn)
                turn.give_back()
            lost = [line for line in caplog.messages if "can't be shared" in line]
            assert len(lost) == 2  # each process says it once

            await asyncio.to_thread(server.start)
            await eventually(lambda: caplog.text.count("is shared with other processes again") == 2)
            await comes(mine[0])
            waiting = asyncio.create_task(theirs.wait())
            await until(server.url(), WAITING, 1)
            mine[0].give_back()
            await waiting


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("how", ["restart", "terminate"])
async def test_an_idle_connection_that_went_is_made_anew_without_a_word(
    caplog: pytest.LogCaptureFixture, how: str
) -> None:
    with postgres_server() as server:
        async with process(server.url()) as database:
            turn = database.turn_at(NAME)
            await comes(turn)
            turn.give_back()
            await until(server.url(), HELD, 0)
            if how == "restart":
                await asyncio.to_thread(server.restart)
            else:
                server.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%turn'")
            await comes(turn)
            assert turn._has_lock
            turn.give_back()
        assert "can't be shared" not in caplog.text


@pytest.mark.usefixtures("impatient")
async def test_a_network_that_swallows_everything_takes_the_turn_from_who_is_behind_it(
    databases: Databases, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(advisory_lock, "TIMEOUT_S", 0.3)
    port = databases.server.port
    async with (
        half_dead(port) as network,
        process(url.replace(str(port), str(network.port))) as behind,
        process(url) as beyond,
    ):
        holder, waits = behind.turn_at(NAME), beyond.turn_at(NAME)
        await comes(holder)
        waiting = asyncio.create_task(waits.wait())
        await until(url, WAITING, 1)
        network.swallow()
        async with asyncio.timeout(PATIENCE_S):
            await waiting
        await eventually(lambda: holder._is_away)
        holder.give_back()
        await comes(holder)  # it does not wait
        holder.give_back()
        network.pass_on()
        network.cut()
        await eventually(lambda: not holder._is_away)
        again = asyncio.create_task(holder.wait())
        await until(url, WAITING, 1)
        waits.give_back()
        await again
        holder.give_back()
        network.pass_on()
    assert caplog.text.count("can't be shared") == 1


@pytest.mark.usefixtures("impatient")
async def test_who_waits_behind_a_network_that_swallows_everything_waits_no_longer(
    databases: Databases, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory_lock, "LOCK_TIMEOUT_S", 0.3)
    monkeypatch.setattr(advisory_lock, "TIMEOUT_S", 0.3)
    port = databases.server.port
    async with (
        half_dead(port) as network,
        process(url.replace(str(port), str(network.port))) as behind,
        process(url) as beyond,
    ):
        holder, waits = beyond.turn_at(NAME), behind.turn_at(NAME)
        await comes(holder)
        waiting = asyncio.create_task(waits.wait())
        await until(url, WAITING, 1)
        network.swallow()
        async with asyncio.timeout(PATIENCE_S):
            await waiting
        assert waits._is_away
        network.cut()
        holder.give_back()
        await until(url, HELD, 0)  # what it had asked for is no lock of nobody's


async def test_a_wait_beyond_the_servers_patience_goes_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FOR_TURNS, "lock_timeout", "100")
    async with processes(url, 2) as (holder, other):
        await comes(holder)
        waiting = asyncio.create_task(other.wait())
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
        holder.give_back()
        await waiting


async def test_a_dead_peer_is_known_to_be_gone_within_10_s_on_both_ends(url: str) -> None:
    async with process(url) as database:
        for name, value in (("tcp_user_timeout", str(DEAD_MS)), ("tcp_keepalives_idle", "3")):
            [row] = await database.fetch(f"show {name}")
            assert row[name] == value
    connection = await connect_for_migrations(url)
    try:
        end = connection._transport.get_extra_info("socket")
        assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == KEEPALIVE_IDLE_S
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == DEAD_MS <= 10_000
    finally:
        await connection.close()


@pytest.mark.parametrize("sessions", [1, 2, 3, 8])
async def test_a_pooler_that_swaps_sessions_is_refused_with_a_sentence(
    databases: Databases, url: str, sessions: int
) -> None:
    port = databases.server.port
    async with pooler(port, sessions) as at:
        with pytest.raises(LedgerStartError, match="leads to a pooler") as caught:
            async with connect(
                url.replace(str(port), str(at)), runtime=Runtime(), version="0.1.0", lock=True, patience_s=0
            ):
                pass
    assert caught.value.exit_code == 2


async def test_a_network_between_that_leaves_sessions_alone_is_no_pooler(databases: Databases, url: str) -> None:
    port = databases.server.port
    async with half_dead(port) as network:
        through = url.replace(str(port), str(network.port))
        async with connect(through, runtime=Runtime(), version="0.1.0", lock=True, patience_s=0):
            pass
