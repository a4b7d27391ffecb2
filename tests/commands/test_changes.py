"""`app.py changes` and `app.py receipt`, as an operator types them."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

from bot.ledger.database import Statement
from bot.ledger.keys import new_key
from bot.ledger.row import encode_ticket
from bot.runtime import Runtime
from tests.commands.operators import NUMBER, PLACE, TICKET, click, crash, deleted, event, ledger, sent, taken, typed
from tests.support.world import ALICE, BOB

OPEN, CLAIMED, SENDING, DONE = "000000000001", "000000000002", "000000000003", "000000000004"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d JST"


async def test_each_change_is_shown_with_what_it_waits_for(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        asked = click(OPEN, number="OPEN001").request
        await book.insert(asked, PLACE)
        lease = await taken(book, click(CLAIMED, number="CLAIM01", change="resolve"))
        async with lease.kept(asyncio.get_running_loop().time() + 60):
            held = await typed(tmp_path, database_url, "changes")
        assert re.search(rf"{CLAIMED} .* a process that is at work on it$", held.out, re.MULTILINE)
        await sent(book, click(SENDING))
        await deleted(book, click(DONE, number="DONE001"))
        await crash(book)
        ended = await typed(tmp_path, database_url, "changes", "--open")
    assert (ended.code, ended.err) == (0, "")
    titles, *lines = ended.out.splitlines()
    assert re.split(" {2,}", titles) == ["ID", "TICKET", "CHANGE", "STATE", "BY", "SINCE", "WAITS FOR"]
    shown = {line[:12]: re.split(" {2,}", line)[1:] for line in lines}
    assert shown[OPEN][:3] == ["OPEN001", "open", ALICE]
    assert re.fullmatch(f"a click, until {TIME}", shown[OPEN][-1])
    assert shown[CLAIMED][:4] == ["CLAIM01", "resolve", "claimed", BOB]
    assert shown[CLAIMED][-1] == "its buttons to come back, as soon as a bot looks: nothing was sent"
    assert shown[SENDING][-1] == "a look at the ticket, as soon as a bot looks: it was sent, and not answered"
    assert shown[DONE][2] == "delivered: done"
    assert re.fullmatch(f"its receipt, which nobody got: kept until {TIME}", shown[DONE][-1])
    assert all(re.fullmatch(TIME, cells[-2]) for cells in shown.values())


async def test_what_is_over_is_not_open_and_what_is_forgotten_is_not_shown(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        lease = await deleted(book, click(DONE))
        await book.database.commit(Statement("update changes set receipt = 'sent'"))
        ended = await typed(tmp_path, database_url, "changes", "--open")
        assert (ended.code, ended.out, ended.err) == (0, "", "Nothing is unfinished.\n")
        ended = await typed(tmp_path, database_url, "changes")
        assert re.search(f"nothing: its texts go at {TIME}$", ended.out)
        await book.database.commit(Statement("update changes set owner = 'o'"))
        assert await book.drop_texts(lease)
        ended = await typed(tmp_path, database_url, "changes")
        assert (ended.out, ended.err) == ("", "Nothing is left to be done.\n")


async def test_a_receipt_that_is_lost_with_its_key_is_not_said_to_be_kept(database_url: str, tmp_path: Path) -> None:
    new = {"ENCRYPTION_KEYS": new_key(Runtime().random)}
    async with ledger(database_url) as book:
        await deleted(book, click(DONE))
        await crash(book)
    assert (await typed(tmp_path, database_url, "rotate", "--lost", **new)).code == 0
    ended = await typed(tmp_path, database_url, "changes", **new)
    assert ended.out.endswith("  nothing: nobody got its receipt, and its text is not kept any more\n")
    ended = await typed(tmp_path, database_url, "changes", "--open", **new)
    assert (ended.out, ended.err) == ("", "Nothing is unfinished.\n")
    ended = await typed(tmp_path, database_url, "receipt", DONE, **new)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("or its key was lost.\n")


async def test_a_request_that_expired_is_open_only_where_its_message_does_not_say_so_yet(
    database_url: str, tmp_path: Path
) -> None:
    """Slack may never have confirmed that it posted one: then the bot knows no message to edit."""
    async with ledger(database_url) as book:
        await book.insert(click(OPEN, number="OPEN001", asked_s_ago=400).request, PLACE)
        await book.insert(click(CLAIMED, number="FIXED01", asked_s_ago=400).request, replace(PLACE, editable=False))
        await book.insert(click(SENDING, number="FIXED02").request, replace(PLACE, editable=False))
        ended = await typed(tmp_path, database_url, "changes", "--open")
        shown = {line[:12]: re.split(" {2,}", line)[-1] for line in ended.out.splitlines()[1:]}
        assert sorted(shown) == [OPEN, SENDING]
        assert shown[OPEN] == "its message to say that it expired, as soon as a bot looks"
        assert re.fullmatch(f"a click, until {TIME}", shown[SENDING])
        ended = await typed(tmp_path, database_url, "changes")
        assert re.search(
            f"{CLAIMED} .*  nothing: it expired, and a click hears so until {TIME}$", ended.out, re.MULTILINE
        )


async def test_the_copy_of_a_deleted_ticket_is_printed_whole(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        await deleted(book, click(DONE))
        ended = await typed(tmp_path, database_url, "receipt", DONE)
    assert (ended.code, ended.err) == (0, "")
    assert re.match(rf"As it was when {BOB} confirmed, {TIME}\. Since then: done\.\n\nTicket {NUMBER}: ", ended.out)
    assert "weekend for two" in ended.out
    assert all(f"Note {number} of " in ended.out for number in range(1, len(TICKET.notes) + 1))
    assert re.search(r"^Links: https://\S*example\.com/\S+$", ended.out, re.MULTILINE)
    assert "secret-user-token" not in ended.out


async def test_with_the_receipt_off_the_subject_is_all_that_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with ledger(url) as book:
        of = click(DONE)
        lease = await taken(book, of)
        assert await book.confirm(lease, encode_ticket(TICKET, whole=False), 1, event("confirmed", of))
        ended = await typed(tmp_path, url, "receipt", DONE)
    assert "No more than its subject is kept" in ended.out
    assert "weekend for two" not in ended.out


async def test_without_a_copy_or_without_its_key_a_sentence_says_so(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        await book.insert(click(OPEN).request, PLACE)
        ended = await typed(tmp_path, database_url, "receipt", OPEN)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("Nothing is kept of that ticket")
        ended = await typed(tmp_path, database_url, "receipt", DONE)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == f"There is no change with the id {DONE}: `python app.py changes` lists them.\n"
        await deleted(book, click(DONE))
        ended = await typed(tmp_path, database_url, "receipt", DONE, ENCRYPTION_KEYS=new_key(Runtime().random))
        assert (ended.code, ended.out) == (2, "")
        assert "ENCRYPTION_KEYS has not got it" in ended.err
