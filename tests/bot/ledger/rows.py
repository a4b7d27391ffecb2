"""Rows as the tests of the database need them, and no more of a row than that."""

from typing import Any

from bot.ledger.database import Database, Statement, Value

NOW = 1_795_000_000.0


def insert(table: str, values: dict[str, Value]) -> Statement:
    numbers = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    sql = f"insert into {table} ({', '.join(values)}) values ({numbers}) returning *"
    return Statement(sql, tuple(values.values()))


def change(name: str, **more: Value) -> Statement:
    texts = ("account", "case_number", "request", "asker", "team", "channel")
    values: dict[str, Value] = {"id": name, "state": "open", "asked_at": NOW, "expires_at": NOW + 300}
    values.update(dict.fromkeys(texts, "x"), case_number="2531581")
    return insert("changes", values | more)


def audit(**more: Value) -> Statement:
    texts = (
        "event", "change", "user_id", "asker", "confirmer", "team", "channel", "request", "replaces", "outcome", "ref",
    )  # fmt: skip
    return insert("audit", {"at": NOW, **dict.fromkeys(texts, "x"), **more})


async def names(database: Database) -> list[Any]:
    return [row["id"] for row in await database.fetch("select id from changes order by id")]
