"""Whether the database belongs to the workspace of the bot token, which Slack is asked for meanwhile."""

from asyncio import Future

from bot.ledger.database import Database
from bot.ledger.workspace import workspace_of
from commands.check.result import Result

NAME = "workspace"


async def workspace_result(database: Database, team: "Future[str]") -> Result:
    """`team` is the id that Slack says; empty where it says none."""
    found, ours = await workspace_of(database), await team
    if not ours:
        return Result(NAME, ok=None, text="not tried: SLACK_BOT_TOKEN comes first")
    if found is None:
        return Result(NAME, ok=True, text=f"the database belongs to none yet: the first start makes it that of {ours}")
    if found != ours:
        text = f"the database belongs to the bot of {found}, and SLACK_BOT_TOKEN is of {ours}"
        hint = "mend DATABASE_URL or the token; where the team has moved to another workspace, name a new database"
        return Result(NAME, ok=False, text=text, hint=hint)
    return Result(NAME, ok=True, text=f"the database belongs to {ours}, as SLACK_BOT_TOKEN does")
