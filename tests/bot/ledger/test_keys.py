"""A key is made where none was needed yet, and is never replaced where something was encrypted with it."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ledger.connect import connect
from bot.ledger.database import Database, LedgerStartError
from bot.ledger.encryption import place
from bot.ledger.keys import key_file, parse_keys
from bot.runtime import Runtime
from tests.bot.ledger.ciphers import COPY, NEW, OLD, OTHER, loaded, refusal
from tests.bot.ledger.rows import NOW, change


@pytest.mark.parametrize(
    "text", ["", ",", "secret", f"{OLD},", f"{OLD};{NEW}", OLD[:-1], f"{OLD}=", OLD.replace("=", "A")]
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(LedgerStartError, match="ENCRYPTION_KEYS has something in it that is no key") as caught:
        parse_keys(text, "ENCRYPTION_KEYS")
    assert "secret" not in str(caught.value)
    assert OLD[:8] not in str(caught.value)


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(LedgerStartError, match="the same key twice"):
        parse_keys(f"{OLD}, {OLD}", "ENCRYPTION_KEYS")


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ticket-bot.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ticket-bot.key"


@pytest.fixture
async def beside(file_url: str) -> AsyncIterator[Database]:
    """The database that the key file is of."""
    async with connect(file_url, runtime=Runtime(now=lambda: NOW), version="0.1.0", lock=True) as opened:
        yield opened


async def test_a_key_file_is_made_at_the_first_start_for_its_owner_alone(
    beside: Database, file_url: str, file: Path
) -> None:
    first = await loaded(beside, file_url)
    assert key_file(file_url) == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.glob("*.key*")] == [file.name]
    value = first.encrypt("text", COPY)
    assert (await loaded(beside, file_url)).decrypt(value, COPY) == "text"


async def test_a_command_makes_no_key(beside: Database, file_url: str, file: Path) -> None:
    assert "the bot makes it at its first start" in await refusal(beside, file_url, create=False)
    assert not file.exists()


@pytest.mark.parametrize("column", ["copy", "response_url"])
async def test_where_something_is_encrypted_a_lost_key_file_is_not_replaced(
    beside: Database, file_url: str, file: Path, column: str
) -> None:
    value = (await loaded(beside, file_url)).encrypt("text", place("changes", column, "a"))
    await beside.commit(change("a", **{column: value}))
    content = file.read_text()
    file.unlink()
    assert f"{file} is not there, and the database holds what was encrypted with its key" in await refusal(
        beside, file_url
    )
    assert not file.exists()
    file.write_text(OTHER)
    assert f"{file} has not got it: put it in, at the end." in await refusal(beside, file_url)
    file.write_text(f"{OTHER}, {content}")
    assert await loaded(beside, file_url)


async def test_a_key_file_that_cannot_be_read_is_named(beside: Database, file_url: str, file: Path) -> None:
    file.write_text("")
    assert f"{file} has something in it that is no key" in await refusal(beside, file_url)
    file.write_bytes(b"\xff")
    assert await refusal(beside, file_url) == f"{file} can't be read: it is no text."
    file.unlink()
    file.mkdir()
    assert await refusal(beside, file_url) == f"{file} can't be read: Is a directory."


async def test_on_postgresql_the_keys_are_required() -> None:
    url = "postgresql://127.0.0.1/test"

    class Empty:
        async def fetch(self, *_: object) -> list[dict[str, object]]:
            return []

    assert "ENCRYPTION_KEYS is missing: PostgreSQL needs it" in await refusal(Empty(), url)  # type: ignore[arg-type]
