"""Who asked for, confirmed or cancelled what, and what came of it: one JSON line per event, no ticket content.

Lines go to standard output, so that they can be kept apart from the log on standard error: see bot.logs.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.tickets import CaseNumber, Change

FLUSH_TIMEOUT_S = 2.0

Event = Literal[
    "asked",
    "refused",
    "cancelled",
    "expired",
    "confirmed",
    "deleted",
    "resolved",
    "found deleted",
    "found resolved",
    "failed",
    "unclear",
    "checked",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """`user` did it, `asker` asked for the change, `confirmer` clicked the red button or *Resolve instead*.

    `request` is the id of the request with the buttons, `replaces` the one whose place it took. `outcome` is a few
    words of ours: why something was refused, how it failed, what a check found.
    """

    event: Event
    change: Change
    user: str
    asker: str = ""
    confirmer: str = ""
    team: str
    channel: str
    case_number: CaseNumber | None
    request: str = ""
    replaces: str = ""
    outcome: str
    ref: str


class AuditLog:
    """`write` takes a line and returns once it is flushed; it raises OSError or ValueError where that failed."""

    def __init__(self, write: Callable[[str], Awaitable[None]]) -> None:
        self._write = write
        self._is_stuck = False

    async def record(self, event: AuditEvent, now: float) -> bool:
        """Whether the event is on record. `now` in seconds since the epoch."""
        time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        writing = asyncio.ensure_future(self._write(json.dumps({"time": time, **asdict(event)})))
        # Who finds the pipe full has waited; the next ones give the thread a moment, no more.
        timeout_s = 0.01 if self._is_stuck and event.event != "confirmed" else FLUSH_TIMEOUT_S
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(writing)
        except TimeoutError:
            reason = "nobody reads standard output"
            writing.add_done_callback(_retrieve)
        except (OSError, ValueError) as error:
            reason = type(error).__name__
        else:
            self._is_stuck = False
            return True
        if not self._is_stuck:
            log.error("audit lines can't be written (%s): no deletion is carried out until they can", reason)
        self._is_stuck = True
        return False


def _retrieve(writing: "asyncio.Future[None]") -> None:
    if not writing.cancelled():
        writing.exception()  # nobody waits for the line any more
