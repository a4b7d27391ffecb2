"""`app.py copy-ledger`, as an operator types it; killed, cut off, and typed again."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.ledger.database import Statement
from tests.bot.ledger.rows import audit
from tests.commands.operators import KEY, REQUIRED, click, deleted, ledger, typed
from tests.support.network import Between
from tests.support.ports import free_port
from tests.support.postgres_server import Databases
from tests.support.process import started

ID = "0123456789ab"
STOPPED = "Stopped before the end. Type the same again: that finds out what came of the copy.\n"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ticket-bot.db'}"


async def fill(url: str, rows: int = 20) -> None:
    async with ledger(url) as book:
        await deleted(book, click(ID))
        await book.database.commit(*(audit(ref=f"row {number}", outcome="x" * 500) for number in range(rows)))


@asynccontextmanager
async def through(between: Between, url: str) -> AsyncIterator[str]:
    """The URL, with `between` in between."""
    server = await asyncio.start_server(between, "127.0.0.1", 0)
    async with server:
        yield url.replace(f":{between.port}/", f":{server.sockets[0].getsockname()[1]}/")


def counted(databases: Databases, url: str) -> str:
    return databases.server.sql("select count(*) from changes union all select count(*) from audit", name(url))


def name(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.mark.parametrize("password", ["hun,ter/2", "hun,ter:2/2", "hun,1:ter#2", "hun[ter"])
async def test_a_password_that_is_not_percent_encoded_is_not_quoted_nor_is_a_part_of_it(
    tmp_path: Path, url: str, password: str
) -> None:
    to = f"postgresql://bot:{password}@127.0.0.1/ledger"
    refused = await typed(tmp_path, url, "copy-ledger", "--to", to)
    read = await typed(tmp_path, to, "changes")
    for ended in (refused, read):
        assert (ended.code, ended.out) == (2, "")
        assert "hun" not in ended.err
        assert "Traceback" not in ended.err


@pytest.mark.postgres
async def test_the_copy_says_what_it_did_and_what_comes_next(tmp_path: Path, url: str, databases: Databases) -> None:
    await fill(url)
    to = databases.new(empty=True)
    ended = await typed(tmp_path, url, "copy-ledger", "--to", to.replace("postgres@", "postgres:s3cret@"))
    assert (ended.code, ended.err) == (0, "")
    told, _, then = ended.out.partition("\nNext:\n")
    assert re.fullmatch(
        rf"ledger_meta: \d rows\nchanges: 1 rows\naudit: 22 rows\nCopied to 127\.0\.0\.1:\d+/{name(to)}, "
        r"encrypted with the key [0-9a-f]{16}\.\n",
        told,
    )
    assert "Set DATABASE_URL to the URL after --to, and ENCRYPTION_KEYS as it is now" in then
    assert f"Keep {tmp_path / 'ticket-bot.db'} until you are content" in then
    assert "s3cret" not in ended.out
    refused = await typed(tmp_path, url, "audit")
    assert refused.code == 2
    assert "was copied to the PostgreSQL" in refused.err
    assert "row 19" in (await typed(tmp_path, to, "audit")).out
    assert "weekend for two" in (await typed(tmp_path, to, "receipt", ID)).out
    again = await typed(tmp_path, url, "copy-ledger", "--to", to)
    assert (again.code, again.out.splitlines()[0]) == (
        0,
        "The copy is complete: it was so after the last try already.",
    )
    undone = await typed(tmp_path, url, "copy-ledger", "--undo")
    assert "is in use again. Start no bot on 127.0.0.1" in undone.out
    assert "row 19" in (await typed(tmp_path, url, "audit")).out
    assert "was not copied" in (await typed(tmp_path, url, "copy-ledger", "--undo")).out


@pytest.mark.postgres
async def test_what_was_damaged_is_named_beside_the_result(tmp_path: Path, url: str, databases: Databases) -> None:
    await fill(url)
    async with ledger(url) as book:
        await book.database.commit(Statement("update changes set message = copy"))
    ended = await typed(tmp_path, url, "copy-ledger", "--to", databases.new(empty=True))
    assert ended.code == 0
    assert ended.err == f"Damaged before, and copied as they are:\n  changes.message:{ID}\n"


async def test_without_keys_it_says_how_to_make_one(tmp_path: Path, url: str) -> None:
    await fill(url)
    ended = await typed(tmp_path, url, "copy-ledger", "--to", "postgresql://u@127.0.0.1/new", ENCRYPTION_KEYS="")
    assert (ended.code, ended.out) == (2, "")
    assert "ENCRYPTION_KEYS is missing" in ended.err
    assert "`python app.py new-key` prints a key" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--to", "sqlite:///other.db"],
        ["--to", "postgresql://u:s3cret@127.0.0.1"],
        ["--to", "mysql://u:s3cret@127.0.0.1/x"],
        ["--undo", "--to", "postgresql://u:s3cret@127.0.0.1/x"],
    ],
)
async def test_what_can_not_be_meant_is_refused(tmp_path: Path, url: str, arguments: list[str]) -> None:
    ended = await typed(tmp_path, url, "copy-ledger", *arguments)
    assert ended.code == 2
    assert "s3cret" not in ended.err
    assert "usage: app.py copy-ledger" in ended.err


@pytest.mark.postgres
async def test_a_target_that_can_not_be_reached_is_named_by_its_option(
    tmp_path: Path, url: str, databases: Databases
) -> None:
    await fill(url)
    for to, code, words in (
        (f"postgresql://u:s3cret@127.0.0.1:{free_port()}/x", 1, "PostgreSQL can't be reached"),
        (f"{databases.new()}none", 2, "no database of the name that --to has: make it with createdb"),
    ):
        ended = await typed(tmp_path, url, "copy-ledger", "--to", to)
        assert ended.code == code
        assert words in ended.err
        assert "s3cret" not in ended.err
    assert (await typed(tmp_path, url, "audit")).code == 0


@pytest.mark.postgres
async def test_the_password_may_come_from_a_file_of_postgresqls_own(
    tmp_path: Path, url: str, databases: Databases
) -> None:
    await fill(url)
    databases.server.sql("create role stranger superuser login password 'r1ght'")
    to = databases.new(empty=True).replace("postgres@", "stranger@")
    refused = await typed(tmp_path, url, "copy-ledger", "--to", to)
    assert (refused.code, "refuses the user or the password of --to" in refused.err) == (2, True)
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{databases.server.port}:{name(to)}:stranger:r1ght\n")
    file.chmod(0o600)
    assert (await typed(tmp_path, url, "copy-ledger", "--to", to, PGPASSFILE=str(file))).code == 0


@pytest.mark.postgres
@pytest.mark.parametrize("words", [b"row 700", b"commit\0"])
async def test_a_copy_that_is_killed_leaves_one_ledger_at_most_and_is_typed_again(
    tmp_path: Path, url: str, databases: Databases, words: bytes
) -> None:
    """Amid the rows, and with the commit on its way."""
    await fill(url, 1_500)
    to = databases.new(empty=True)
    between = Between(databases.server.port, words)
    settings = {**REQUIRED, "DATABASE_URL": url, "ENCRYPTION_KEYS": KEY}
    async with through(between, to) as target:
        async with started("copy-ledger", "--to", target, cwd=tmp_path, **settings) as command:
            await asyncio.wait_for(between.met.wait(), 30)
            command.process.kill()
            await command.ends()
        assert counted(databases, to) == "0\n0"
        is_marked = (await typed(tmp_path, url, "audit")).code == 2
        assert is_marked == (b"commit" in words)
        between.words = b"never"
        ended = await typed(tmp_path, url, "copy-ledger", "--to", target)
        assert ended.code == 0, ended.err
    assert counted(databases, to) == "1\n1502"


@pytest.mark.postgres
@pytest.mark.parametrize("is_committed", [False, True])
async def test_a_commit_whose_answer_is_lost_is_found_out_by_typing_it_again(
    tmp_path: Path, url: str, databases: Databases, *, is_committed: bool
) -> None:
    await fill(url)
    to = databases.new(empty=True)
    between = Between(databases.server.port, b"commit\0", passes=is_committed, cuts=True)
    async with through(between, to) as target:
        unclear = await typed(tmp_path, url, "copy-ledger", "--to", target)
        assert (unclear.code, unclear.out) == (1, "")
        assert "Whether the copy was committed is not known" in unclear.err
        assert counted(databases, to) == ("1\n22" if is_committed else "0\n0")
        assert "type the same `python app.py copy-ledger` again" in (await typed(tmp_path, url, "audit")).err
        between.words = b"never"
        again = await typed(tmp_path, url, "copy-ledger", "--to", target)
        assert again.code == 0
        assert ("The copy is complete" in again.out) == is_committed
    assert counted(databases, to) == "1\n22"


@pytest.mark.postgres
async def test_a_copy_that_is_interrupted_says_so_without_a_traceback(
    tmp_path: Path, url: str, databases: Databases
) -> None:
    await fill(url)
    between = Between(databases.server.port, b"row 7")
    settings = {**REQUIRED, "DATABASE_URL": url, "ENCRYPTION_KEYS": KEY}
    async with (
        through(between, databases.new(empty=True)) as target,
        started("copy-ledger", "--to", target, cwd=tmp_path, **settings) as command,
    ):
        await asyncio.wait_for(between.met.wait(), 30)
        command.process.send_signal(signal.SIGINT)
        ended = await command.ends()
    assert (ended.code, ended.err) == (1, STOPPED)


@pytest.mark.postgres
async def test_a_copy_that_is_interrupted_once_it_was_committed_promises_no_new_beginning(
    tmp_path: Path, url: str, databases: Databases
) -> None:
    await fill(url)
    to = databases.new(empty=True)
    between = Between(databases.server.port, b"commit\0", passes=True)
    settings = {**REQUIRED, "DATABASE_URL": url, "ENCRYPTION_KEYS": KEY}
    async with through(between, to) as target:
        async with started("copy-ledger", "--to", target, cwd=tmp_path, **settings) as command:
            await asyncio.wait_for(between.met.wait(), 30)
            command.process.send_signal(signal.SIGINT)
            ended = await command.ends()
        assert (ended.code, ended.err) == (1, STOPPED)
        between.words = b"never"
        again = await typed(tmp_path, url, "copy-ledger", "--to", target)
    assert "The copy is complete" in again.out
    assert counted(databases, to) == "1\n22"
