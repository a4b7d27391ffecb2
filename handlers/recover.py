"""A look at the ledger each second for what nobody works on, so that what was begun ends without anybody's help.

One row's trouble holds up no other, and one channel's rows no other channel's.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field

from bot import logs
from bot.ledger.database import AWAY, HasAServer, LedgerError
from bot.ledger.lease import Lease, LeaseLostError
from bot.ledger.next_step import next_step, step_after_failure
from bot.ledger.retention import delete_old
from bot.ledger.row import ChangeRow
from bot.ledger.schedule import pause_s
from bot.ledger.statements import LEASE_S
from handlers.begun import Begun, from_row
from handlers.finish import Finish
from handlers.resume import Resume
from handlers.services import Services

LOOK_S = 1.0
MAX_ROWS = 16
"""Rows that are worked on at a time."""
CHANNEL_ROWS = 4
"""Rows of one channel that are taken at a time: each of them waits for the channel's pace."""
_BLANK_EVERY = 60  # looks
_WRITE_EVERY = 60  # looks: a full disk can be read, and a look that finds nothing to take writes nothing

log = logging.getLogger(__name__)


@dataclass
class Recovery:
    """`is_away`: the database can't be used, or is back for less than a lease, after this process saw it go."""

    services: Services
    finish: Finish
    resume: Resume
    is_away: bool = False
    _lets_others_renew: bool | None = None  # None before the first look
    _back_at: float | None = None  # by the database's clock
    _at_work: Counter[str] = field(default_factory=Counter)

    async def run(self, look_s: float = LOOK_S) -> None:
        """Until it is cancelled."""
        looks = 0
        while True:
            try:
                await self.look(writes=looks % _WRITE_EVERY == 0)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next look goes on
                logs.log_unexpected(log, error)
            looks += 1
            if looks % _BLANK_EVERY == 0 and not self.is_away:
                await self._quietly(self.services.ledger.blank_urls())
                await self._quietly(delete_old(self.services.ledger.database, self.services.settings.retention_days))
            await asyncio.sleep(look_s)

    async def look(self, *, writes: bool = False) -> None:
        """Takes what is due, and starts the work on it. `writes`: sees that the database takes changes, too."""
        try:
            if writes or self.is_away:
                await self.services.ledger.check_writable()
            await self.finish.answers.write_kept()
            if self._lets_others_renew is None:
                self._lets_others_renew = await self._has_just_come()
            if (self.is_away or self._lets_others_renew) and not await self._others_have_renewed():
                return
            while await self._take():
                pass
        except LedgerError as error:
            if not self.is_away:
                log.error("the ledger can't be used: %s; looking again each second", error)  # noqa: TRY400
            self.is_away, self._back_at = True, None
            return
        if self.is_away:
            log.warning("the ledger can be used again")
        self.is_away = self._lets_others_renew = False

    async def _take(self) -> bool:
        """Some rows of channels that few are at work for; whether there may be more."""
        free = MAX_ROWS - self._at_work.total()
        if free <= 0:
            return False
        busy = [channel for channel, rows in self._at_work.items() if rows >= CHANNEL_ROWS]
        rows = await self.services.ledger.take_due(min(free, CHANNEL_ROWS), busy)
        for row, lease in rows:
            self._at_work[row.place.channel] += 1
            self.services.runner.start(self._work(row, lease))
        return bool(rows)

    async def _has_just_come(self) -> bool:
        """A process that starts has not seen the database go, and others may not have renewed yet."""
        database = self.services.ledger.database
        is_young = isinstance(database, HasAServer) and await database.up_for_s() < LEASE_S
        if is_young:
            log.info("the database has just started: for %.0f s others go on with what is theirs", LEASE_S)
        return is_young

    async def _others_have_renewed(self) -> bool:
        """Nobody could renew while the database was away: each process renews what is its own before others take it."""
        now = await self.services.ledger.now()
        if self._back_at is None or now < self._back_at:
            self._back_at = now
        return now >= self._back_at + LEASE_S

    async def _work(self, row: ChangeRow, lease: Lease) -> None:
        logs.reference.set(row.ref or "-")
        deadline = asyncio.get_running_loop().time() + self.services.settings.sweeppea_deadline_s
        try:
            async with lease.kept(deadline):
                await self._go_on(from_row(self.services.ledger, row, lease, deadline), row)
        except LeaseLostError as error:
            log.warning("%s is left to whoever looks next: %s", row.case_number, error)
        except AWAY as error:
            log.warning("the ledger was away: %s", error)
        except Exception as error:  # noqa: BLE001 - the row is tried again; the others go on
            logs.log_unexpected(log, error)
            await self._quietly(self.services.ledger.postpone(lease, pause_s(row.tries), row.receipt))
        finally:
            self._at_work -= Counter([row.place.channel])

    async def _go_on(self, begun: Begun, row: ChangeRow) -> None:
        try:
            await self.resume(begun, row, next_step(row))
        except (*AWAY, LeaseLostError):
            raise
        except Exception as error:
            step = step_after_failure(row)
            if step is None:
                raise
            logs.log_unexpected(log, error)
            log.error("%s was tried for a day, and ends on record: %s", row.case_number, row.id)  # noqa: TRY400
            await self.resume(begun, row, step)

    async def _quietly(self, step: Awaitable[object]) -> None:
        try:
            await step
        except (LedgerError, LeaseLostError) as error:
            log.warning("the ledger could not be written: %s", error)
