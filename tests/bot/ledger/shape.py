"""What a database looks like, and what of it an older bot could stumble over after a step of the schema."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.ledger.database import Database, LedgerError


class Column(NamedTuple):
    type: str
    is_required: bool
    default: str | None


class Part(NamedTuple):
    """An index, a trigger, a constraint, a function. `may_refuse`: a row that somebody writes into `table`."""

    table: str
    text: str
    may_refuse: bool


class Shape(NamedTuple):
    """`columns` by table and name; `parts` by kind and name."""

    columns: dict[tuple[str, str], Column]
    parts: dict[str, Part]

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self.columns}


async def shape(database: Database) -> Shape:
    """`alembic_version` is not a bot's."""
    try:
        await database.fetch("select 1 from sqlite_master")
    except LedgerError:
        columns, parts = _POSTGRES_COLUMNS, _POSTGRES_PARTS
    else:
        columns, parts = _SQLITE_COLUMNS, _SQLITE_PARTS
    return Shape(
        {
            (row["tab"], row["name"]): Column(row["type"], bool(row["is_required"]), row["standard"])
            for row in await database.fetch(columns)
        },
        {
            f"{row['kind']} {row['name']}": Part(row["tab"], row["text"], bool(row["may_refuse"]))
            for row in await database.fetch(parts)
        },
    )


def not_additive(before: Shape, after: Shape) -> Iterator[str]:
    """Empty where a bot that knows `before` alone works with `after`, as far as that can be seen from outside."""
    for (table, name), column in before.columns.items():
        if (now := after.columns.get((table, name))) != column:
            yield f"{table}.{name} is {'gone' if now is None else 'not as it was'}"
    added = {key: column for key, column in after.columns.items() if key not in before.columns}
    for (table, name), column in added.items():
        if table in before.tables and column.is_required and column.default is None:
            yield f"{table}.{name} is required, and an older bot does not fill it"
    for name, part in before.parts.items():
        if (other := after.parts.get(name)) is None or not other.text.startswith(part.text):
            yield f"{name} is {'gone' if other is None else 'not as it was'}"
    for name, part in after.parts.items():
        own = [column for table, column in added if table == part.table]
        is_own = any(re.search(rf"\b{column}\b", part.text) for column in own)
        if name not in before.parts and part.table in before.tables and part.may_refuse and not is_own:
            yield f"{name} may refuse what an older bot writes"


_SQLITE_TABLES = "sqlite_master where type = 'table' and name not glob 'sqlite_*' and name <> 'alembic_version'"
_SQLITE_COLUMNS = f"""
select tables.name as tab, columns.name, columns.type, columns."notnull" as is_required, dflt_value as standard
from (select name from {_SQLITE_TABLES}) as tables, pragma_table_info(tables.name) as columns"""
# Of a table its text without its end, where a new column stands: a check is within.
_SQLITE_PARTS = f"""
select 'table' as kind, name, name as tab, rtrim(sql, ') strict' || char(10)) as text,
  0 as may_refuse from {_SQLITE_TABLES}
union all select type, name, tbl_name, sql, type = 'trigger' or sql like 'create unique%' from sqlite_master
where type in ('index', 'trigger', 'view') and sql is not null"""
_POSTGRES_COLUMNS = """
select table_name::text as tab, column_name::text as name, data_type || is_identity as type,
  is_nullable = 'NO' and is_identity = 'NO' as is_required, column_default::text as standard
from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'"""
_POSTGRES_PARTS = """
select 'constraint' as kind, conname::text as name, conrelid::regclass::text as tab, pg_get_constraintdef(oid) as text,
  true as may_refuse from pg_constraint where contype in ('c', 'f', 'x') and connamespace = 'public'::regnamespace
union all select 'index', indexname::text, tablename::text, indexdef, indexdef like 'CREATE UNIQUE%' from pg_indexes
where schemaname = 'public' and tablename <> 'alembic_version'
union all select 'trigger', tgname::text, tgrelid::regclass::text, pg_get_triggerdef(oid), true from pg_trigger
where not tgisinternal
union all select 'function', proname::text, '', pg_get_functiondef(oid), false from pg_proc
where pronamespace = 'public'::regnamespace"""
