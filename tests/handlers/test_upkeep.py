"""What a monitor is told of the database, and what the bot deletes by itself."""

import asyncio

import aiohttp
import pytest

from bot.ledger.database import UnavailableError
from bot.ledger.statements import LEASE_S
from handlers import recover
from handlers.serve import RunningBot
from tests.bot.ledger.rows import audit, change
from tests.support.metrics import scraped
from tests.support.world import Transport, World

YEAR_S = 366 * 86_400


async def health(port: int | None) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as response:
        return response.status, await response.text()


async def looks(bot: RunningBot, number: int) -> None:
    """So many looks of recovery, with no pause."""
    running = asyncio.create_task(bot.recovery.run(0.0))
    for _ in range(number):
        await asyncio.sleep(0)
    running.cancel()


async def test_a_monitor_hears_that_the_database_is_away_and_that_it_is_back(team: World) -> None:
    port = team.serving.port
    assert await health(port) == (200, "ok\n")
    team.ledger.fault = UnavailableError("the database is away")
    await team.recover()
    assert await health(port) == (200, "degraded\n")
    team.serving.services.runner.draining = True
    assert (await health(port))[0] == 503
    team.serving.services.runner.draining = False
    team.ledger.fault = None
    await team.recover()
    assert await health(port) == (200, "degraded\n")  # others renew first
    team.now += LEASE_S
    await team.recover()
    assert await health(port) == (200, "ok\n")


async def test_a_monitor_hears_of_a_full_disk_though_nothing_is_under_way(empty_world: World) -> None:
    """Such a disk can be read, and a look that finds nothing to take writes nothing."""

    async def up(bot: RunningBot) -> tuple[str, float | None]:
        return (await health(bot.port))[1], (await scraped(bot.metrics_port)).value("ticketbot_ledger_up")

    async with empty_world.bot(metrics_port=0) as bot:
        raw = empty_world.ledger.connection.raw
        await looks(bot, 1)
        assert await up(bot) == ("ok\n", 1)
        for table in ("ledger_meta", "changes"):
            raw.execute(f"create trigger full_{table} before update on {table} begin select raise(abort, 'full'); end")
        await bot.recovery.look()
        assert await up(bot) == ("ok\n", 1)  # not seen before a minute is over
        await looks(bot, 1)
        assert await up(bot) == ("degraded\n", 0)
        empty_world.now += LEASE_S
        await bot.recovery.look()
        assert await up(bot) == ("degraded\n", 0)
        raw.execute("drop trigger full_ledger_meta")
        await bot.recovery.look()
        empty_world.now += LEASE_S
        await bot.recovery.look()
        assert await up(bot) == ("ok\n", 1)


async def test_what_is_older_than_the_setting_goes_with_the_looks_of_the_bot(
    empty_world: World, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> None:
    monkeypatch.setattr(recover, "_BLANK_EVERY", 3)
    async with empty_world.bot(transport, retention_days=365) as bot:
        now = empty_world.now
        await empty_world.ledger.commit(
            audit(at=now - YEAR_S, ref="old"),
            audit(at=now, ref="young"),
            change("a", state="delivered", ended_at=now - YEAR_S),
            change("b", state="open", asked_at=now - YEAR_S),
        )
        empty_world.ledger.fault = UnavailableError("the database is away")
        await looks(bot, 20)
        empty_world.ledger.fault = None
        assert len(empty_world.ledger.rows("select * from audit")) == 2
        await looks(bot, 5)
        empty_world.now += LEASE_S
        await looks(bot, 20)
        assert [row["ref"] for row in empty_world.ledger.rows("select ref from audit")] == ["young"]
        assert [row["id"] for row in empty_world.ledger.rows()] == ["b"]
