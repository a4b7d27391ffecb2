"""A ledger in a file, copied to PostgreSQL, so that several processes can share it.

Of the two one alone can be used at any moment, wherever this is interrupted: the file gets a mark that it was moved
right before the copy is committed, and the copy has the mark's token in it. Whoever tries again finds out by that
token whether the commit came to pass.

Tables and columns are asked of the schema, so that a later step of it is copied too.
"""

import base64
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bot.ledger import fingerprint, postgres_target, schema
from bot.ledger.connect import sqlite_path
from bot.ledger.database import LedgerStartError, UnclearCommitError
from bot.ledger.encryption import Cipher, DamagedValueError, MissingKeyError, place
from bot.ledger.keys import USED_KEY, key_file, parse_keys
from bot.ledger.moved import COPIED, DELETE, INSERT, MOVED_TO, SELECT, Mark
from bot.ledger.one_server import only_server
from bot.ledger.postgres_target import MADE_BY_MIGRATIONS, PostgresTarget
from bot.ledger.rotation import ENCRYPTED
from bot.ledger.sqlite import SqliteConnection, make_private_file, open_connection
from bot.runtime import Runtime

PAGE = 1_000
"""Rows that are in memory at a time."""
_TOKEN_BYTES = 16
_TABLES = (
    "select name from sqlite_master where type = 'table' and name not glob 'sqlite_*' and name <> 'alembic_version'"
)
_COLUMNS = "select name from pragma_table_info($1)"
_NUMBERED = "select name, seq from sqlite_sequence"
_HELD = ("owner", "lease_until")
"""Of a change, whoever is at work on it: nobody is, where no server is."""


class Copied(NamedTuple):
    """`rows` of each table; `damaged` are the places of values that nobody could read before, and can't now."""

    rows: Mapping[str, int]
    damaged: list[str]
    to: str
    key_id: bytes


async def copy_ledger(url: str, target_url: str, encryption_keys: str, runtime: Runtime) -> Copied | None:
    """None where the copy was complete already, and a try before this one did not hear of that.

    Raises LedgerStartError, and more of LedgerError. Nothing is copied then, but with UnclearCommitError.
    """
    async with _source(url, runtime) as source, postgres_target.connect(target_url) as target:
        mark = Mark.parse(source.fetch(SELECT))
        tables = {str(row["name"]): _columns(source, row["name"]) for row in source.fetch(_TABLES)}
        if mark and mark.token == await target.copied():
            return None
        to = _place(target_url)
        if mark and mark.to != to:
            raise LedgerStartError(
                f"{sqlite_path(url)} was copied to {mark.to} already. To copy it to another place, and use that copy "
                "no more: `python app.py copy-ledger --undo` first."
            )
        await _refuse_rows(target, list(tables))
        await postgres_target.upgrade(target_url)
        await target.begin(list(tables))
        await _refuse_rows(target, list(tables))  # whoever was faster
        await _compare(target, tables)
        copying = _Copying(source, target, _cipher(url, encryption_keys, runtime), runtime.token_hex(_TOKEN_BYTES))
        with source.alone():
            rows = {table: await copying.copy(table, columns) for table, columns in tables.items()}
            await copying.go_on_numbering()
            source.fetch(INSERT, (Mark(to, copying.token).write(),))
        try:
            await target.commit()
        except UnclearCommitError as error:
            raise UnclearCommitError(
                f"Whether the copy was committed is not known ({error}). Type the same again: that finds out, and "
                "copies again if it was not. Until then nobody uses the file."
            ) from error
        return Copied(rows, copying.damaged, to, copying.cipher.first_id)


async def undo_copy(url: str, runtime: Runtime) -> str | None:
    """The file is in use again. Where it was copied to; None where it was not. Raises LedgerStartError, LedgerError."""
    async with _source(url, runtime) as source:
        mark = Mark.parse(source.fetch(SELECT))
        with source.alone():
            source.fetch(DELETE)
        return mark.to if mark else None


@asynccontextmanager
async def _source(url: str, runtime: Runtime) -> AsyncIterator[SqliteConnection]:
    """No server is at work on it."""
    path = sqlite_path(url)
    if path is None:
        raise LedgerStartError(
            "DATABASE_URL names a PostgreSQL, and the way is from a file to PostgreSQL alone: for this command set "
            "DATABASE_URL to the file, as sqlite:///ticket-bot.db."
        )
    make_private_file(path, create=False)
    async with only_server(path, patience_s=0, refusal=f"A bot is at work on {path}: stop it first."):
        source = open_connection(path, runtime.now)
        try:
            _check(source, path)
            yield source
        finally:
            source.close()


def _check(source: SqliteConnection, path: Path) -> None:
    """Raises LedgerStartError."""
    tables = source.fetch("select name from sqlite_master where name = 'alembic_version'")
    found = source.fetch("select version_num from alembic_version")[0]["version_num"] if tables else None
    if found is None:
        raise LedgerStartError(f"{path} has no tables: there is nothing to copy.")
    if found != schema.SCHEMA:
        older = found in schema.known_schemas()
        raise LedgerStartError(
            f"{path} has an older schema: start this bot on it once, which sees to that, and stop it."
            if older
            else f"{path} has the schema of a newer bot: copy it with that."
        )


def _columns(source: SqliteConnection, table: str) -> list[str]:
    return [str(row["name"]) for row in source.fetch(_COLUMNS, (table,))]


async def _refuse_rows(target: PostgresTarget, tables: Sequence[str]) -> None:
    if rows := await target.rows(tables):
        held = ", ".join(f"{number} in {table}" for table, number in rows.items())
        raise LedgerStartError(
            f"The PostgreSQL holds rows already: {held}. A ledger is copied into an empty database only: make another "
            "one with createdb."
        )


async def _compare(target: PostgresTarget, tables: Mapping[str, Sequence[str]]) -> None:
    """The same schema has the same columns, but where somebody has changed the tables by hand."""
    if (found := await target.schema()) != schema.SCHEMA:
        raise LedgerStartError(f"The PostgreSQL has the schema {found} of a newer bot: copy with that.")
    for table, columns in tables.items():
        if differ := await target.columns(table) ^ set(columns):
            raise LedgerStartError(f"The table {table} is not the same in both: {', '.join(sorted(differ))}.")


def _cipher(url: str, encryption_keys: str, runtime: Runtime) -> Cipher:
    """Reads what was encrypted with the file's own key too."""
    keys = parse_keys(encryption_keys, "ENCRYPTION_KEYS")
    file = key_file(url)
    if file and file.exists():
        try:
            own = parse_keys(file.read_text().strip(), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise LedgerStartError(f"{file} can't be read: {error}.") from None
        keys += [key for key in own if key not in keys]
    return Cipher(keys, runtime.random)


def _place(url: str) -> str:
    """Without user and password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


class _Copying:
    def __init__(self, source: SqliteConnection, target: PostgresTarget, cipher: Cipher, token: str) -> None:
        self._source, self._target = source, target
        self.cipher, self.token = cipher, token
        self.damaged: list[str] = []
        self._read = 0

    async def copy(self, table: str, columns: Sequence[str]) -> int:
        """How many rows there were. Raises LedgerError."""
        self._read = 0
        [row] = self._source.fetch(f"select count(*) as number from {table}")  # noqa: S608
        await self._target.copy(table, columns, self._rows(table, columns))
        if self._read != row["number"]:
            raise LedgerStartError(
                f"The file is damaged: {table} has {row['number']} rows by its index, and {self._read} were found. Put "
                "a backup in its place."
            )
        return self._read

    async def go_on_numbering(self) -> None:
        for row in self._source.fetch(_NUMBERED):
            await self._target.set_next(row["name"], row["seq"])

    async def _rows(self, table: str, columns: Sequence[str]) -> AsyncIterator[tuple[Any, ...]]:
        select = f"select {', '.join(columns)} from {table}"  # noqa: S608
        for page in self._source.pages(select, PAGE):
            self._read += len(page)
            for row in page:
                values = dict(zip(columns, row, strict=True))
                if table == "ledger_meta":
                    if not self._is_the_files_own(values["key"]):
                        yield tuple(self._meta(values).values())
                elif table == "changes":
                    yield tuple(self._change(values).values())
                else:
                    yield row
        if table == "ledger_meta":
            for key, value in self._metas():
                values = {"key": key, "value": value}
                yield tuple(values[column] for column in columns)

    def _change(self, values: dict[str, Any]) -> dict[str, Any]:
        for column in ENCRYPTED:
            if values[column] is not None:
                values[column] = self._anew(values[column], place("changes", column, values["id"]))
        return values | dict.fromkeys(_HELD)

    def _anew(self, value: bytes, at: str) -> bytes:
        """What is damaged stays as it is: the bot has met it before, and says so."""
        try:
            return self._encrypted(value, at)
        except DamagedValueError:
            self.damaged.append(at)
            return value

    def _encrypted(self, value: bytes, at: str) -> bytes:
        try:
            return self.cipher.encrypt(self.cipher.decrypt(value, at), at)
        except MissingKeyError:
            raise LedgerStartError(
                f"{at} was encrypted with a key that is neither in ENCRYPTION_KEYS nor beside the file: put it into "
                "ENCRYPTION_KEYS, at the end. Where it is lost for good: put the key from beside the file there too, "
                "and `python app.py rotate --lost` takes out what nobody can read any more."
            ) from None

    def _meta(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["key"] == fingerprint.SECRET:
            secret = self._encrypted(base64.b64decode(values["value"]), fingerprint.AT)
            values["value"] = base64.b64encode(secret).decode()
        return values

    @staticmethod
    def _is_the_files_own(key: str) -> bool:
        return key in {MADE_BY_MIGRATIONS, MOVED_TO, COPIED} or key.startswith(USED_KEY)

    def _metas(self) -> Iterator[tuple[str, str]]:
        yield f"{USED_KEY}{self.cipher.first_id.hex()}", ""
        yield COPIED, self.token
