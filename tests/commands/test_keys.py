"""`app.py new-key` and `app.py rotate`, as an operator types them."""

import re
from pathlib import Path

import pytest

from bot.ledger.connect import connect
from bot.ledger.database import Statement
from bot.ledger.encryption import place
from bot.ledger.keys import load_cipher, new_key
from bot.runtime import Runtime
from tests.bot.ledger.rows import change
from tests.support.ports import free_port
from tests.support.process import Ended, started

REQUIRED = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s1gning", "SWEEPPEA_API_KEY": "k3y"}
OLD, NEW = (new_key(Runtime().random) for _ in range(2))


async def typed(cwd: Path, *arguments: str, **environ: str) -> Ended:
    async with started(*arguments, cwd=cwd, **environ) as command:
        return await command.ends()


async def rotate(cwd: Path, url: str, keys: str, *arguments: str) -> Ended:
    return await typed(cwd, "rotate", *arguments, **REQUIRED, DATABASE_URL=url, ENCRYPTION_KEYS=keys)


async def test_a_key_is_printed_each_time_another(tmp_path: Path) -> None:
    printed = [await typed(tmp_path, "new-key") for _ in range(2)]
    assert all(ended.code == 0 and re.fullmatch(r"[\w-]{43}=\n", ended.out) for ended in printed)
    assert printed[0].out != printed[1].out
    assert printed[0].err == ""


async def test_everything_is_encrypted_anew(database_url: str, tmp_path: Path) -> None:
    copy = place("changes", "copy", "a")
    async with connect(database_url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        before = await load_cipher(database, database_url, OLD, Runtime())
        await database.commit(change("a", copy=before.encrypt("the text", copy), response_url=b"damaged" * 8))

        refused = await rotate(tmp_path, database_url, NEW)
        assert (refused.code, refused.out) == (2, "")
        assert "put it in, at the end" in refused.err

        ended = await rotate(tmp_path, database_url, f"{NEW},{OLD}")
        assert ended.code == 2
        assert "changes.response_url:a was encrypted with the key 64616d61" in ended.err

        await database.commit(Statement("update changes set response_url = null"))
        ended = await rotate(tmp_path, database_url, f"{NEW},{OLD}")
        assert (ended.code, ended.err) == (0, "")
        assert re.fullmatch(r"Encrypted again with the key [0-9a-f]{16}: 0\n", ended.out)

        [row] = await database.fetch("select copy from changes")
        after = await load_cipher(database, database_url, NEW, Runtime())
        assert after.decrypt(row["copy"], copy) == "the text"


async def test_what_is_damaged_is_named_and_what_is_lost_is_taken_out_on_request(
    database_url: str, tmp_path: Path
) -> None:
    async with connect(database_url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        before = await load_cipher(database, database_url, OLD, Runtime())
        lost = before.encrypt("the text", place("changes", "copy", "a"))
        other = await load_cipher(database, database_url, f"{NEW},{OLD}", Runtime())
        moved = other.encrypt("the text", place("changes", "copy", "elsewhere"))
        third = new_key(Runtime().random)
        await database.commit(change("a", copy=lost), change("b", copy=moved))
        ended = await rotate(tmp_path, database_url, f"{third},{NEW}", "--lost")
        assert ended.code == 1
        assert ended.out.endswith(": 0\nTaken out, since their keys are lost: 1\n")
        assert ended.err == "Damaged, and left as they are:\n  changes.copy:b\n"
        assert await database.fetch("select id from changes where copy is null") == [{"id": "a"}]


async def test_nothing_is_taken_out_while_a_key_file_can_still_read_it(tmp_path: Path) -> None:
    file, url = tmp_path / "ticket-bot.key", f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with connect(url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        before = await load_cipher(database, url, None, Runtime())
        await database.commit(change("a", copy=before.encrypt("the text", place("changes", "copy", "a"))))
        for arguments in ([], ["--lost"]):
            refused = await rotate(tmp_path, url, NEW, *arguments)
            assert (refused.code, refused.out) == (2, "")
            assert f"put what stands in {file} at the end of ENCRYPTION_KEYS" in refused.err
        ended = await rotate(tmp_path, url, f"{NEW},{file.read_text().strip()}")
        assert (ended.code, ended.err) == (0, "")
        file.unlink()
        [row] = await database.fetch("select copy from changes")
        after = await load_cipher(database, url, NEW, Runtime())
        assert after.decrypt(row["copy"], place("changes", "copy", "a")) == "the text"


async def test_a_key_that_is_lost_with_its_file_can_be_given_up(tmp_path: Path) -> None:
    file, url = tmp_path / "ticket-bot.key", f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with connect(url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        before = await load_cipher(database, url, None, Runtime())
        await database.commit(change("a", copy=before.encrypt("the text", place("changes", "copy", "a"))))
        file.unlink()
        ended = await rotate(tmp_path, url, NEW, "--lost")
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.endswith(": 0\nTaken out, since their keys are lost: 1\n")


async def test_without_a_database_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    ended = await rotate(tmp_path, "sqlite:///none.db", OLD)
    assert (ended.code, ended.err) == (2, "none.db is not there: the bot makes it at its first start.\n")
    assert list(tmp_path.iterdir()) == []


async def test_a_database_that_is_not_reached_may_be_later(tmp_path: Path) -> None:
    ended = await rotate(tmp_path, f"postgresql://bot:s3cret@127.0.0.1:{free_port()}/ledger", OLD)
    assert ended.code == 1
    assert "PostgreSQL can't be reached" in ended.err
    assert "s3cret" not in ended.err


async def test_settings_that_are_wrong_are_all_named(tmp_path: Path) -> None:
    ended = await typed(tmp_path, "rotate", DATABASE_URL="mysql://bot:s3cret@db/ledger", ENCRYPTION_KEYS="s3cret")
    assert ended.code == 2
    for name in ("DATABASE_URL must be sqlite:///FILE or", "ENCRYPTION_KEYS has something in it", "SLACK_BOT_TOKEN"):
        assert name in ended.err
    assert "s3cret" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rotate", "--demo"], "unrecognized arguments: --demo"),
        (["sell"], "argument COMMAND: invalid choice: 'sell'"),
        (["new-key", "OLD"], "unrecognized arguments: OLD"),
    ],
)
async def test_a_command_that_there_is_not_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    ended = await typed(tmp_path, *arguments)
    assert ended.code == 2
    assert "usage: app.py" in ended.err
    assert words in ended.err
