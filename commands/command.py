"""What a command is, and what becomes of its errors: a sentence and an exit code."""

import asyncio
import errno
import logging
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot import logs
from bot.ledger.connect import connect
from bot.ledger.database import AWAY, DamagedFileError, Database, LedgerError, LedgerStartError
from bot.ledger.encryption import Cipher
from bot.ledger.keys import load_cipher
from bot.runtime import Runtime
from bot.settings import ENV_FILE, Settings, SettingsError
from handlers import VERSION
from handlers.open_ledger import encryption_keys_of

PATIENCE_S = 5.0
EXIT_MEND = 2
"""Something has to be mended first."""
EXIT_AGAIN = 1
"""It may pass: try again."""
_CANT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Of a file or a terminal that standard output goes to."""


@dataclass(frozen=True)
class Command:
    """`run` returns the exit code."""

    name: str
    help: str
    run: Callable[[Namespace], int]
    add_arguments: Callable[[ArgumentParser], None] = lambda _: None


def load_settings(title: str = "The bot can't start.") -> Settings | None:
    """None where something is wrong with them, which is then written to standard error, below `title`."""
    try:
        return Settings.load()
    except SettingsError as error:
        file = f"{ENV_FILE.absolute()}{'' if ENV_FILE.exists() else ', which is not there'}"
        complain(f"{title} Fix this in the environment or in {file}:", *error.errors)
        return None


def with_database(work: Callable[[Settings, Database, Runtime], Awaitable[int]]) -> int:
    """Runs `work` on the ledger of the settings. Returns its exit code, or that of what went wrong."""
    return with_settings(partial(_connected, work))


def with_settings(work: Callable[[Settings], Coroutine[Any, Any, int]]) -> int:
    """Runs `work`, which opens what it needs. Returns its exit code, or that of what went wrong with a database."""
    settings = load_settings("This command needs the bot's settings, all of them.")
    if settings is None:
        return EXIT_MEND
    logs.configure("WARNING", settings.secrets)
    try:
        return printing(lambda: asyncio.run(work(settings)))
    except LedgerStartError as error:
        complain(str(error))
        return error.exit_code
    except LedgerError as error:
        complain(str(error))
        may_pass = isinstance(error, AWAY) and not isinstance(error, DamagedFileError)
        return EXIT_AGAIN if may_pass else EXIT_MEND


def printing(work: Callable[[], int]) -> int:
    """Runs `work`, which prints, and returns its exit code, also where nobody reads what it printed.

    0 where nobody reads on and it is not done yet: it is a list then, and whoever reads has seen enough, as `head` has.
    """
    code = 0
    try:
        code = work()
        print(end="", flush=True)
    except BrokenPipeError:
        _print_no_more()
    except OSError as error:
        if error.errno not in _CANT_WRITE:
            raise
        _print_no_more()
        complain(f"Standard output can't be written to: {error.strerror}.")
        return code or EXIT_AGAIN
    except KeyboardInterrupt:  # it has stopped whoever reads, too
        _print_no_more()
        logging.disable()  # a driver complains of what it was at
        raise
    return code


def _print_no_more() -> None:
    """What is still to be written would fail once more, at the end of Python."""
    if sys.stdout:  # None where it is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def load_keys(settings: Settings, database: Database, runtime: Runtime) -> Cipher:
    """What the bot encrypts with. Raises LedgerStartError, and more of LedgerError."""
    url, keys = settings.database_url.get_secret_value(), encryption_keys_of(settings)
    return await load_cipher(database, url, keys, runtime, create=False)


async def _connected(work: Callable[[Settings, Database, Runtime], Awaitable[int]], settings: Settings) -> int:
    runtime, url = Runtime(), settings.database_url.get_secret_value()
    async with connect(url, runtime=runtime, version=VERSION, lock=False, patience_s=PATIENCE_S) as database:
        return await work(settings, database, runtime)


def complain(title: str, *lines: str) -> None:
    print(title, *(f"  {line}" for line in lines), sep="\n", file=sys.stderr)
