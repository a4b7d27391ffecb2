"""The ledger, from settings."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from bot.api.turn import TurnAt, sole_process
from bot.ledger.connect import connect
from bot.ledger.database import AWAY, Database, LedgerError, LedgerStartError, SharesTurns
from bot.ledger.encryption import Cipher
from bot.ledger.fingerprint import fingerprint
from bot.ledger.keys import load_cipher
from bot.ledger.ledger import Ledger
from bot.runtime import Runtime
from bot.settings import Settings
from handlers import VERSION

_OWNER_BYTES = 8

OpenLedger = Callable[[Settings, Runtime, str], AbstractAsyncContextManager[Ledger]]
"""Of the bot of the workspace with that id."""


@asynccontextmanager
async def connect_ledger(settings: Settings, runtime: Runtime, team_id: str) -> AsyncIterator[Ledger]:
    """Of this server, which works for that workspace. Raises LedgerStartError."""
    url = settings.database_url.get_secret_value()
    async with connect(url, runtime=runtime, version=VERSION, lock=True, team_id=team_id) as database:
        try:
            cipher = await load_cipher(database, url, encryption_keys_of(settings), runtime)
            ledger = await ledger_on(database, cipher, settings, runtime)
        except LedgerStartError:
            raise
        except LedgerError as error:
            raise LedgerStartError(str(error), 1 if isinstance(error, AWAY) else 2) from error
        yield ledger


def encryption_keys_of(settings: Settings) -> str | None:
    return settings.encryption_keys.get_secret_value() if settings.encryption_keys else None


def is_shared(ledger: Ledger) -> bool:
    """Whether other processes can be at work on it."""
    return isinstance(ledger.database, SharesTurns)


def turns_of(ledger: Ledger, settings: Settings) -> TurnAt:
    """Shared with all processes on one database, where it can be shared.

    An endpoint that serves several at a time has no turn: its queues are each process's own.
    """
    database = ledger.database
    if not isinstance(database, SharesTurns) or settings.sweeppea_concurrency > 1:
        return sole_process
    return lambda endpoint: database.turn_at(f"{settings.sweeppea_base_url}{endpoint}")


async def ledger_on(database: Database, cipher: Cipher, settings: Settings, runtime: Runtime) -> Ledger:
    """The rows name the key by a fingerprint: what one key can't find, another one may. Raises LedgerError."""
    account = await fingerprint(database, cipher, settings.sweeppea_api_key.get_secret_value())
    return Ledger(
        database=database,
        cipher=cipher,
        runtime=runtime,
        account=account,
        owner=runtime.token_hex(_OWNER_BYTES),
        ttl_s=settings.delete_prompt_ttl_s,
    )
