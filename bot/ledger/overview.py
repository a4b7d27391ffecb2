"""How much there is to do, in numbers: for metrics. Both statements read by an index what is not over, or is recent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from bot.changes.outcome import Kind
from bot.ledger.database import Database
from bot.ledger.row import DAY_S, State

RECENT_S = 7 * DAY_S
"""For how long a change whose end is not known is counted, unless somebody settles it."""

# Since a claimed or sent change was clicked, or since an ended one ended; in the others nobody waits to be told.
STATES = """
SELECT state, count(*) AS number, ledger_now() - min(CASE state WHEN 'claimed' THEN clicked_at
  WHEN 'sending' THEN clicked_at WHEN 'ended' THEN ended_at END) AS age_s
FROM changes WHERE due_at >= 0 GROUP BY state"""
UNKNOWN = f"""
SELECT count(*) AS number FROM changes WHERE ended_at > ledger_now() - {RECENT_S}
AND outcome = '{Kind.UNKNOWN.name}' AND state IN ('ended', 'delivered')"""  # noqa: S608


@dataclass(frozen=True)
class Overview:
    """`by_state` has each state, of what is looked at again. `oldest_s` is 0 where people have been told everything."""

    by_state: Mapping[str, int]
    oldest_s: float
    unknown: int


async def overview(database: Database) -> Overview:
    """Raises LedgerError."""
    rows = await database.fetch(STATES)
    [unknown] = await database.fetch(UNKNOWN)
    by_state = dict.fromkeys(get_args(State), 0) | {row["state"]: row["number"] for row in rows}
    oldest_s = max((row["age_s"] for row in rows if row["age_s"] is not None), default=0.0)
    return Overview(by_state, max(oldest_s, 0.0), unknown["number"])
