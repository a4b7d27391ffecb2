"""Which keys there are, and how one takes the place of another.

They come from ENCRYPTION_KEYS; on SQLite without it from a file beside the database, made at the first start. Where
something is encrypted already and its key is missing, none is made: it would hide that the key was lost.
"""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from bot.ledger.connect import sqlite_path
from bot.ledger.database import Database, LedgerStartError, Statement
from bot.ledger.encryption import ID_BYTES, KEY_BYTES, Cipher, DamagedValueError, place

ENCRYPTED = (("changes", "copy"), ("changes", "response_url"))
"""Table and column of everything that is encrypted, but for the secret below. Each has an index of what is there."""

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_FINGERPRINT_SECRET = "fingerprint_secret"  # noqa: S105 - its name
_FINGERPRINT_DIGITS = 16
_AT = place("ledger_meta", "value", _FINGERPRINT_SECRET)
_PAGE = 100
_LOST = "Where it is lost for good: `python app.py rotate --lost` takes out what nobody can read any more."


def new_key(random: Random) -> str:
    """As it stands in ENCRYPTION_KEYS."""
    return base64.urlsafe_b64encode(random.randbytes(KEY_BYTES)).decode()


def parse_keys(text: str, name: str) -> list[bytes]:
    """`name` is the setting's or the file's. Raises LedgerStartError."""
    items = [item.strip() for item in text.split(",")]
    if not all(_KEY.fullmatch(item) for item in items):
        raise LedgerStartError(f"{name} has something in it that is no key: `python app.py new-key` prints one.")
    keys = [base64.urlsafe_b64decode(item) for item in items]
    if len(set(keys)) < len(keys):
        raise LedgerStartError(f"{name} has the same key twice.")
    return keys


async def open_cipher(
    database: Database, url: str, encryption_keys: str | None, *, random: Random, create: bool, lost: bool = False
) -> Cipher:
    """`create` lets a key file be made where one is to be; with `lost` it does not matter what has no key any more.

    Raises LedgerStartError, UnavailableError.
    """
    used = set() if lost else await _used_ids(database)
    file = key_file(url)
    if encryption_keys:
        name, keys = "ENCRYPTION_KEYS", parse_keys(encryption_keys, "ENCRYPTION_KEYS")
    elif file is None:
        raise LedgerStartError(
            "ENCRYPTION_KEYS is missing: PostgreSQL needs it. `python app.py new-key` prints a key; keep it with the "
            "other secrets, not in the database's backups."
        )
    else:
        name, keys = str(file), _from_file(file, random, create=create, is_needed=bool(used))
    cipher = Cipher(keys, random)
    for found_id in used:
        if found_id not in cipher:
            raise LedgerStartError(
                f"The database holds what was encrypted with the key {found_id.hex()}, and {name} has not got it: put "
                "it in, at the end. An old key may be taken out only after `python app.py rotate`; a new one has to "
                f"be last everywhere before it is first anywhere. {_LOST}"
            )
    return cipher


def key_file(url: str) -> Path | None:
    """Beside the database; None where that is no file."""
    path = sqlite_path(url)
    return path and path.with_name(f"{path.name.removesuffix('.db')}.key")


def _from_file(file: Path, random: Random, *, create: bool, is_needed: bool) -> list[bytes]:
    try:
        return parse_keys(file.read_text().strip(), str(file))
    except FileNotFoundError:
        if is_needed:
            raise LedgerStartError(
                f"{file} is not there, and the database holds what was encrypted with its key: put it back, or put the "
                f"key into ENCRYPTION_KEYS. {_LOST}"
            ) from None
        if not create:
            raise LedgerStartError(f"{file} is not there: the bot makes it at its first start.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerStartError(f"{file} can't be read: {error}.") from None
    key = new_key(random)
    _write(file, key)
    return parse_keys(key, str(file))


def _write(file: Path, text: str) -> None:
    """It is on the disk before anything is encrypted with it."""
    draft = file.with_name(f"{file.name}.new")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(f"{text}\n")
            opened.flush()
            os.fsync(descriptor)
        draft.rename(file)
        folder = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise LedgerStartError(f"{file} can't be written: {error.strerror}.") from None


async def _used_ids(database: Database) -> set[bytes]:
    found: set[bytes] = set()
    for table, column in ENCRYPTED:
        sql = f"select distinct substr({column}, 1, {ID_BYTES}) as id from {table} where {column} is not null"  # noqa: S608
        found.update(row["id"] for row in await database.fetch(sql))
    if secret := await _secret(database):
        found.add(base64.b64decode(secret)[:ID_BYTES])
    return found


class Rotated(NamedTuple):
    """`damaged` are the places of values that were left as they are: they are not what was encrypted for there."""

    written: int
    lost: int
    damaged: list[str]


async def rotate(database: Database, cipher: Cipher, *, lost: bool = False) -> Rotated:
    """Writes all that is encrypted anew under the first key; safe beside servers at work.

    With `lost` it takes out what was encrypted with keys that there are no more. Raises MissingKeyError without,
    UnavailableError and UnclearCommitError; then it can be begun again.
    """
    written, gone, damaged = 0, 0, list[str]()
    for table, column in ENCRYPTED:
        select = (
            f"select id, {column} as value from {table} where {column} is not null and id > $1 "  # noqa: S608
            f"and substr({column}, 1, {ID_BYTES}) <> $2 order by id limit {_PAGE}"
        )
        # Whoever changed the value meanwhile has used the first key.
        update = f"update {table} set {column} = $1 where id = $2 and {column} = $3 returning id"  # noqa: S608
        last = ""
        while rows := await database.fetch(select, last, cipher.first_id):
            for row in rows:
                last, at = row["id"], place(table, column, row["id"])
                try:
                    value = None if _is_lost(cipher, row["value"], lost=lost) else _anew(cipher, row["value"], at)
                except DamagedValueError:
                    damaged.append(at)
                    continue
                done = bool(await database.commit(Statement(update, (value, last, row["value"]), required=True)))
                written, gone = written + (done and value is not None), gone + (done and value is None)
    await _rotate_secret(database, cipher, lost=lost)
    return Rotated(written, gone, damaged)


def _is_lost(cipher: Cipher, value: bytes, *, lost: bool) -> bool:
    return lost and value[:ID_BYTES] not in cipher


def _anew(cipher: Cipher, value: bytes, at: str) -> bytes:
    return cipher.encrypt(cipher.decrypt(value, at), at)


async def _rotate_secret(database: Database, cipher: Cipher, *, lost: bool) -> None:
    """Without it the next server makes another: what was begun with a key is then read with a key that nobody knows."""
    if (old := await _secret(database)) is None:
        return
    value = base64.b64decode(old)
    if _is_lost(cipher, value, lost=lost):
        delete = "delete from ledger_meta where key = $1 and value = $2"
        await database.commit(Statement(delete, (_FINGERPRINT_SECRET, old)))
    elif not value.startswith(cipher.first_id):
        new = base64.b64encode(_anew(cipher, value, _AT)).decode()
        update = "update ledger_meta set value = $1 where key = $2 and value = $3"
        await database.commit(Statement(update, (new, _FINGERPRINT_SECRET, old)))


async def fingerprints(database: Database, cipher: Cipher, random: Random) -> Callable[[str], str]:
    """What makes 16 hexadecimal digits of an API key, always the same, with which nobody finds the key.

    Raises MissingKeyError, DamagedValueError, UnavailableError, UnclearCommitError.
    """
    if (found := await _secret(database)) is None:
        insert = "insert into ledger_meta (key, value) values ($1, $2) on conflict do nothing"
        made = _encrypted_secret(cipher, random.randbytes(KEY_BYTES).hex())
        await database.commit(Statement(insert, (_FINGERPRINT_SECRET, made)))
        found = await _secret(database) or made
    secret = bytes.fromhex(cipher.decrypt(base64.b64decode(found), _AT))
    return lambda api_key: hmac.new(secret, api_key.encode(), hashlib.sha256).hexdigest()[:_FINGERPRINT_DIGITS]


def _encrypted_secret(cipher: Cipher, secret: str) -> str:
    return base64.b64encode(cipher.encrypt(secret, _AT)).decode()


async def _secret(database: Database) -> str | None:
    rows = await database.fetch("select value from ledger_meta where key = $1", _FINGERPRINT_SECRET)
    return str(rows[0]["value"]) if rows else None
