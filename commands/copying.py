"""`copy-ledger`: from a file to PostgreSQL, so that several processes can share the ledger."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr, TypeAdapter, ValidationError

from bot import logs
from bot.ledger.connect import sqlite_path
from bot.ledger.keys import key_file
from bot.runtime import Runtime
from bot.settings import Settings
from bot.settings.fields import DatabaseUrl
from commands.command import EXIT_AGAIN, EXIT_MEND, Command, complain, with_settings

if TYPE_CHECKING:
    from bot.ledger.copying import Copied

_FORM = "the copy goes to a PostgreSQL: postgresql://USER@HOST/DATABASE"


def postgres_url(text: str) -> str:
    try:
        url: SecretStr = TypeAdapter(DatabaseUrl).validate_python(text)
    except ValidationError:  # its words have the password in them
        raise ArgumentTypeError(_FORM) from None
    if url.get_secret_value().startswith("sqlite"):
        raise ArgumentTypeError(_FORM)
    return url.get_secret_value()


def _arguments(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--to", type=postgres_url, metavar="URL", help=f"{_FORM}; it has to be empty")
    which.add_argument("--undo", action="store_true", help="use the file again, and its copy no more")


def _run(arguments: Namespace) -> int:
    try:
        return with_settings(_undo if arguments.undo else partial(_copy, arguments.to))
    except KeyboardInterrupt:
        complain("Stopped before the end. Type the same again: that finds out what came of the copy.")
        return EXIT_AGAIN


async def _copy(target_url: str, settings: Settings) -> int:
    from bot.ledger.copying import copy_ledger  # noqa: PLC0415 - the driver of PostgreSQL: not at each start

    keys = settings.encryption_keys
    if keys is None:
        complain(
            "ENCRYPTION_KEYS is missing: what is secret is encrypted again, with the first of them. "
            "`python app.py new-key` prints a key; keep it with the other secrets."
        )
        return EXIT_MEND
    secrets = settings.model_copy(update={"database_url": SecretStr(target_url)}).secrets
    logs.configure("WARNING", (*settings.secrets, *secrets))
    url = settings.database_url.get_secret_value()
    copied = await copy_ledger(url, target_url, keys.get_secret_value(), Runtime())
    if copied is None:
        print("The copy is complete: it was so after the last try already.")
    else:
        _print_copied(copied)
    _print_next(url)
    return 0


def _print_copied(copied: "Copied") -> None:
    for table, number in copied.rows.items():
        print(f"{table}: {number} rows")
    print(f"Copied to {copied.to}, encrypted with the key {copied.key_id.hex()}.")
    if copied.damaged:
        complain("Damaged before, and copied as they are:", *copied.damaged)


def _print_next(url: str) -> None:
    file, key = sqlite_path(url), key_file(url)
    kept = f"{file and file.absolute()}{f' and {key.name}' if key and key.exists() else ''}"
    print(
        "\nNext:\n"
        "  1. Set DATABASE_URL to the URL after --to, and ENCRYPTION_KEYS as it is now, for every process.\n"
        "  2. Start the bot.\n"
        "A bot that is started on the file says that it was copied, and ends; nothing else in the file was changed.\n"
        f"Keep {kept} until you are content, then delete what you kept: people's data is in it.\n"
        "To use the file again instead: `python app.py copy-ledger --undo`. What was begun on PostgreSQL is not in it."
    )


async def _undo(settings: Settings) -> int:
    from bot.ledger.copying import undo_copy  # noqa: PLC0415

    url = settings.database_url.get_secret_value()
    to = await undo_copy(url, Runtime())
    if to is None:
        print(f"{sqlite_path(url)} was not copied: there is nothing to undo.")
    else:
        print(
            f"{sqlite_path(url)} is in use again. Start no bot on {to} any more, and drop that database: what was "
            "begun there is not known here."
        )
    return 0


COMMANDS = (Command("copy-ledger", "copy the ledger from a file to PostgreSQL", _run, _arguments),)
