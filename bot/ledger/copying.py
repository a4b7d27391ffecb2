"""A ledger in a file, copied to PostgreSQL, so that several processes can share it.

Of the two one alone can be used at any moment, wherever this is interrupted: the file gets a mark that it was moved
right before the copy is committed, and the copy has the mark's token in it. Whoever tries again finds out by that
token whether the commit came to pass.

Tables and columns are asked of the schema, so that a later step of it is copied too.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from bot.ledger import postgres_target, schema
from bot.ledger.connect import sqlite_path
from bot.ledger.copied_rows import CopiedRows
from bot.ledger.database import LedgerStartError, UnclearCommitError
from bot.ledger.encryption import Cipher
from bot.ledger.keys import given_keys, parse_keys
from bot.ledger.moved import DELETE, INSERT, SELECT, Mark
from bot.ledger.one_server import only_server
from bot.ledger.postgres_target import PostgresTarget
from bot.ledger.sqlite import SqliteConnection, make_private_file, open_connection
from bot.runtime import Runtime

_TOKEN_BYTES = 16
_TABLES = (
    "select name from sqlite_master where type = 'table' and name not glob 'sqlite_*' and name <> 'alembic_version'"
)
_WHERE = {"host", "port", "database", "dbname"}
_COLUMNS = "select name from pragma_table_info($1)"


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
        copying = CopiedRows(source, target, _cipher(url, encryption_keys, runtime), runtime.token_hex(_TOKEN_BYTES))
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
    async with only_server(
        path, patience_s=0, refusal=f"{path} is in use, by a bot or by another copy-ledger: stop that first."
    ):
        source = open_connection(path, runtime.now)
        try:
            _check(source, path)
            yield source
        finally:
            source.close()


def _check(source: SqliteConnection, path: Path) -> None:
    """Raises LedgerStartError."""
    tables = source.fetch("select name from sqlite_master where name = 'alembic_version'")
    rows = source.fetch("select version_num from alembic_version") if tables else []
    if not rows:
        raise LedgerStartError(f"{path} has no tables: no bot has used it yet.")
    if (found := rows[0]["version_num"]) != schema.SCHEMA:
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
    """Reads what was encrypted with the file's own key too. Raises LedgerStartError."""
    keys = parse_keys(encryption_keys, "ENCRYPTION_KEYS")
    _, own = given_keys(url, None)
    return Cipher([*keys, *(key for key in own if key not in keys)], runtime.random)


def _place(url: str) -> str:
    """Without user and password, and with the options that say where it is, which asyncpg takes too."""
    parts = urlsplit(url)
    asked = [f"{name}={value}" for name, value in parse_qsl(parts.query) if name in _WHERE]
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}{'?' if asked else ''}{'&'.join(asked)}"
