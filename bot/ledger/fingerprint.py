"""A fingerprint of an API key, so that a row can name the very key that it was made with.

It is made with a secret that stands encrypted in the database, the same for every process: without that nobody can
try keys until one has the fingerprint.
"""

import base64
import hashlib
import hmac

from bot.ledger.database import Database, Statement
from bot.ledger.encryption import KEY_BYTES, Cipher, DamagedValueError, place

SECRET = "fingerprint_secret"  # noqa: S105 - its key in ledger_meta
AT = place("ledger_meta", "value", SECRET)
_DIGITS = 16


async def fingerprint(database: Database, cipher: Cipher, api_key: str) -> str:
    """16 hexadecimal digits, always the same for a key.

    Raises MissingKeyError, DamagedValueError, UnavailableError, UnclearCommitError.
    """
    if (found := await stored_secret(database)) is None:
        insert = "insert into ledger_meta (key, value) values ($1, $2) on conflict do nothing"
        made = cipher.encrypt(cipher.random.randbytes(KEY_BYTES).hex(), AT)
        await database.commit(Statement(insert, (SECRET, base64.b64encode(made).decode())))
        found = await stored_secret(database) or made  # whoever was first
    secret = bytes.fromhex(cipher.decrypt(found, AT))
    return hmac.new(secret, api_key.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


async def stored_secret(database: Database) -> bytes | None:
    """As it stands there, encrypted. Raises DamagedValueError."""
    rows = await database.fetch("select value from ledger_meta where key = $1", SECRET)
    return decode_secret(rows[0]["value"]) if rows else None


def decode_secret(value: str) -> bytes:
    """Raises DamagedValueError."""
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise DamagedValueError(f"{AT} is damaged") from None
