"""`new-key` prints a key for ENCRYPTION_KEYS; `rotate` encrypts everything again with the first of them."""

from argparse import ArgumentParser, Namespace
from functools import partial

from bot.ledger.database import Database
from bot.ledger.keys import load_cipher, new_key
from bot.ledger.rotation import rotate
from bot.runtime import Runtime
from bot.settings import Settings
from commands.command import Command, complain, printing, with_database
from handlers.open_ledger import encryption_keys_of


def _new_key(_: Namespace) -> int:
    return printing(_print_key)


def _print_key() -> int:
    print(new_key(Runtime().random))
    return 0


def _rotate_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--lost", action="store_true", help="take out what was encrypted with keys that are lost")


def _rotate(arguments: Namespace) -> int:
    return with_database(partial(_encrypt_again, arguments.lost))


async def _encrypt_again(drop_lost: bool, settings: Settings, database: Database, runtime: Runtime) -> int:  # noqa: FBT001
    """1 where values are left that nobody can read."""
    url, keys = settings.database_url.get_secret_value(), encryption_keys_of(settings)
    cipher = await load_cipher(database, url, keys, runtime, create=drop_lost, drop_lost=drop_lost)
    written, dropped, damaged = await rotate(database, cipher, drop_lost=drop_lost)
    print(f"Encrypted again with the key {cipher.first_id.hex()}: {written}")
    if dropped:
        print(f"Taken out, since their keys are lost: {dropped}")
    if damaged:
        complain("Damaged, and left as they are:", *damaged)
    return bool(damaged)


COMMANDS = (
    Command("new-key", "print a key for ENCRYPTION_KEYS", _new_key),
    Command("rotate", "encrypt everything again with the first of ENCRYPTION_KEYS", _rotate, _rotate_arguments),
)
