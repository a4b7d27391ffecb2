"""What can be seen of a database without changing it, beside servers at work."""

import shutil
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bot.ledger.database import APPLICATION_NAME, Database
from bot.ledger.encryption import ID_BYTES
from bot.ledger.fingerprint import stored_secret
from bot.ledger.one_server import is_served, lock_file
from bot.ledger.rotation import ENCRYPTED

LARGE_BYTES = 20_000_000
"""A larger file takes too long to be looked through."""

_TABLES = "array['changes', 'audit', 'ledger_meta']"
_RIGHTS = "array['SELECT', 'INSERT', 'UPDATE', 'DELETE']"
_LACKING = f"""
SELECT r || ' on ' || t AS lacking FROM unnest({_TABLES}) AS t, unnest({_RIGHTS}) AS r
WHERE NOT has_table_privilege(t, r) ORDER BY t, r"""  # noqa: S608
_MAY_CREATE = """
SELECT current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE') AS may_create"""
_READ_ONLY = "SELECT current_setting('transaction_read_only') = 'on' AS read_only"
# Whoever is no superuser does not see what kind of process another user's is. The server's own have no user.
_CONNECTIONS = """
WITH client AS (
  SELECT * FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usesysid IS NOT NULL
  AND coalesce(backend_type, 'client backend') = 'client backend')
SELECT
  (SELECT count(*) FROM client WHERE starts_with(application_name, $1) AND datname = current_database()) AS ours,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) AS server,
  (SELECT count(*) FROM client) AS server_used,
  (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS role,
  (SELECT count(*) FROM client WHERE usename = current_user) AS role_used,
  (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS base,
  (SELECT count(*) FROM client WHERE datname = current_database()) AS base_used"""


@dataclass(frozen=True)
class FileFacts:
    """Of an SQLite database. `open_to_others` are those of its files that every user of the machine may open."""

    is_served: bool
    size_bytes: int
    free_bytes: int
    open_to_others: tuple[Path, ...]


class Connections(NamedTuple):
    """Where PostgreSQL has the fewest left: what sets that limit, how many it allows, and how many are used.

    `ours` are those of bots at work on the same database, which are among the used ones.
    """

    limit: str
    allowed: int
    used: int
    ours: int


def look_at_file(path: Path, *others: Path) -> FileFacts:
    """`others` are files that belong to it. Raises OSError."""
    beside = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    files = (path, *beside, lock_file(path), *others)
    return FileFacts(
        is_served=is_served(path),
        size_bytes=path.stat().st_size,
        free_bytes=shutil.disk_usage(path.absolute().parent).free,
        open_to_others=tuple(file for file in files if _is_open_to_others(file)),
    )


def _is_open_to_others(file: Path) -> bool:
    return file.is_file() and bool(file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))


async def damage(database: Database) -> str:
    """The first thing that SQLite finds wrong with its file; empty where nothing is."""
    [row] = await database.fetch("pragma quick_check(1)")
    words = str(row["quick_check"])
    return "" if words == "ok" else words


async def lacking_rights(database: Database, *, has_tables: bool) -> list[str]:
    """What the user of PostgreSQL may not do, and the bot has to."""
    if not has_tables:
        [row] = await database.fetch(_MAY_CREATE)
        return [] if row["may_create"] else ["CREATE in the schema"]
    return [row["lacking"] for row in await database.fetch(_LACKING)]


async def is_read_only(database: Database) -> bool:
    """Whether PostgreSQL takes no changes, as a replica does."""
    [row] = await database.fetch(_READ_ONLY)
    return bool(row["read_only"])


async def connections(database: Database) -> Connections:
    """Of PostgreSQL; this look's own is not counted."""
    [row] = await database.fetch(_CONNECTIONS, APPLICATION_NAME)
    limits = [
        Connections(name, row[column], row[f"{column}_used"], row["ours"])
        for name, column in (
            ("max_connections", "server"),
            ("the user's limit", "role"),
            ("the database's limit", "base"),
        )
        if row[column] >= 0
    ]
    return min(limits, key=lambda limit: limit.allowed - limit.used)


async def encrypted_values(database: Database) -> Counter[bytes]:
    """How many there are under the key of each id."""
    values: Counter[bytes] = Counter()
    for column in ENCRYPTED:
        select = f"SELECT substr({column}, 1, {ID_BYTES}) AS id, count(*) AS n FROM changes WHERE {column} IS NOT NULL"  # noqa: S608
        for row in await database.fetch(f"{select} GROUP BY 1"):
            values[bytes(row["id"])] += row["n"]
    if secret := await stored_secret(database):
        values[secret[:ID_BYTES]] += 1
    return values
