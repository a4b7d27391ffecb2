"""A file that was copied to PostgreSQL has a mark, and nobody uses it any more.

With two ledgers at work each would finish what was begun: people would hear of it twice, and it might be done twice.
"""

import json
from pathlib import Path
from typing import NamedTuple, Self

from bot.ledger.database import Database, LedgerStartError, Row

MOVED_TO = "moved_to"
"""The key of the mark, in ledger_meta of the file."""
COPIED = "copied"
"""The key of the mark's token, in ledger_meta of the PostgreSQL."""

SELECT = f"select value from ledger_meta where key = '{MOVED_TO}'"  # noqa: S608
INSERT = f"insert or replace into ledger_meta (key, value) values ('{MOVED_TO}', $1)"  # noqa: S608
DELETE = f"delete from ledger_meta where key = '{MOVED_TO}' returning key"  # noqa: S608


class Mark(NamedTuple):
    """`to` is a place in words, without user and password. `token` is the copy's own, and stands in the copy too."""

    to: str
    token: str

    def write(self) -> str:
        return json.dumps(self._asdict())

    @classmethod
    def parse(cls, rows: list[Row]) -> Self | None:
        """From the rows of SELECT."""
        return cls(**json.loads(rows[0]["value"])) if rows else None


async def refuse_moved(database: Database, path: Path) -> None:
    """Raises LedgerStartError."""
    if mark := Mark.parse(await database.fetch(SELECT)):
        raise LedgerStartError(
            f"{path} was copied to the PostgreSQL {mark.to}, and is out of use: set DATABASE_URL to that. Where the "
            "copy did not come to its end, type the same `python app.py copy-ledger` again. To use the file again, and "
            "the copy no more: `python app.py copy-ledger --undo`."
        )
