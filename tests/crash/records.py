"""What stands in the database, and in the bots' JSON lines."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import asyncpg

from tests.crash.bot import Bot

Row = dict[str, Any]
EVENT = ("event", "request", "case_number", "user_id", "confirmer", "outcome", "ref")
"""What tells one line of the audit from another."""
_UNRECORDED = re.compile(r"\[(?P<ref>\w+)\].*(?:can't be written|can't be used|can't be recorded|misses an audit line)")


def path_of(url: str) -> str:
    """Of a database that is a file; else empty."""
    return url.removeprefix("sqlite:///") if url.startswith("sqlite") else ""


async def rows(url: str, sql: str) -> list[Row]:
    """Of whichever database it is."""
    if path := path_of(url):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql)]
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def change(url: str, sql: str) -> None:
    """In PostgreSQL, where a file's lock is its bot's."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def kept(url: str) -> set[str]:
    """Deleted tickets whose receipt Slack confirmed neither of two times: `app.py receipt` prints what is kept."""
    sql = "SELECT case_number FROM changes WHERE receipt = 'kept' AND copy IS NOT NULL"
    return {row["case_number"] for row in await rows(url, sql)}


def json_lines(bot: Bot) -> Iterator[Row]:
    """Whole ones: the last of a process that was killed may be cut off, or be on its way."""
    lines = bot.lines.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except ValueError:
            if number < len(lines) or (bot.has_ended and not bot.was_killed):
                raise


def unrecorded(bot: Bot) -> set[str]:
    """The refs of what the bot told from memory, since the database did not answer, as after a freeze.

    Its log says so; whoever goes on with the row puts it on record in words of its own.
    """
    lines = bot.log.read_text(errors="replace").splitlines()
    return {found["ref"] for line in lines if (found := _UNRECORDED.search(line))}


def key_of(row: Row) -> tuple[str, ...]:
    """The same for a row of the table and for its JSON line."""
    return tuple(str(row.get(name) or row.get({"user_id": "user"}.get(name, name)) or "") for name in EVENT)
