"""`app.py audit` and `app.py erase-person`, as an operator types them."""

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.ledger.database import Statement
from bot.runtime import Runtime
from tests.bot.ledger.rows import audit
from tests.commands.operators import NUMBER, click, deleted, event, ledger, typed
from tests.support.world import ALICE, BOB, CAROL

ID, OTHER = "0123456789ab", "ba9876543210"


async def test_who_deleted_a_ticket_and_when_is_one_command(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        await deleted(book, click(ID))
        await deleted(book, click(OTHER, number="HYXTNJV"))
        ended = await typed(tmp_path, database_url, "audit", "--case", f"#{NUMBER.lower()} ")
    assert (ended.code, ended.err) == (0, "")
    titles, *lines = ended.out.splitlines()
    assert titles.split() == ["WHEN", "TICKET", "EVENT", "BY", "ASKED", "BY", "CONFIRMED", "BY", "OUTCOME", "REF"]
    (line,) = [line for line in lines if " deleted " in line]
    cells = re.split(r" {2,}", line)
    assert cells[1:] == [NUMBER, "deleted", BOB, ALICE, BOB, "confirmed by the API", "7F3K9"]
    at = datetime.strptime(cells[0], "%Y-%m-%d %H:%M:%S JST").replace(tzinfo=timezone(timedelta(hours=9)))
    assert abs(at.timestamp() - Runtime().now()) < 60
    assert "HYXTNJV" not in ended.out
    assert titles.index("EVENT") == line.index("deleted")


async def test_without_the_settings_of_the_bot_an_operator_hears_that_the_command_needs_them(tmp_path: Path) -> None:
    ended = await typed(tmp_path, "sqlite:///no.db", "audit", SWEEPPEA_API_KEY="")
    assert (ended.code, ended.out) == (2, "")
    title, line = ended.err.splitlines()
    assert title.startswith("This command needs the bot's settings, all of them. Fix this in the environment or in ")
    assert "SWEEPPEA_API_KEY" in line


async def test_json_is_what_the_bot_writes(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        of = click(ID)
        await book.record(event("confirmed", of), event("deleted", of, "confirmed by the API"))
        ended = await typed(tmp_path, database_url, "audit", "--json")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert list(lines[1]) == [
        "time", "event", "change", "user", "asker", "confirmer", "team", "channel", "case_number", "request",
        "replaces", "outcome", "ref",
    ]  # fmt: skip
    assert [line["event"] for line in lines] == ["confirmed", "deleted"]
    assert lines[1]["user"] == BOB
    assert lines[1]["request"] == ID
    assert datetime.fromisoformat(lines[1]["time"]).utcoffset() is not None


async def test_somebody_is_found_whatever_they_did_and_from_a_day_on(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        at = datetime.fromisoformat("2026-03-01T12:00:00+09:00").timestamp()
        for number, who in enumerate(("user_id", "asker", "confirmer")):
            await book.database.commit(audit(**{who: CAROL}, at=at + number, ref=f"as {who}"))
        await book.database.commit(audit(at=at, ref="others"), audit(user_id=CAROL, at=at - 86_400, ref="before"))
        ended = await typed(tmp_path, database_url, "audit", "--user", f"<@{CAROL}|carol>", "--since", "2026-03-01")
        later = await typed(tmp_path, database_url, "audit", "--user", CAROL, "--since", "2026-03-01T12:00:02")
    assert re.findall(r"as \w+$", ended.out, re.MULTILINE) == ["as user_id", "as asker", "as confirmer"]
    assert "others" not in ended.out
    assert "before" not in ended.out
    assert re.findall(r"as \w+$", later.out, re.MULTILINE) == ["as confirmer"]


async def test_more_than_a_page_is_shown_once_each_and_in_order(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        numbers = range(1_203)
        await book.database.commit(*(audit(at=1_795_000_000.0 + number // 7, ref=str(number)) for number in numbers))
        ended = await typed(tmp_path, database_url, "audit", "--json")
    assert [json.loads(line)["ref"] for line in ended.out.splitlines()] == list(map(str, numbers))


async def test_where_nothing_is_found_a_sentence_says_so(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url):
        ended = await typed(tmp_path, database_url, "audit", "--case", NUMBER, "--since", "2026-03-01")
        assert (ended.code, ended.out) == (0, "")
        assert ended.err == (
            f"Nothing is on record about ticket {NUMBER} since 2026-03-01 00:00:00 JST. The record goes back 365 days "
            "at most.\n"
        )
        assert (await typed(tmp_path, database_url, "audit", "--json")).out == ""


async def test_what_a_stranger_wrote_steers_no_terminal(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with ledger(url) as book:
        await book.database.commit(audit(outcome="\x1b[2Jgone\nand \u202eevil", ref="7F3K9"))
        ended = await typed(tmp_path, url, "audit")
    assert "\ufffd[2Jgone and \ufffdevil  7F3K9" in ended.out


async def test_whoever_reads_the_beginning_alone_sees_no_traceback(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with ledger(url) as book:
        await book.database.commit(*(audit(outcome="x" * 300) for _ in range(900)))
        ended = await typed(tmp_path, url, "audit", redirect="| head -1")
    assert ended.out.startswith("WHEN")
    assert ended.err == ""


async def test_a_file_that_is_damaged_where_no_start_would_read_has_to_be_mended(tmp_path: Path) -> None:
    file = tmp_path / "ticket-bot.db"
    url = f"sqlite:///{file}"
    async with ledger(url) as book:
        await book.database.commit(*(audit(outcome="x" * 300) for _ in range(900)))
    content = bytearray(file.read_bytes())
    content[-20 * 4096 :] = b"\x55" * 20 * 4096
    file.write_bytes(content)
    ended = await typed(tmp_path, url, "audit")
    assert ended.code == 2
    assert ended.err.startswith(f"{file} is damaged, or no SQLite database: stop the bot and put a backup in its place")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--case", "253158"], "a case number is 7 letters or digits"),
        (["--user", "alice"], "a Slack user id is U… or W…"),
        (["--since", "yesterday"], "a date is 2026-11-26"),
        (["--since", "9999-12-31T23:59:59-12:00"], "a date is 2026-11-26"),
    ],
)
async def test_what_can_not_be_meant_is_said_before_anything_is_looked_up(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    ended = await typed(tmp_path, "sqlite:///none.db", "audit", *arguments)
    assert ended.code == 2
    assert words in ended.err


async def test_a_person_is_erased_but_for_the_last_day_and_what_is_not_over(database_url: str, tmp_path: Path) -> None:
    async with ledger(database_url) as book:
        now = Runtime().now()
        for who in ("user_id", "asker", "confirmer"):
            await book.database.commit(audit(**{who: BOB}, at=now - 90_000))
        await book.database.commit(audit(at=now - 90_000, ref="other"), audit(user_id=BOB, at=now, ref="young"))
        await deleted(book, click(ID))
        ended = await typed(tmp_path, database_url, "erase-person", BOB)
        assert (ended.code, ended.out) == (1, f"Erased: 3 rows with {BOB} in them.\n")
        assert ended.err.startswith("4 more are younger than a day, or something is still to be done about them")
        assert await book.row(ID)
        await book.database.commit(Statement("update changes set due_at = null"))
        ended = await typed(tmp_path, database_url, "erase-person", BOB)
        assert ended.out == f"Erased: 1 rows with {BOB} in them.\n"
        assert await book.row(ID) is None
        assert await book.database.fetch("select ref from audit where ref = $1", "other")
        ended = await typed(tmp_path, database_url, "erase-person", CAROL)
        assert (ended.code, ended.err) == (0, "")
