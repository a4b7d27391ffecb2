"""The end of a request, whatever came of it: on record, the row ended, people answered, the receipt sent.

Entered by a click's handler and by recovery alike. Without a database people hear what this process knows.
"""

import asyncio
import logging
from dataclasses import dataclass, replace

from bot.audit import AuditEvent
from bot.changes.outcome import Kind, Outcome
from bot.changes.request import ID_BYTES, Click
from bot.ledger.database import LedgerError
from bot.ledger.row import UNSENT, Receipt
from bot.ledger.writing import End
from bot.messages import delete_outcome
from bot.messages.errors import interrupted, not_cancelled, not_recordable
from handlers.answers import Answers
from handlers.begun import Begun
from handlers.delivery import Delivery
from handlers.receipts import Receipts, after_sending
from handlers.record import Recorder, audit_event
from handlers.services import Services
from handlers.slack.interaction import Interaction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finish:
    services: Services
    recorder: Recorder
    receipts: Receipts
    deliver: Delivery
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
            await self.deliver.dm_or_send(begun.to, message)
        else:
            await self.services.replies.send(begun.to, message)

    async def leave_to_others(self, begun: Begun) -> None:
        """Somebody else has the row by now, and answers people. Its own person hears where a click sent nothing."""
        log.warning("%s is left to others", begun.click.request.case_number)
        await self.deliver.show_again(begun)  # our "Deleting…" may land on top of what they show
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
            self.deliver.show(from_memory, end.kind, end.message),
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


def _answer(begun: Begun, outcome: Outcome) -> Kind | None:
    """What is proven of this click, whoever has the row: by the API's own word, or since this process sent nothing.

    The latter matters where the ledger may have that it was sent: its commit was not answered.
    """
    if outcome.kind is Kind.NOT_SAVED:
        return outcome.kind
    if begun.send_not_after is None:
        return None
    is_undone = begun.row is None and outcome.is_without_effect  # each try was refused, whatever ended the last one
    return outcome.api_answer or (Kind.BUSY if is_undone else None)


def _may_come_about(begun: Begun, outcome: Outcome) -> bool:
    is_settled = begun.row is not None and not begun.row.is_unsettled
    return outcome.kind in {Kind.MAY_STILL_HAPPEN, Kind.UNKNOWN} and not is_settled


def _event(begun: Begun, outcome: Outcome) -> AuditEvent:
    event, _, words = outcome.meaning(begun.click.change)
    error = f": {outcome.error}" if outcome.error else ""
    return audit_event(begun.to, event, f"{words}{error}", begun.click)
