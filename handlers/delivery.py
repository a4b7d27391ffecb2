"""The end of a request on its way to people: the message edited, the receipt sent, the row given back.

An edit that Slack did not confirm may land on top of a later one, so the row's end is shown once more 10 s later.
"""

import asyncio
import logging
from dataclasses import dataclass

from bot.blockkit.blocks import Message
from bot.changes.outcome import UNCLEAR, Kind, Outcome
from bot.ledger.database import LedgerError
from bot.ledger.row import UNDELIVERED, UNSENT, Receipt
from bot.ledger.schedule import due_after_delivery, pause_s
from bot.messages import delete_elsewhere
from bot.tickets import Ticket
from handlers.begun import Begun
from handlers.receipts import Receipts
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.tries import SendResult

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    services: Services
    receipts: Receipts

    async def __call__(
        self,
        begun: Begun,
        kind: Kind,
        message: Message,
        ticket: Ticket | None,
        receipt: Receipt,
        *,
        is_marked: bool = False,
    ) -> None:
        """Shows people the end, and gives the row back: delivered, or to be shown again later.

        `is_marked`: that the receipt is sent now is on record.
        """
        ledger, row = self.services.ledger, begun.row
        shown, receipt = await asyncio.gather(
            self.show(begun, kind, message), self.receipts.deliver(begun, kind, ticket, receipt, is_marked=is_marked)
        )
        try:
            if begun.to.uses.has_lost_edit:  # it could not be put on record a moment ago
                await ledger.show_again(begun.click.request.id)
            # where the new buttons were clicked meanwhile, ours may have landed on top of what came of that
            if row and Outcome(kind=kind).has_buttons_again and (replacement := await ledger.replacement(row)):
                await ledger.show_again(replacement.id)
            await ledger.show_elsewhere(begun.click, begun.place)
            if not await self._give_back(begun, kind, receipt, shown=shown):
                await ledger.show_again(begun.click.request.id)  # ours may lie on top of what another has shown since
        except LedgerError as error:
            log.warning("that people know is not in the ledger: %s", error)

    async def _give_back(self, begun: Begun, kind: Kind, receipt: Receipt, *, shown: bool) -> bool:
        """Whether the row was still ours: delivered now, or to be shown again later."""
        ledger, row = self.services.ledger, begun.row
        if (receipt in UNSENT or not shown) and not (row and row.is_given_up):
            return await ledger.postpone(begun.lease, pause_s(row.tries if row else 0), receipt)
        now = row.now if row else begun.send_not_after or self.services.runtime.now()
        is_undelivered = receipt in UNDELIVERED
        days = self.services.settings.receipt_days if is_undelivered else 0
        return await ledger.deliver(
            begun.lease,
            receipt,
            keep_copy=is_undelivered or kind in UNCLEAR,
            due_at=due_after_delivery(kind, begun.send_not_after, now, days),
            shown_at=row.now if row else 0.0,
        )

    async def dm_or_send(self, to: Interaction, message: Message) -> SendResult:
        """A direct message, or else a private answer."""
        direct = await self.services.replies.direct(to.actor.user_id, message)
        if direct is SendResult.TAKEN:
            return direct
        return (await self.services.replies.send(to, message)).then(direct)

    async def show(self, begun: Begun, kind: Kind, message: Message) -> bool:
        """Whether people can see how the request ended; a direct message where its own can't be changed."""
        if begun.is_replaced:
            return True
        shown = await self.edit(begun, message)
        if shown is SendResult.TAKEN or not begun.may_tell:
            return shown is SendResult.TAKEN
        link = self.services.link_to(begun.to.actor.channel_id, "" if begun.to.is_ephemeral else begun.to.message_ts)
        result = await self._tell_directly(begun, kind, delete_elsewhere.out_of_date(message, link), link)
        return result in {SendResult.TAKEN, SendResult.NEVER}  # NEVER: there is nobody to tell

    async def edit(self, begun: Begun, message: Message) -> SendResult:
        """Changes the request's own message, and no other."""
        shown = await self.services.replies.edit(begun.to, message, may_begin=lambda: begun.may_tell)
        if begun.to.uses.has_lost_edit or not begun.may_tell:
            await self.show_again(begun)
        return shown

    async def _tell_directly(self, begun: Begun, kind: Kind, message: Message, link: str) -> SendResult:
        """To who clicked. Where that is somebody who checks, new buttons go to who confirmed.

        So does everything, where whoever checks may not look at tickets.
        """
        to, confirmer = begun.to, begun.click.user_id or begun.click.request.requester
        if begun.by_recovery:
            return await self.services.replies.direct(confirmer, message)
        may_have = self.services.policy.read(to.actor) and not Outcome(kind=kind).has_buttons_again
        if to.actor.user_id == confirmer or may_have:
            return await self.dm_or_send(to, message)
        sent = await self.services.replies.direct(confirmer, message)
        is_sent = sent is SendResult.TAKEN
        await self.services.replies.send(to, delete_elsewhere.sent_to_another(confirmer, link, is_sent=is_sent))
        return sent

    async def show_again(self, begun: Begun) -> None:
        """The edit may be on its way still, and land on top of a later one."""
        try:
            await self.services.ledger.show_again(begun.click.request.id)
            begun.to.uses.has_lost_edit = False
        except LedgerError as error:
            log.warning("that an old edit may come late is not in the ledger: %s", error)
