"""Which keys there are.

They come from ENCRYPTION_KEYS; on SQLite without it from a file beside the database, made at the first start. Where
something is encrypted already and its key is missing, none is made: it would hide that the key was lost.
"""

import base64
import os
import re
from collections.abc import Collection
from pathlib import Path
from random import Random

from bot.ledger.connect import sqlite_path
from bot.ledger.database import Database, LedgerStartError, Statement
from bot.ledger.encryption import KEY_BYTES, Cipher, key_id
from bot.runtime import Runtime

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
USED_KEY = "used_key:"
"""In ledger_meta, before the id of a key."""
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


async def load_cipher(
    database: Database,
    url: str,
    encryption_keys: str | None,
    runtime: Runtime,
    *,
    create: bool = True,
    drop_lost: bool = False,
) -> Cipher:
    """`create` lets a key file be made where one is to be; with `drop_lost` a key may be missing, if no file has it.

    Raises LedgerStartError, UnavailableError, UnclearCommitError.
    """
    used = await used_ids(database)
    file = key_file(url)
    if encryption_keys:
        name, keys = "ENCRYPTION_KEYS", parse_keys(encryption_keys, "ENCRYPTION_KEYS")
    elif file is None:
        raise LedgerStartError(
            "ENCRYPTION_KEYS is missing: PostgreSQL needs it. `python app.py new-key` prints a key; keep it with the "
            "other secrets, not in the database's backups."
        )
    else:
        is_needed = bool(used) and not drop_lost
        name, keys = str(file), _from_file(file, runtime.random, create=create, is_needed=is_needed)
    cipher = Cipher(keys, runtime.random)
    missing = sorted(used_id for used_id in used if used_id not in cipher)
    if missing and (unused_file := file_with_keys(url, encryption_keys, missing)):
        raise LedgerStartError(
            f"The database holds what was encrypted with a key of {unused_file}, which is not read while "
            f"ENCRYPTION_KEYS is set: put what stands in {unused_file} at the end of ENCRYPTION_KEYS, after a comma."
        )
    if missing and not drop_lost:
        raise LedgerStartError(
            f"The database holds what was encrypted with the key {missing[0].hex()}, and {name} has not got it: put "
            "it in, at the end. An old key may be taken out only after `python app.py rotate`; a new one has to "
            f"be last everywhere before it is first anywhere. {_LOST}"
        )
    if cipher.first_id not in used:
        await _note(database, cipher.first_id)
    return cipher


def given_keys(url: str, encryption_keys: str | None) -> tuple[str, list[bytes]]:
    """Where they stand, and the keys: none where that is a file that is not there. Raises LedgerStartError."""
    if encryption_keys or (file := key_file(url)) is None:
        return "ENCRYPTION_KEYS", parse_keys(encryption_keys or "", "ENCRYPTION_KEYS")
    try:
        return str(file), _read(file)
    except FileNotFoundError:
        return str(file), []


def key_file(url: str) -> Path | None:
    """Beside the database; None where that is no file."""
    path = sqlite_path(url)
    return path and path.with_name(f"{path.name.removesuffix('.db')}.key")


def file_with_keys(url: str, encryption_keys: str | None, missing: Collection[bytes]) -> Path | None:
    """The key file that ENCRYPTION_KEYS stands in for, if it has one of the `missing` keys. Raises LedgerStartError."""
    file = key_file(url)
    if not encryption_keys or file is None:
        return None
    try:
        keys = _read(file)
    except FileNotFoundError:
        return None
    return file if any(key_id(key) in missing for key in keys) else None


def _from_file(file: Path, random: Random, *, create: bool, is_needed: bool) -> list[bytes]:
    try:
        return _read(file)
    except FileNotFoundError:
        if is_needed:
            raise LedgerStartError(
                f"{file} is not there, and the database holds what was encrypted with its key: put it back, or put the "
                f"key into ENCRYPTION_KEYS. {_LOST}"
            ) from None
        if not create:
            raise LedgerStartError(f"{file} is not there: the bot makes it at its first start.") from None
    key = new_key(random)
    _write(file, key)
    return parse_keys(key, str(file))


def _read(file: Path) -> list[bytes]:
    """Raises FileNotFoundError, LedgerStartError."""
    try:
        return parse_keys(file.read_text().strip(), str(file))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LedgerStartError(f"{file} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise LedgerStartError(f"{file} can't be read: it is no text.") from None


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


async def used_ids(database: Database) -> set[bytes]:
    """Of each key that a server has encrypted with since the last rotation that found nothing damaged."""
    rows = await database.fetch("select key from ledger_meta where key like $1", f"{USED_KEY}%")
    return {bytes.fromhex(row["key"].removeprefix(USED_KEY)) for row in rows}


async def _note(database: Database, used_id: bytes) -> None:
    """It stands there before anything is encrypted with that key."""
    insert = "insert into ledger_meta (key, value) values ($1, '') on conflict do nothing"
    await database.commit(Statement(insert, (f"{USED_KEY}{used_id.hex()}",)))


async def forget_keys(database: Database, *, but: bytes) -> None:
    """Once nothing is encrypted with any other key."""
    delete = "delete from ledger_meta where key like $1 and key <> $2"
    await database.commit(Statement(delete, (f"{USED_KEY}%", f"{USED_KEY}{but.hex()}")))
