"""A database on PostgreSQL: whether it takes changes, how many connections it has left, and what is in it."""

from asyncio import Future
from collections.abc import AsyncIterator

from bot.ledger import schema
from bot.ledger.database import Database
from bot.ledger.inspection import Connections, connections, is_read_only, lacking_rights
from bot.ledger.schema import Fit
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

DATABASE, CONNECTIONS = "DATABASE_URL", "connections"


def subject(settings: Settings, runtime: Runtime, limit_s: float, team: "Future[str]") -> Subject:
    url = settings.database_url.get_secret_value()

    async def run() -> AsyncIterator[Result]:
        from bot.ledger import postgres  # noqa: PLC0415 - 18 ms and 3 MB that SQLite does without

        async with postgres.connect(url, patience_s=0) as database:
            found = await connections(database)  # first: the next look takes a second one
            await database.refuse_pooler()
            fit = await schema.fit(database, VERSION)
            yield await _server(database, fit, runtime)
            yield judge(found, postgres.connections_needed(_endpoints(settings)))
            yield await schema_result(database, fit)
            yield await workspace_result(database, team)
            yield await keys_result(settings, None if fit is Fit.NONE else database)

    return Subject((DATABASE, CONNECTIONS, SCHEMA, WORKSPACE, KEYS), run, limit_s)


async def _server(database: Database, fit: Fit, runtime: Runtime) -> Result:
    began_at = runtime.boottime()
    if await is_read_only(database):
        hint = "name the primary server, not a replica"
        return Result(DATABASE, ok=False, text="PostgreSQL takes no changes here: it is read-only", hint=hint)
    took_ms = (runtime.boottime() - began_at) * 1000
    if lacking := await lacking_rights(database, has_tables=fit is not Fit.NONE):
        text = f"the user of DATABASE_URL may not: {', '.join(lacking)}"
        return Result(DATABASE, ok=False, text=text, hint="make that user the owner of the database and its tables")
    return Result(DATABASE, ok=True, text=f"PostgreSQL answers in {took_ms:.0f} ms and takes changes")


def _endpoints(settings: Settings) -> int:
    """Those with a turn among processes. One that serves several at a time has none: see handlers.open_ledger."""
    if settings.sweeppea_concurrency > 1:
        return 0
    may_delete = settings.ticket_deleters.everybody or bool(settings.ticket_deleters.ids)
    return 1 + may_delete + (may_delete and settings.ticket_resolve)


def judge(found: Connections, needed: int) -> Result:
    """The bots at work are taken for the process that is to be started, or to be replaced."""
    bots = f", {found.ours} of them by bots" if found.ours else ""
    text = f"a process needs up to {needed}; {found.limit} allows {found.allowed}, {found.used} are used{bots}"
    if found.allowed - (found.used - found.ours) < needed:
        return Result(CONNECTIONS, ok=False, text=text, hint=f"raise {found.limit}, or end others' connections")
    is_short = found.allowed - found.used < needed
    hint = "a further process may not get its own: raise that before you start one" if is_short else ""
    return Result(CONNECTIONS, ok=True, text=text, hint=hint)
