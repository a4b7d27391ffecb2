"""Keys, and what is encrypted with them."""

from random import Random

import pytest

from bot.ledger.database import Database, LedgerStartError
from bot.ledger.encryption import Cipher, place
from bot.ledger.keys import load_cipher, new_key, parse_keys
from bot.runtime import Runtime

RANDOM = Random(1)
OLD, NEW, OTHER = (new_key(RANDOM) for _ in range(3))
COPY = place("changes", "copy", "a")


def cipher(*keys: str) -> Cipher:
    return Cipher(parse_keys(",".join(keys), "ENCRYPTION_KEYS"), RANDOM)


async def loaded(database: Database, url: str, *keys: str, drop_lost: bool = False, create: bool = True) -> Cipher:
    return await load_cipher(database, url, ",".join(keys) or None, Runtime(), create=create, drop_lost=drop_lost)


async def refusal(database: Database, url: str, *keys: str, create: bool = True) -> str:
    with pytest.raises(LedgerStartError) as caught:
        await loaded(database, url, *keys, create=create)
    assert caught.value.exit_code == 2
    return str(caught.value)
