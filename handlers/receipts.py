"""The deleted ticket's text, for who confirmed; and where they can't be reached, for who asked.

Who may not look at tickets any more gets none: TICKET_VIEWERS may be another than at the request, or at the click.
Where that is both, it is not tried: the copy is kept.
"""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind, Outcome
from bot.ledger.database import LedgerError
from bot.ledger.row import UNSENT, Receipt, is_whole
from bot.messages import receipt
from bot.tickets import Ticket
from handlers.begun import Begun
from handlers.services import Services
from handlers.slack.tries import SendResult

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipts:
    services: Services

    def before(self, begun: Begun, outcome: Outcome) -> Receipt:
        """How the receipt stands so far. Whoever had the row before may have sent one from memory, without a trace."""
        before: Receipt = begun.row.receipt if begun.row else ""
        is_wanted = outcome.is_gone and begun.click.change == "delete" and self.services.settings.delete_receipt
        if before or not is_wanted or outcome.ticket is None or not is_whole(outcome.ticket):
            return before if is_wanted else ""
        return "maybe" if begun.row else "due"

    async def deliver(
        self, begun: Begun, kind: Kind, ticket: Ticket | None, before: Receipt, *, is_marked: bool
    ) -> Receipt:
        """How the receipt stands then. `is_marked`: that it is sent now is on record; else that comes first."""
        if before not in UNSENT or ticket is None:
            return before
        marked = after_sending(before)
        try:
            if not is_marked and not await self.services.ledger.mark_receipt(begun.lease, marked):
                return before
        except LedgerError as error:
            log.warning("the receipt waits, since the ledger can't be written: %s", error)
            return before
        return await self._send(begun, ticket, before, marked, confirmed=kind is Kind.DONE)

    async def _send(self, begun: Begun, ticket: Ticket, before: Receipt, sent: Receipt, *, confirmed: bool) -> Receipt:
        """How the receipt stands then: as `sent`, which is on record by now, unless Slack surely has it or has not."""
        viewers, request = self.services.policy.viewers, begun.click.request
        readers = [user for user in dict.fromkeys((begun.click.user_id, request.requester)) if user in viewers]
        if not readers:
            return "kept"
        make = partial(receipt.receipt, ticket, confirmed=confirmed)
        messages = await asyncio.to_thread(make) if receipt.is_large(ticket) else make()
        for user_id in readers:
            result = await self._send_to(user_id, messages, begun)
            if result is SendResult.TAKEN:
                return "sent"
            if result is SendResult.UNCLEAR:
                return sent
        if before == "due" and begun.row is None:  # at the click itself: somebody is looking
            await self.services.replies.send(begun.to, receipt.shortened(ticket, confirmed=confirmed))
        return before

    async def _send_to(self, user_id: str, messages: list[Message], begun: Begun) -> SendResult:
        """A message that may have arrived is not repeated at once; a part of the receipt counts as one of them."""
        for number, message in enumerate(messages):
            sent = await self.services.replies.direct(
                user_id, message, repeatable=False, may_begin=lambda: begun.may_tell
            )
            if sent is not SendResult.TAKEN:
                return sent if number == 0 else SendResult.UNCLEAR
        return SendResult.TAKEN


def after_sending(before: Receipt) -> Receipt:
    """What is on record before it is sent, should nobody hear what came of that. It is sent twice at most."""
    return "maybe" if before == "due" else "kept"
