"""What Slack said of a request, on record: at once, or as soon as the database is back.

Without it the audit would lack who asked, and the bot could not take the buttons away once the request expires.
"""

import asyncio
import logging
from dataclasses import dataclass

from bot.audit import AuditEvent
from bot.ledger.database import AWAY, LedgerError
from handlers.services import Services
from handlers.slack.replies import Posted
from handlers.slack.tries import SendResult

RETRY_S = 5.0  # between two tries to write into a database that is away
GIVE_UP_S = 86_400.0  # after which the bot looks no more at a request that nobody clicked

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    services: Services

    async def write(self, event: AuditEvent, posted: Posted) -> None:
        """Returns after one try; where the database is away, others follow in the background."""
        posted_at = self.services.runtime.boottime()
        try:
            await self._write(event, posted, 0.0)
        except AWAY as error:
            log.warning("the ledger misses an audit line, which is written once the database is back: %s", error)
            self.services.runner.start_in_background(self._write_late(event, posted, posted_at))
        except LedgerError as error:
            _log_lost(event, error)

    async def _write_late(self, event: AuditEvent, posted: Posted, posted_at: float) -> None:
        try:
            late_s = await self._until_written(event, posted, posted_at)
        except asyncio.CancelledError:
            _log_lost(event, "the bot ended before the database was back")
            raise
        except LedgerError as error:
            _log_lost(event, error)
        else:
            log.warning("the audit line that the ledger missed is written, %.0f s late", late_s)

    async def _until_written(self, event: AuditEvent, posted: Posted, posted_at: float) -> float:
        """How late that is, in seconds. Raises LedgerError."""
        while True:
            await asyncio.sleep(RETRY_S)
            late_s = self.services.runtime.boottime() - posted_at
            try:
                await self._write(event, posted, late_s)
            except AWAY as error:
                if late_s >= GIVE_UP_S:
                    raise LedgerError(f"the database was away for a day: {error}") from error
            else:
                return late_s

    async def _write(self, event: AuditEvent, posted: Posted, age_s: float) -> None:
        """Raises LedgerError."""
        ledger = self.services.ledger
        if posted.result in {SendResult.REFUSED, SendResult.NEVER}:
            await ledger.remove(event.request, event, age_s=age_s)
        elif posted.result is SendResult.TAKEN and posted.ts:
            await ledger.set_posted(event.request, posted.channel, posted.ts, event, age_s=age_s)
        else:  # a click on it proves that it was posted, and brings the message's name
            await ledger.record_once(event.request, event, age_s=age_s)


def _log_lost(event: AuditEvent, why: object) -> None:
    log.warning("the ledger misses an audit line (%s, %s): %s", event.event, event.case_number, why)
