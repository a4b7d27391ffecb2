"""The end of a request, whatever came of it: on record, the row ended, people answered, the receipt sent.

Entered by a click's handler and by recovery alike. Without a database people hear what this process knows.
"""

import asyncio
import logging
from dataclasses import dataclass, replace

from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.changes.outcome import UNCLEAR, Kind, Outcome
from bot.changes.request import ID_BYTES, Click
from bot.ledger.database import LedgerError
from bot.ledger.row import UNDELIVERED, UNSENT, Receipt
from bot.ledger.schedule import due_after_delivery, pause_s
from bot.ledger.writing import End
from bot.messages import delete_elsewhere, delete_outcome
from bot.messages.errors import interrupted, not_cancelled, not_recordable
from bot.tickets import Ticket
from handlers.answers import Answers
from handlers.begun import Begun
from handlers.receipts import Receipts, after_sending
from handlers.record import Recorder, audit_event
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.tries import SendResult

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finish:
    services: Services
    recorder: Recorder
    receipts: Receipts
    answers: Answers

    async def __call__(self, begun: Begun, outcome: Outcome) -> None:
        if outcome.leaves_request:
            await self._leave(begun, outcome)
            return
        outcome = self._with_renewed_request(begun, outcome)
        event = _event(begun, outcome)
        message = delete_outcome.outcome_message(begun.click, outcome, self.services.request_options)
        receipt = self.receipts.before(begun, outcome)
        uses = begun.uses_with_edit
        end = End(
            kind=outcome.kind,
            event=event,
            message=message,
            receipt=after_sending(receipt) if receipt in UNSENT else receipt,
            uses=uses,
            is_busy=_may_come_about(begun, outcome),
            renewed=outcome.renewed,
            is_by_answer=bool(begun.row and begun.row.new_answer),
        )
        try:
            is_ours = await self.services.ledger.end(begun.lease, end, begun.place)
            if not is_ours:
                if answer := _answer(begun, outcome):
                    await self.answers.write(begun.click, answer)
                await self.leave_to_others(begun)
                return
        except LedgerError as error:
            await self._without_ledger(begun, outcome, end, receipt, error)
            return
        begun.to.uses.recorded = uses
        await self.recorder.publish(event)
        await self.deliver(begun, outcome.kind, message, outcome.ticket, receipt, is_marked=True)

    async def deliver(
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
            self._show(begun, message), self.receipts.deliver(begun, kind, ticket, receipt, is_marked=is_marked)
        )
        try:
            if begun.to.uses.has_lost_edit:  # it could not be put on record a moment ago
                await ledger.show_again(begun.click.request.id)
            # where the new buttons were clicked meanwhile, ours may have landed on top of what came of that
            if row and Outcome(kind=kind).has_buttons_again and (replacement := await ledger.replacement(row)):
                await ledger.show_again(replacement)
            if (receipt in UNSENT or not shown) and not (row and row.is_given_up):
                await ledger.postpone(begun.lease, pause_s(row.tries if row else 0), receipt)
                return
            now = row.now if row else begun.send_not_after or self.services.runtime.now()
            is_undelivered = receipt in UNDELIVERED
            days = self.services.settings.receipt_days if is_undelivered else 0
            due_at = due_after_delivery(kind, begun.send_not_after, now, days)
            await ledger.deliver(
                begun.lease,
                receipt,
                keep_copy=is_undelivered or kind in UNCLEAR,
                due_at=due_at,
                shown_at=row.now if row else 0.0,
            )
        except LedgerError as error:
            log.warning("that people know is not in the ledger: %s", error)

    async def give_back(self, begun: Begun, error: BaseException) -> bool:
        """Whether somebody else goes on, and tells people.

        What was sent is looked up by whoever has the row next. Where nothing was sent and the buttons stand, they work
        again; where they went, recovery brings new ones.
        """
        if begun.lease.send_not_after is not None:
            return True
        reason = "stopped" if isinstance(error, asyncio.CancelledError) else type(error).__name__
        event = audit_event(begun.to, "failed", f"{reason} before anything was sent", begun.click)
        try:
            row = await self.services.ledger.row(begun.click.request.id)
            if row and row.announced:
                return await self.services.ledger.postpone(begun.lease, 0.0, "")
            if await self.services.ledger.release(begun.lease, event):
                await self.recorder.publish(event)
        except LedgerError as failure:
            log.warning("the row is left to recovery, which puts it on record: %s", failure)
        return False

    async def refuse_unrecorded(self, by: Interaction, click: Click, *, is_cancel: bool) -> None:
        """The ledger could not be written, so the click changed nothing."""
        outcome, options = Outcome(kind=Kind.NOT_RECORDED), self.services.request_options
        words = "the cancelling could not be recorded" if is_cancel else outcome.meaning(click.change).audit
        await self.recorder.publish(audit_event(by, "failed", words, click))
        if is_cancel:
            message = not_cancelled(click.request.case_number, click.ref, options.contact)
        else:
            message = delete_outcome.outcome_message(click, outcome, options)
        await self.services.replies.send(by, message)

    async def dm_or_send(self, to: Interaction, message: Message) -> SendResult:
        """A direct message, or else a private answer."""
        direct = await self.services.replies.direct(to.actor.user_id, message)
        if direct is SendResult.TAKEN:
            return direct
        answer = await self.services.replies.send(to, message)
        return direct if direct is SendResult.NEVER and answer is not SendResult.TAKEN else answer

    async def _leave(self, begun: Begun, outcome: Outcome) -> None:
        """The request stands as before; the person gets a private answer, which is true whoever has the row by now."""
        event = _event(begun, outcome)
        try:
            is_ours = await self.services.ledger.release(begun.lease, event)
        except LedgerError as error:
            log.warning("the row is left to recovery, which puts it on record: %s", error)
            is_ours = False
        if is_ours:
            await self.recorder.publish(event)
        message = delete_outcome.outcome_message(begun.click, outcome, self.services.request_options)
        if outcome.kind is Kind.NOT_UPDATABLE:
            await self.dm_or_send(begun.to, message)
        else:
            await self.services.replies.send(begun.to, message)

    async def leave_to_others(self, begun: Begun) -> None:
        """Somebody else has the row by now, and answers people. Its own person hears where a click sent nothing."""
        log.warning("%s is left to others", begun.click.request.case_number)
        await self._show_again(begun)  # our "Deleting…" may land on top of what they show
        if begun.row is None and begun.send_not_after is None:
            await self.services.replies.send(begun.to, interrupted(begun.to.reference))

    async def _without_ledger(
        self, begun: Begun, outcome: Outcome, end: End, receipt: Receipt, error: LedgerError
    ) -> None:
        """People hear what this process knows; the ticket system's answer is written once the database is back."""
        log.error("%s can't be written: %s", begun.click.request.case_number, error)
        if outcome.kind in {Kind.CANCELLED, Kind.EXPIRED}:  # true only once it is in the database
            contact = self.services.replies.bot_contact
            if begun.row is None:
                await self.recorder.publish(audit_event(begun.to, "failed", "can't be recorded", begun.click))
                await self.services.replies.send(begun.to, not_recordable(begun.to.reference, contact))
            return
        if end.event:
            await self.recorder.publish(end.event)
        answer = _answer(begun, outcome)
        if answer:  # before anything takes time: recovery writes this before it looks for rows
            self.answers.keep(begun.click, answer)
        begun.to.uses.record = None
        from_memory = replace(begun, is_from_memory=True)
        if begun.row:  # whoever had it before may have sent one without a trace: the next one waits for the database
            receipt = ""
        _, receipt = await asyncio.gather(
            self._show(from_memory, end.message),
            self.receipts.deliver(from_memory, outcome.kind, outcome.ticket, receipt, is_marked=True),
        )
        if answer:
            known: Receipt = "sent" if receipt == "sent" else ""
            writing = self.answers.write(begun.click, answer, known)
            self.services.runner.start_in_background(writing)

    def _with_renewed_request(self, begun: Begun, outcome: Outcome) -> Outcome:
        """The request that takes this one's place, where its buttons come back."""
        if not (outcome.has_buttons_again and outcome.ticket):
            return outcome
        request, id_ = begun.click.request, self.services.runtime.token_hex(ID_BYTES)
        if outcome.kind is Kind.CHANGED:
            now = int(self.services.runtime.now())
            return replace(outcome, renewed=request.renew(outcome.ticket, id=id_, requested_at=now))
        return replace(outcome, renewed=request.repeat(id=id_))

    async def _show(self, begun: Begun, message: Message) -> bool:
        """Whether people can see how the request ended; a direct message where its own can't be changed."""
        if begun.is_replaced:
            return True
        shown = await self.services.replies.edit(begun.to, message, may_begin=lambda: begun.may_tell)
        if begun.to.uses.has_lost_edit or not begun.may_tell:
            await self._show_again(begun)
        if shown is SendResult.TAKEN or not begun.may_tell:
            return shown is SendResult.TAKEN
        link = self.services.link_to(begun.to.actor.channel_id, "" if begun.to.is_ephemeral else begun.to.message_ts)
        result = await self.dm_or_send(begun.to, delete_elsewhere.out_of_date(message, link))
        return result in {SendResult.TAKEN, SendResult.NEVER}  # NEVER: there is nobody to tell

    async def _show_again(self, begun: Begun) -> None:
        """The edit may be on its way still, and land on top of a later one."""
        try:
            await self.services.ledger.show_again(begun.click.request.id)
            begun.to.uses.has_lost_edit = False
        except LedgerError as error:
            log.warning("that an old edit may come late is not in the ledger: %s", error)


def _answer(begun: Begun, outcome: Outcome) -> Kind | None:
    """What is proven of this click, whoever has the row: by the API's own word, or since this process sent nothing.

    The latter matters where the ledger may have that it was sent: its commit was not answered.
    """
    if outcome.kind is Kind.NOT_SAVED:
        return outcome.kind
    was_sent = begun.send_not_after is not None
    return outcome.api_answer if was_sent else None


def _may_come_about(begun: Begun, outcome: Outcome) -> bool:
    is_settled = begun.row is not None and not begun.row.is_unsettled
    return outcome.kind in {Kind.MAY_STILL_HAPPEN, Kind.UNKNOWN} and not is_settled


def _event(begun: Begun, outcome: Outcome) -> AuditEvent:
    event, _, words = outcome.meaning(begun.click.change)
    error = f": {outcome.error}" if outcome.error else ""
    return audit_event(begun.to, event, f"{words}{error}", begun.click)
