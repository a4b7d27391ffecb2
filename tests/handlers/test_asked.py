"""What Slack said of a request is on record, be it that the database was away at that moment."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from bot.ledger import statements
from bot.ledger.database import (
    Database,
    Row,
    Statement,
    StatementError,
    UnavailableError,
    UnclearCommitError,
    Value,
)
from bot.ledger.keys import new_key
from bot.ledger.ledger import Ledger
from bot.ledger.operator import audit_rows
from bot.runtime import Runtime
from bot.sandbox.slack import Fault as SlackFault
from bot.settings import Settings
from handlers import asked as asking
from handlers.open_ledger import OpenLedger, connect_ledger
from handlers.serve import serve
from tests.handlers.deletions import DELETE, NUMBER, PATIENCE_S, asked
from tests.support.world import ALICE, World, words

Trouble = Literal["", "away", "lost and not made", "lost and made", "our fault"]
TTL_S = 300
REFUSED, UNCLEAR = SlackFault(error="channel_not_found"), SlackFault(reset=True, is_taken=True)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "RETRY_S", 0.001)


@dataclass
class Troubled:
    """A database that does badly at one thing: to write what Slack said of a request.

    `troubled` has each time that it met the `trouble`; `written` is set once it took that.
    """

    database: Database
    trouble: Trouble = ""
    troubled: "asyncio.Queue[Trouble]" = field(default_factory=asyncio.Queue)
    written: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        return await self.database.fetch(sql, *values)

    async def commit(self, *steps: Statement) -> list[list[Row]] | None:
        is_it = steps[-1].sql == statements.AUDIT_ONCE
        if is_it and self.trouble:
            if self.trouble == "lost and made":
                await self.database.commit(*steps)
            self.troubled.put_nowait(self.trouble)
            kinds = {"away": UnavailableError, "our fault": StatementError}
            raise kinds.get(self.trouble, UnclearCommitError)(self.trouble)
        rows = await self.database.commit(*steps)
        if is_it:
            self.written.set()
        return rows

    async def meets(self, times: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(times):
                await self.troubled.get()

    async def is_back(self) -> None:
        """Returns once what it missed is written."""
        self.trouble = ""
        async with asyncio.timeout(PATIENCE_S):
            await self.written.wait()

    async def events(self) -> list[str]:
        """As `app.py audit` has them."""
        return [row["event"] async for page in audit_rows(self.database) for row in page]

    async def request(self) -> Row:
        [row] = await self.database.fetch("SELECT * FROM changes")
        return row


@asynccontextmanager
async def bot_with(
    world: World, open_ledger: OpenLedger, trouble: Trouble, *, database_url: str = "", runtime: Runtime | None = None
) -> AsyncIterator[Troubled]:
    made: list[Troubled] = []

    @asynccontextmanager
    async def open_troubled(settings: Settings, runtime: Runtime, team_id: str) -> AsyncIterator[Ledger]:
        async with open_ledger(settings, runtime, team_id) as ledger:
            made.append(Troubled(ledger.database, trouble))
            yield replace(ledger, database=made[0])

    handed_in = world.handed_in | {"open_ledger": open_troubled} | ({"runtime": runtime} if runtime else {})
    database = {"database_url": database_url, "encryption_keys": new_key(Runtime().random)} if database_url else {}
    async with serve(world.settings("http", **database), **handed_in) as world.serving:
        world.slack.app_url = f"http://127.0.0.1:{world.serving.port}/slack/events"
        yield made[0]


@pytest.fixture(params=["away", "lost and not made", "lost and made"])
def trouble(request: pytest.FixtureRequest) -> Trouble:
    found: Trouble = request.param
    return found


@pytest.fixture
async def troubled(empty_world: World, database_url: str, trouble: Trouble) -> AsyncIterator[Troubled]:
    """That of a bot at work, whichever database it has."""
    empty_world.now = time.time()  # PostgreSQL has its own clock
    async with bot_with(empty_world, connect_ledger, trouble, database_url=database_url) as made:
        yield made


async def test_who_asked_is_on_record_once_when_the_database_is_back(empty_world: World, troubled: Troubled) -> None:
    request = await asked(empty_world)
    assert request.button(DELETE)
    await troubled.meets(3)
    await troubled.is_back()
    assert await troubled.events() == ["asked"]
    row = await troubled.request()
    assert (row["message_ts"], row["editable"], row["due_at"]) == (request.ts, 1, row["expires_at"])


async def test_who_asked_stands_before_who_deleted_though_it_was_written_later(
    empty_world: World, troubled: Troubled
) -> None:
    request = await asked(empty_world)
    await empty_world.click(ALICE, request, DELETE)
    assert f"Ticket {NUMBER} deleted" in words(request)
    await troubled.is_back()
    assert await troubled.events() == ["asked", "confirmed", "deleted"]
    assert (await troubled.request())["state"] == "delivered"


async def test_an_expired_request_loses_its_buttons_though_the_database_was_away_when_it_was_asked(
    empty_world: World,
) -> None:
    async with bot_with(empty_world, empty_world.ledger.open, "away") as troubled:
        request = await asked(empty_world)
        empty_world.now += TTL_S + 1
        await troubled.is_back()
        await empty_world.recover()
        assert "expired" in words(request)
        assert request.buttons == []


@pytest.mark.parametrize(("fault", "event", "rows"), [(REFUSED, "failed", 0), (UNCLEAR, "unclear", 1)])
async def test_a_request_that_slack_did_not_take_or_confirm_is_on_record_once(
    empty_world: World, trouble: Trouble, fault: SlackFault, event: str, rows: int
) -> None:
    async with bot_with(empty_world, empty_world.ledger.open, trouble) as troubled:
        empty_world.slack.faults["chat.postMessage"].append(fault)
        empty_world.slack.faults["response_url"].extend([SlackFault(404)] * 5)
        await empty_world.slack.command(ALICE, "/ticket-delete", NUMBER)
        await empty_world.serving.services.runner.wait_idle()
        await troubled.meets(2)
        await troubled.is_back()
        assert await troubled.events() == [event]
        assert len(empty_world.ledger.rows()) == rows


async def test_a_bot_that_ends_before_the_database_is_back_says_what_the_audit_misses(
    empty_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with bot_with(empty_world, empty_world.ledger.open, "away") as troubled:
        await asked(empty_world)
        await troubled.meets(2)
    missed = f"the ledger misses an audit line (asked, {NUMBER})"
    assert f"{missed}: the bot ended before the database was back" in caplog.text
    assert await troubled.events() == []


async def test_after_a_day_without_the_database_the_log_says_what_the_audit_misses(
    empty_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    runtime = Runtime(now=lambda: empty_world.now, boottime=lambda: clock[0])
    async with bot_with(empty_world, empty_world.ledger.open, "away", runtime=runtime) as troubled:
        await asked(empty_world)
        await troubled.meets(2)
        assert "for a day" not in caplog.text
        clock[0] = asking.GIVE_UP_S
        await _until_it_ends(empty_world)
    assert f"an audit line (asked, {NUMBER}): the database was away for a day: away" in caplog.text
    assert "the bot ended" not in caplog.text


async def test_what_no_time_mends_is_not_tried_again(empty_world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with bot_with(empty_world, empty_world.ledger.open, "our fault") as troubled:
        await asked(empty_world)
        await troubled.meets(1)
    assert f"the ledger misses an audit line (asked, {NUMBER}): our fault" in caplog.text
    assert troubled.troubled.empty()


async def _until_it_ends(world: World) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait(world.serving.services.runner._background)
