"""The deleted ticket's text, for who confirmed; and where they can't be reached, for who asked."""

import asyncio
from dataclasses import dataclass
from functools import partial

from bot.blockkit.blocks import Message
from bot.ledger.row import Receipt
from bot.messages import receipt
from bot.tickets import Ticket
from handlers.begun import Begun
from handlers.services import Services
from handlers.slack.replies import SendResult


@dataclass(frozen=True)
class Receipts:
    services: Services

    async def send(self, begun: Begun, ticket: Ticket, before: Receipt, marked: Receipt, *, confirmed: bool) -> Receipt:
        """How the receipt stands then: `marked`, as is on record by now, unless Slack surely has it or has not."""
        make = partial(receipt.receipt, ticket, confirmed=confirmed)
        messages = await asyncio.to_thread(make) if receipt.is_large(ticket) else make()
        request = begun.click.request
        for user_id in dict.fromkeys((begun.click.user_id, request.requester)):
            sent = await self._send_to(user_id, messages, begun)
            if sent is SendResult.TAKEN:
                return "sent"
            if sent is SendResult.UNCLEAR:
                return marked
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
