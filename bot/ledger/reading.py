"""What the bot and its commands read of a change alike. The calls to the database raise LedgerError."""

from bot.changes.outcome import Kind, Rivals
from bot.changes.request import Click
from bot.ledger import statements
from bot.ledger.database import Database
from bot.ledger.encryption import Cipher, place
from bot.ledger.row import ChangeRow


async def find(database: Database, row_id: str) -> ChangeRow | None:
    rows = await database.fetch(statements.ROW, row_id)
    return ChangeRow.parse(rows[0]) if rows else None


async def rivals(database: Database, click: Click) -> Rivals:
    """Others whose requests for the same may have been carried out since this click."""
    values = (click.request.case_number, click.request.id, click.change, float(click.at))
    rows = await database.fetch(statements.RIVALS, *values)
    done_by = [row["clicker"] for row in rows if row["outcome"] == Kind.DONE.name]
    return Rivals(tuple(dict.fromkeys(row["clicker"] for row in rows)), done_by[0] if done_by else "")


def copy_of(row: ChangeRow, cipher: Cipher) -> str | None:
    """What is kept of the ticket, as JSON. Raises MissingKeyError, DamagedValueError."""
    return cipher.decrypt(row.copy, place("changes", "copy", row.id)) if row.copy else None
