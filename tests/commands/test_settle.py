"""`app.py settle`: what the bot can't end by itself is ended by hand, on record, and people hear of it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.ledger.database import Row
from bot.ledger.encryption import KEY_BYTES
from bot.ledger.ledger import Ledger
from bot.ledger.statements import SETTLE_S
from bot.runtime import Runtime
from bot.sandbox.ticket_api import Fault
from commands.settle import end_by_hand
from tests.commands.operators import ME, NUMBER, PLACE, click, crash, deleted, ledger, sent, taken, typed
from tests.handlers.deletions import DELETE, api_asked, api_did, asked
from tests.support.process import Ended
from tests.support.world import ALICE, BOB, World, words

ID = "0123456789ab"
LONG_AGO = {"settled_at": 1_000.0}


async def settled(book: Ledger, cwd: Path, url: str, word: str) -> tuple[Ended, dict[str, Any], list[dict[str, Any]]]:
    """What was said, the row afterwards, and the audit's lines since the confirmation."""
    ended = await typed(cwd, url, "settle", ID, "--as", word)
    [row] = await book.database.fetch("select * from changes")
    lines = await book.database.fetch("select * from audit where event <> 'confirmed'")
    return ended, dict(row), [dict(line) for line in lines]


@pytest.mark.parametrize(
    ("word", "outcome", "what"),
    [
        ("deleted", "FOUND_DONE", "found deleted"),
        ("not-deleted", "FOUND_OPEN", "failed"),
        ("resolved", "FOUND_DONE", "found resolved"),
        ("not-resolved", "FOUND_OPEN", "failed"),
    ],
)
async def test_what_was_sent_is_settled_as_found_and_on_record(
    database_url: str, tmp_path: Path, word: str, outcome: str, what: str
) -> None:
    async with ledger(database_url) as book:
        lease = await sent(book, click(ID, change="resolve" if "resolve" in word else "delete"))
        await crash(book, **LONG_AGO)
        ended, row, lines = await settled(book, tmp_path, database_url, word)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == f"Ticket {NUMBER} is settled as {word}, by {ME}. A running bot tells people now.\n"
        assert (row["state"], row["outcome"], row["busy"]) == ("ended", outcome, 0)
        assert row["receipt"] == ("maybe" if word == "deleted" else "")
        assert row["due_at"] <= Runtime().now()
        [line] = lines
        assert (line["event"], line["user_id"], line["confirmer"]) == (what, ME, BOB)
        assert (line["outcome"], line["request"], line["case_number"]) == (f"settled by hand as {word}", ID, NUMBER)
        assert not await book.send(lease)  # whoever held it and wakes up
        [(taken_row, _)] = await book.take_due(9)
        assert "Ticket" in str(book.message_of(taken_row))


async def test_what_nobody_can_know_is_left_as_people_see_it(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        await sent(book, click(ID))
        await crash(book, **LONG_AGO)
        ended, row, lines = await settled(book, tmp_path, database_url, "unknown")
        assert ended.out == f"Ticket {NUMBER} is settled as unknown, by {ME}. What people see is left as it is.\n"
        assert (row["state"], row["outcome"], row["busy"]) == ("delivered", "UNKNOWN", 0)
        assert row["copy"]
        assert [line["event"] for line in lines] == ["unclear"]
        assert await book.take_due(9) == []
        assert (await typed(tmp_path, database_url, "changes", "--open")).out == ""
        assert "nothing: its texts go at" in (await typed(tmp_path, database_url, "changes")).out
        again = await typed(tmp_path, database_url, "settle", ID, "--as", "deleted")
        assert again.code == 0


@pytest.mark.parametrize(("name", "who"), [("daemon", "os:daemon"), ("no such user", ME)])
async def test_under_sudo_who_typed_it_is_on_record_and_not_whom_they_became(
    tmp_path: Path, name: str, who: str
) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with ledger(url) as book:
        await sent(book, click(ID))
        await crash(book, **LONG_AGO)
        ended = await typed(tmp_path, url, "settle", ID, "--as", "deleted", SUDO_USER=name)
        assert f"is settled as deleted, by {who}. " in ended.out


async def test_of_two_who_may_have_deleted_it_both_are_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with ledger(url) as book:
        await sent(book, click(ID))
        await crash(book, busy=0, settled_at=Runtime().now() + 99, case_number=NUMBER)
        await sent(book, click("ba9876543210"))
        await crash(book, busy=0)
        assert (await typed(tmp_path, url, "settle", ID, "--as", "deleted")).code == 0
        [(row, _)] = [taken for taken in await book.take_due(9) if taken[0].id == ID]
        assert "one of the requests of" in str(book.message_of(row))


async def all_but_leases(book: Ledger) -> list[Row]:
    """Whoever holds a row renews its lease meanwhile."""
    return [{**row, "lease_until": None} for row in await book.database.fetch("select * from changes")]


async def refused(book: Ledger, cwd: Path, url: str, word: str) -> tuple[int, str]:
    """The exit code and the reason; nothing is changed, and nothing is on record."""
    before = await all_but_leases(book)
    ended = await typed(cwd, url, "settle", ID, "--as", word)
    assert ended.out == ""
    assert await all_but_leases(book) == before
    assert await book.database.fetch("select * from audit where outcome like 'settled%'") == []
    return ended.code, ended.err


async def test_a_row_that_somebody_holds_is_refused(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        lease = await sent(book, click(ID))
        async with lease.kept(asyncio.get_running_loop().time() + 60):
            assert await refused(book, tmp_path, database_url, "deleted") == (
                1,
                "A process is at work on it: try again in some seconds.\n",
            )


async def test_what_may_still_happen_is_not_settled_as_not_done(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        await sent(book, click(ID))
        await crash(book)
        for word in ("not-deleted", "unknown"):
            code, why = await refused(book, tmp_path, database_url, word)
            assert code == 1
            assert why.startswith("It may still be carried out, until ")
        assert (await typed(tmp_path, database_url, "settle", ID, "--as", "deleted")).code == 0


async def test_what_has_an_end_or_no_beginning_is_refused(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        assert (await refused(book, tmp_path, database_url, "deleted"))[0] == 2
        await book.insert(click(ID).request, PLACE)
        assert "Nobody has confirmed it" in (await refused(book, tmp_path, database_url, "deleted"))[1]
        await taken(book, click(ID))
        await crash(book)
        assert "Nothing was sent: only not-deleted" in (await refused(book, tmp_path, database_url, "deleted"))[1]
        assert "say deleted, not-deleted or unknown" in (await refused(book, tmp_path, database_url, "resolved"))[1]
        await crash(book, state="sending", answer="DONE")
        assert "own answer is on record (confirmed by" in (await refused(book, tmp_path, database_url, "unknown"))[1]


async def test_a_confirmed_deletion_is_never_settled_otherwise(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        await deleted(book, click(ID))
        assert await refused(book, tmp_path, database_url, "not-deleted") == (
            2,
            "It has ended: confirmed by the API.\n",
        )


async def test_what_was_never_sent_ends_as_not_deleted(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        await taken(book, click(ID))
        await crash(book)
        ended, row, lines = await settled(book, tmp_path, database_url, "not-deleted")
        assert ended.code == 0
        assert (row["state"], row["outcome"]) == ("ended", "INTERRUPTED")
        assert [line["event"] for line in lines] == ["failed"]


@pytest.fixture
async def crashed(empty_world: World) -> AsyncIterator[World]:
    """A deletion was carried out, and whoever asked for it stands still."""
    world = empty_world
    answer = asyncio.Event()
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(world.bot(sweeppea_deadline_s=120))
        request = await asked(world)
        world.ticket_api.fail("delete", Fault(answer_until=answer))
        await api_asked(world, "delete", world.slack.click(ALICE, request, DELETE))
        await api_did(world, "delete")
        world.answers = [request]
        world.now += SETTLE_S
        yield world
        answer.set()
        await bot.services.runner.wait_idle()


async def test_a_running_bot_shows_people_what_was_settled_and_sends_the_receipt(
    crashed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    [request] = crashed.answers
    key = SecretStr(base64.urlsafe_b64encode(bytes(range(KEY_BYTES))).decode())
    settings = crashed.settings().model_copy(update={"encryption_keys": key})
    [row] = crashed.ledger.rows()
    assert await end_by_hand(row["id"], "deleted", settings, crashed.ledger, Runtime(now=lambda: crashed.now)) == 0
    assert f"Ticket {NUMBER} is settled as deleted" in capsys.readouterr().out
    fetched = len(crashed.ticket_api.calls("fetchSingleTicket"))
    async with crashed.bot():
        await crashed.recover()
    assert f"Ticket {NUMBER} can't be found any more" in words(request)
    assert any("weekend for two" in words(posted) for posted in crashed.slack.messages if posted.channel == ALICE)
    assert len(crashed.ticket_api.calls("fetchSingleTicket")) == fetched
