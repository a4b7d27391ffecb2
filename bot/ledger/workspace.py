"""The workspace that a ledger belongs to, by its id in Slack: the one whose bot was the first to use it.

A bot of another workspace would go on with what that one's bot has begun, and a person's id means somebody else there.
"""

from bot.ledger.database import Database, LedgerStartError, Statement, StatementError

WORKSPACE = "workspace"
"""Its key in ledger_meta."""
_SELECT = "select value from ledger_meta where key = $1"
_INSERT = "insert into ledger_meta (key, value) values ($1, $2) on conflict do nothing"


async def workspace_of(database: Database) -> str | None:
    """None where no bot has used it yet, or none that knew of this."""
    try:
        rows = await database.fetch(_SELECT, WORKSPACE)
    except StatementError:  # no such table
        return None
    return str(rows[0]["value"]) if rows else None


async def belongs_to(database: Database, team_id: str) -> bool:
    """False where it belongs to none yet. Raises LedgerStartError where it belongs to another workspace than that."""
    if (found := await workspace_of(database)) not in {None, team_id}:
        raise LedgerStartError(
            f"The database belongs to the bot of the workspace {found}, and SLACK_BOT_TOKEN is of {team_id}. Where "
            "DATABASE_URL or the token is wrong, mend that. Where the team has moved to another workspace, set "
            "DATABASE_URL to a new database: what was begun in the old one can't be finished from here."
        )
    return found is not None


async def claim(database: Database, team_id: str) -> None:
    """It belongs to that workspace from now on, where it belonged to none.

    Raises LedgerStartError where another one was faster: of two that start at the same moment both know which.
    """
    await database.commit(Statement(_INSERT, (WORKSPACE, team_id)))
    await belongs_to(database, team_id)
