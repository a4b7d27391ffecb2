"""A database in a file: the room on its disk, who may open it, who has it, and what is in it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bot.ledger import schema
from bot.ledger.connect import open_as_it_is, sqlite_path
from bot.ledger.inspection import LARGE_BYTES, FileFacts, damage, look_at_file
from bot.ledger.keys import key_file
from bot.ledger.moved import refuse_moved
from bot.ledger.schema import Fit
from bot.ledger.sqlite import WAL_LIMIT_BYTES
from bot.ledger.sqlite_thread import FREE_BYTES
from bot.runtime import Runtime
from bot.settings import Settings
from commands.check.keys import NAME as KEYS
from commands.check.keys import keys_result
from commands.check.result import Result, Subject
from commands.check.schema import NAME as SCHEMA
from commands.check.schema import schema_result
from commands.check.workspace import NAME as WORKSPACE
from commands.check.workspace import workspace_result
from handlers import VERSION

DATABASE, DISK, FILES = "DATABASE_URL", "disk", "files"


def is_file(settings: Settings) -> bool:
    return sqlite_path(settings.database_url.get_secret_value()) is not None


def subject(settings: Settings, runtime: Runtime, limit_s: float, team: "asyncio.Future[str]") -> Subject:
    url = settings.database_url.get_secret_value()
    path, key = (sqlite_path(url) or Path()).absolute(), key_file(url)

    async def run() -> AsyncIterator[Result]:
        """A disk may hang: what asks it is done in threads."""
        if not await asyncio.to_thread(path.exists):
            for result in await asyncio.to_thread(lambda: list(_new_file(path))):
                yield result
            yield await keys_result(settings, None)
            return
        facts = await asyncio.to_thread(look_at_file, path, *([key] if key else []))
        yield _room(facts.free_bytes)
        yield _modes(facts)
        async with open_as_it_is(path, runtime) as database:
            fit = await schema.fit(database, VERSION)
            if fit is not Fit.NONE:
                await refuse_moved(database, path)
            is_large = facts.size_bytes > LARGE_BYTES
            yield _file(path, facts, "" if is_large else await damage(database))
            yield await schema_result(database, fit)
            yield await workspace_result(database, team)
            yield await keys_result(settings, None if fit is Fit.NONE else database)

    return Subject((DATABASE, DISK, FILES, SCHEMA, WORKSPACE, KEYS), run, limit_s)


def _new_file(path: Path) -> Iterator[Result]:
    folder = path.parent
    yield from (Result(name, ok=None, text="there is no database yet") for name in (FILES, SCHEMA, WORKSPACE))
    if not folder.is_dir():
        yield Result(DATABASE, ok=False, text=f"the folder {folder} is not there", hint="make it, or name another one")
        return
    yield _room(shutil.disk_usage(folder).free)
    if os.access(folder, os.W_OK | os.X_OK):
        yield Result(DATABASE, ok=True, text=f"{path} is made at the first start")
    else:
        text = f"{folder} can't be written to by the user that runs this (uid {os.geteuid()})"
        yield Result(DATABASE, ok=False, text=text, hint="give that user the folder, or name another one")


def _room(free_bytes: int) -> Result:
    """What the bot warns of while it runs; less than the write-ahead log needs is none."""
    text = f"{free_bytes // 1_000_000} MB are free where the database is"
    hint = "make room" if free_bytes < FREE_BYTES else ""
    return Result(DISK, ok=free_bytes >= WAL_LIMIT_BYTES, text=text, hint=hint)


def _modes(facts: FileFacts) -> Result:
    if not facts.open_to_others:
        return Result(FILES, ok=True, text="no other user of this machine may open them")
    names = " ".join(map(str, facts.open_to_others))
    text = f"every user of this machine may open {names}"
    return Result(FILES, ok=True, text=text, hint=f"chmod 600 {names}")


def _file(path: Path, facts: FileFacts, damaged: str) -> Result:
    if damaged:
        hint = "stop the bot and put a backup in its place"
        return Result(DATABASE, ok=False, text=f"{path} is damaged: {damaged}", hint=hint)
    server = "a server is at work on it" if facts.is_served else "no server has it"
    return Result(DATABASE, ok=True, text=f"{path} can be read and written; {server}")
