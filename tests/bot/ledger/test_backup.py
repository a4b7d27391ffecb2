"""A backup that is made beside a bot at work, and a bot that starts on it: as docs/ledger.md says."""

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.ledger.connect import connect
from bot.ledger.database import Statement, StatementError
from bot.ledger.encryption import place
from bot.ledger.keys import load_cipher, new_key
from bot.runtime import Runtime
from tests.bot.ledger.rows import audit, change, names
from tests.support.postgres_server import Databases, binaries

PAGE = (Path(__file__).parent.parent.parent.parent / "docs" / "ledger.md").read_text()
KEY = new_key(Runtime().random)
COPY = place("changes", "copy", "a")


async def fill(url: str, back_up: Callable[[], None]) -> None:
    async with connect(url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        cipher = await load_cipher(database, url, KEY, Runtime())
        await database.commit(change("a", copy=cipher.encrypt("the text", COPY)), audit())
        back_up()
        await database.commit(change("later"))


async def holds(url: str) -> None:
    async with connect(url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        cipher = await load_cipher(database, url, KEY, Runtime())
        assert await names(database) == ["a"]
        [row] = await database.fetch("select copy from changes")
        assert cipher.decrypt(row["copy"], COPY) == "the text"
        with pytest.raises(StatementError):
            await database.commit(Statement("update audit set ref = ''"))
        assert await database.commit(change("b"), audit())


async def test_a_file_is_backed_up_and_restored(tmp_path: Path) -> None:
    file, backup = tmp_path / "ticket-bot.db", tmp_path / "backup.db"
    (command, statement) = re.findall(r'^(umask 077; sqlite3 ticket-bot.db "(.*)")$', PAGE, re.MULTILINE)[0]

    def back_up() -> None:
        if shutil.which("sqlite3"):
            subprocess.run(["sh", "-ec", command], check=True, cwd=tmp_path, timeout=60)
        else:
            with closing(sqlite3.connect(file)) as other:
                other.execute(statement.replace("backup.db", str(backup)))
                backup.chmod(0o600)

    await fill(f"sqlite:///{file}", back_up)
    assert backup.stat().st_mode & 0o777 == 0o600
    for path in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)
    backup.rename(file)
    await holds(f"sqlite:///{file}")


@pytest.mark.postgres
async def test_a_postgresql_is_backed_up_and_restored(databases: Databases, tmp_path: Path) -> None:
    (back_up,) = re.findall("^umask 077; pg_dump .*$", PAGE, re.MULTILINE)
    (restore,) = re.findall("^pg_restore .*$", PAGE, re.MULTILINE)
    url, other = databases.new(), databases.new(empty=True)

    def run(command: str, url: str) -> None:
        known = {"PATH": f"{binaries()}:/usr/bin:/bin", "BACKUP": str(tmp_path / "backup"), "DATABASE_URL": url}
        subprocess.run(["sh", "-ec", command], check=True, env=known, timeout=60)

    await fill(url, lambda: run(back_up, url))
    run(restore, other)
    await holds(other)


@pytest.mark.postgres
async def test_a_person_is_erased_with_the_sql_of_the_page(databases: Databases) -> None:
    (block,) = re.findall("```sql\n(.*?)```", PAGE, re.DOTALL)
    url = databases.new()
    async with connect(url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        now = Runtime().now()
        await database.commit(
            audit(at=now - 90_000, asker="U01ALICE"), audit(at=now - 90_000), audit(at=now, user_id="U01ALICE")
        )
        await database.commit(change("a", state="delivered", clicker="U01ALICE", ended_at=now), change("b"))
        await database.commit(change("c", state="sending", clicker="U01ALICE", due_at=now, case_number="HYXTNJV"))
        databases.server.sql(block, url.rpartition("/")[2])
        assert await names(database) == ["b", "c"]
        assert [row["user_id"] for row in await database.fetch("select * from audit order by at")] == ["x", "U01ALICE"]
