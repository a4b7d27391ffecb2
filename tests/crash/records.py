"""What stands in the database, and in the bots' JSON lines."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg

from tests.crash.bot import Bot

Row = dict[str, Any]
EVENT = ("event", "request", "case_number", "user_id", "confirmer", "outcome", "ref")
"""What tells one line of the audit from another."""


async def rows(url: str, sql: str) -> list[Row]:
    """Of whichever database it is."""
    if path := url.removeprefix("sqlite:///") if url.startswith("sqlite") else "":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql)]
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


def json_lines(bot: Bot) -> Iterator[Row]:
    """Whole ones: the last of a process that was killed may be cut off."""
    lines = bot.lines.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except ValueError:
            if number < len(lines) or not bot.was_killed:
                raise


def key_of(row: Row) -> tuple[str, ...]:
    """The same for a row of the table and for its JSON line."""
    return tuple(str(row.get(name) or row.get({"user_id": "user"}.get(name, name)) or "") for name in EVENT)


def log_of(bots: list[Bot], last: int = 60) -> list[str]:
    """The end of each log, for a story."""
    return [f"{bot.name}: {line}" for bot in bots for line in _tail(bot.log, last)]


def _tail(path: Path, last: int) -> list[str]:
    return path.read_text(errors="replace").splitlines()[-last:]
