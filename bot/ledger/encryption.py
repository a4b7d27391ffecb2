"""What is secret at rest: AES-GCM, bound to the place where it stands.

A value is the id of its key, a random nonce, and what AES-GCM makes of the text. Its place is the associated data: a
value that was moved to another row does not decrypt.
"""

import hashlib
from collections.abc import Sequence
from random import Random

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.ledger.database import LedgerError

KEY_BYTES = 32
ID_BYTES = 8
NONCE_BYTES = 12


class MissingKeyError(LedgerError):
    """A sentence for the operator: a step of a change of keys was skipped."""


class DamagedValueError(LedgerError, ValueError):
    """Not what was encrypted for this place: damaged, or moved here from another row."""


def place(table: str, column: str, row: str) -> str:
    """Where a value belongs, for both of `Cipher`'s methods."""
    return f"{table}.{column}:{row}"


def key_id(key: bytes) -> bytes:
    """Tells nothing of the key."""
    return hashlib.sha256(b"ticket-bot key\0" + key).digest()[:ID_BYTES]


class Cipher:
    """The first of `keys` encrypts, all of them decrypt. `random` has to be the system's, but in a simulation."""

    def __init__(self, keys: Sequence[bytes], random: Random) -> None:
        self.random = random
        self._keys = {key_id(key): AESGCM(key) for key in keys}
        self.first_id = key_id(keys[0])

    def __contains__(self, found_id: object) -> bool:
        """Whether it has the key of that id."""
        return found_id in self._keys

    def encrypt(self, text: str, at: str) -> bytes:
        nonce = self.random.randbytes(NONCE_BYTES)
        return self.first_id + nonce + self._keys[self.first_id].encrypt(nonce, text.encode(), at.encode())

    def decrypt(self, value: bytes, at: str) -> str:
        """Raises MissingKeyError, DamagedValueError."""
        found_id, nonce, encrypted = value[:ID_BYTES], value[ID_BYTES:][:NONCE_BYTES], value[ID_BYTES + NONCE_BYTES :]
        if len(nonce) < NONCE_BYTES:
            raise DamagedValueError(f"{at} is too short")
        if found_id not in self._keys:
            raise MissingKeyError(
                f"{at} was encrypted with the key {found_id.hex()}, which this process has not got. A new key has to "
                "be the last in ENCRYPTION_KEYS of every process before it is the first of any, and an old one may go "
                "only after `python app.py rotate`: put it in at the end, and restart."
            )
        try:
            return self._keys[found_id].decrypt(nonce, encrypted, at.encode()).decode()
        except InvalidTag:
            raise DamagedValueError(f"{at} is damaged, or was moved there from elsewhere") from None
