"""Who asked for, confirmed or cancelled what, and what came of it: one JSON line per event, no ticket content.

Lines go to standard output, so that they can be kept apart from the log on standard error: see bot.logs.
"""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.tickets import CaseNumber, Change

log = logging.getLogger("audit")
Event = Literal[
    "asked", "refused", "cancelled", "expired", "confirmed", "deleted", "resolved", "failed", "unclear", "checked"
]


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """`user` did it, `asker` asked for the change, `confirmer` clicked *Delete* or *Resolve instead*.

    `outcome` is a few words of ours: why something was refused, how it failed, what a check found.
    """

    event: Event
    change: Change
    user: str
    asker: str = ""
    confirmer: str = ""
    team: str
    channel: str
    case_number: CaseNumber | None
    outcome: str
    reference: str


def write(line: AuditEvent, now: float) -> None:
    """`now` in seconds since the epoch."""
    time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    log.info("%s", json.dumps({"time": time, **asdict(line)}))
