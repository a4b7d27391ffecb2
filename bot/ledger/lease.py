"""The sign of life of whoever works on a row, and the right to go on.

A row is its owner's until `lease_until`, which is put off every RENEW_S while a task works on the row, and by nothing
else. A process that was frozen finds that out before it does anything: a call to the outside begins only within
FRESH_S of a renewal, by a clock that goes on while the machine is suspended.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf

from bot.ledger.database import LedgerError
from bot.runtime import Runtime

RENEW_S = 2.0
FRESH_S = 3.0
LONGEST_S = 60.0
"""How long after its deadline a handler may go on holding its row: one that hangs must not hold it for ever."""


class LeaseLostError(Exception):
    """Somebody else has the row, or may have by now: whoever held it does nothing more."""


@dataclass
class Lease:
    """`renewed_at` is from before the renewal was handed to the database, by `runtime.boottime`.

    `failed_at` is when the last renewal failed, by the same clock; None where it did not. `send_not_after` is the
    latest moment for the first byte of the change, by the database's clock; None before one may be sent. `lapsed_at`
    is when a renewal found, by `runtime.boottime`, that the lease had been over: more time has gone by since the one
    before than this machine may know of.
    """

    row_id: str
    owner: str
    fence: int
    renewed_at: float
    runtime: Runtime = field(repr=False)
    write: Callable[["Lease"], Awaitable[bool]] = field(repr=False)
    is_lost: bool = False
    failed_at: float | None = None
    send_not_after: float | None = None
    lapsed_at: float = -inf

    @property
    def is_fresh(self) -> bool:
        """Whether a call to the outside may begin."""
        return not self.is_lost and self.runtime.boottime() - self.renewed_at <= FRESH_S

    @property
    def saw_outage(self) -> bool:
        """The database was away a moment ago. A process that stood still meanwhile has not seen it fail."""
        return self.failed_at is not None and self.runtime.boottime() - self.failed_at <= FRESH_S

    async def renew(self) -> None:
        """Raises LedgerError."""
        if self.is_lost:
            return
        handed_over_at = self.runtime.boottime()
        try:
            is_mine = await self.write(self)
        except LedgerError:
            self.failed_at = self.runtime.boottime()
            raise
        self.failed_at = None
        if is_mine:
            self.renewed_at = handed_over_at
        else:
            self.is_lost = True

    async def check(self) -> None:
        """Raises LeaseLostError where nothing may begin any more, after having tried to renew."""
        if not self.is_fresh and not self.is_lost:
            try:
                await self.renew()
            except LedgerError as error:
                raise LeaseLostError("the lease could not be renewed") from error
        if not self.is_fresh:
            raise LeaseLostError("the lease is over")

    @asynccontextmanager
    async def kept(self, deadline: float) -> AsyncIterator[None]:
        """Renewed until the block ends, and no longer than LONGEST_S after the deadline, in the loop's time."""
        renewing = asyncio.create_task(self._keep(deadline + LONGEST_S))
        try:
            yield
        finally:
            renewing.cancel()

    async def _keep(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        while not self.is_lost and loop.time() < until:
            await asyncio.sleep(RENEW_S)
            try:
                await self.renew()
            except LedgerError:
                continue  # `is_fresh` tells whoever wants to begin something
