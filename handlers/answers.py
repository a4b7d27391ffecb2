"""What is proven of a click, by the ticket API's own word or since nothing was sent, kept until the ledger has it."""

import asyncio
import logging
from dataclasses import dataclass, field

from bot.changes.outcome import Kind
from bot.changes.request import Click
from bot.ledger.database import AWAY, LedgerError
from bot.ledger.ledger import Ledger
from bot.ledger.row import Receipt

_RETRY_S = 5.0  # between two tries to write into a database that is away

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answers:
    ledger: Ledger
    _kept: dict[str, tuple[Click, Kind, Receipt]] = field(default_factory=dict)
    """By the click's ref: what is proven, and how the receipt stands."""

    def keep(self, click: Click, kind: Kind, receipt: Receipt = "") -> None:
        """`receipt`: "sent" where Slack has it."""
        self._kept[click.ref] = (click, kind, receipt)

    async def write(self, click: Click, kind: Kind, receipt: Receipt = "") -> None:
        """Returns once that is in the ledger."""
        self.keep(click, kind, receipt)
        while click.ref in self._kept:
            try:
                await self.write_kept()
            except AWAY:
                await asyncio.sleep(_RETRY_S)

    async def write_kept(self) -> None:
        """Raises UnavailableError, UnclearCommitError."""
        for ref, answer in list(self._kept.items()):
            try:
                await self.ledger.add_answer(*answer)
            except AWAY:
                raise
            except LedgerError as error:
                log.error("an answer of the API is lost for the click %s: %s", ref, error)  # noqa: TRY400 - a fault of ours
            if self._kept.get(ref) == answer:
                del self._kept[ref]
