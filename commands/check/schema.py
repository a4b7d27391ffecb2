"""What is told of a schema, on either database."""

from bot.ledger import schema
from bot.ledger.database import Database
from bot.ledger.schema import Fit
from commands.check.result import Result
from handlers import VERSION

NAME = "schema"


async def schema_result(database: Database, fit: Fit) -> Result:
    if fit is Fit.TOO_NEW:
        oldest = await schema.oldest_version(database)
        text = f"the database belongs to a newer bot: {oldest} is the oldest that may use it, and this is {VERSION}"
        return Result(NAME, ok=False, text=text, hint="start the newer bot, or use a backup from before it")
    if fit is Fit.OLDER:
        hint = "make a backup, then start: the bot brings it up to date"
        return Result(NAME, ok=True, text="an older bot's", hint=hint)
    if fit is Fit.NONE:
        return Result(NAME, ok=True, text="no tables yet: the first start makes them")
    return Result(
        NAME, ok=True, text="as it should be" if fit is Fit.CURRENT else "a newer bot's, which suits this one"
    )
