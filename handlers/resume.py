"""Going on with a row where somebody stopped, whoever asks for that: see bot.ledger.next_step for what comes next.

The end is the same as a click's: see handlers.finish. Messages into one channel keep Slack's pace.
"""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field, replace

from bot import logs
from bot.api.errors import SweeppeaError
from bot.changes.conclude import conclude_later
from bot.changes.outcome import UNCLEAR, Kind, Outcome, decide
from bot.ledger.next_step import Action, NextStep
from bot.ledger.row import DAY_S, UNDELIVERED, ChangeRow, decode_ticket
from bot.ledger.schedule import due_after_delivery, pause_s
from bot.ledger.statements import REOPEN_S
from bot.ledger.writing import End
from bot.messages import delete_elsewhere, delete_outcome
from bot.tickets import Ticket
from handlers.begun import Begun
from handlers.execute import read_back
from handlers.finish import Finish
from handlers.record import audit_event
from handlers.services import Services
from handlers.slack.tries import SendResult

PACE_S = 1.0
"""Between two messages into one channel."""
_EDITS_ELSEWHERE = 6  # over a minute
MIN_LEFT_S = 30.0
"""Of a request's time, for new buttons to be offered: somebody has to read them and click."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resume:
    services: Services
    finish: Finish
    pace_s: float = PACE_S
    _pace: "defaultdict[str, asyncio.Lock]" = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def __call__(self, begun: Begun, row: ChangeRow, step: NextStep) -> None:
        """Raises LedgerError and LeaseLostError, among others: then the row is tried again later."""
        log.info("going on with %s (%s, %s): %s", row.case_number, row.id, row.state, step.action.name)
        match step.action:
            case Action.END:
                await self._end(begun, await self._outcome(begun, row, step.kind or Kind.UNKNOWN))
            case Action.END_ON_RECORD:
                await self.end_on_record(begun, row, step.kind)
            case Action.RELEASE:
                await self._release(begun)
            case Action.OFFER_AGAIN:
                await self._end(begun, await self._with_new_buttons(begun, Kind.INTERRUPTED))
            case Action.READ:
                await self._read(begun, row)
            case Action.SHOW:
                await self._in_pace(begun)
                await self.show(begun, row)
            case Action.DROP_TEXTS:
                await self._drop_texts(begun, row)

    async def found(self, begun: Begun, row: ChangeRow) -> Outcome:
        """What a read shows now. With another key than the row's, that the ticket can't be found proves nothing."""
        found = await read_back(self.services, begun.click, begun.to.deadline)
        if found == "gone" and row.account != self.services.ledger.account:
            found = "unknown"
        rivals = await self.services.ledger.rivals(begun.click)
        is_sole_attempt = not rivals.users
        kind = conclude_later(row.change, found, is_settled=not row.is_unsettled, is_sole_attempt=is_sole_attempt)
        last_try, seen_at = row.last_try or row.clicked_at, self.services.runtime.now()
        return Outcome(kind=kind, ticket=self._copy(row), last_try=last_try, seen_at=seen_at, rivals=rivals)

    async def show(self, begun: Begun, row: ChangeRow) -> bool:
        """What people were to be shown last, once more; and the receipt, where it was not delivered.

        False where there is nothing to show any more, or where Slack takes no edit and nobody else hears of that.
        """
        ledger = self.services.ledger
        replacement = await ledger.replacement(row)
        if replacement and not row.place.may_be(replacement.place):
            return await self._show_elsewhere(begun, row, replacement)
        if replacement and row.show_again:  # what landed late, lies on top of that one's end: the wait is over
            await ledger.show_again(replacement.id, wait_s=0.0)
        message = ledger.message_of(row)
        if message is None or row.outcome is None or replacement:
            await ledger.drop_texts(begun.lease)
            return False
        await begun.lease.check()
        shown = self.finish.deliver(begun, row.outcome, message, self._copy(row), row.receipt)
        await self.services.runner.complete(shown)
        return True

    async def _show_elsewhere(self, begun: Begun, row: ChangeRow, replacement: ChangeRow) -> bool:
        """The new buttons came as a direct message and were clicked there: this one shows what came of that.

        Where Slack takes no edit, that was said when the direct message was sent.
        """
        ledger, click = self.services.ledger, begun.click
        await begun.lease.check()
        end = ledger.last_word(replacement)
        message = end or delete_elsewhere.went_on(click.request.case_number, click.user_id)

        async def edit() -> SendResult:
            if end:
                logs.reference.set(replacement.ref or "-")  # the message tells of that click
            return await self.finish.deliver.edit(begun, message)

        shown = await self.services.runner.complete(edit())
        if shown is not SendResult.TAKEN and row.tries < _EDITS_ELSEWHERE:
            is_ours = await ledger.postpone(begun.lease, pause_s(row.tries), row.receipt)
        else:
            due_at = row.now + REOPEN_S
            is_ours = await ledger.deliver(begun.lease, row.receipt, keep_copy=False, due_at=due_at, shown_at=row.now)
        if not is_ours:
            await ledger.show_again(row.id)
        return shown is SendResult.TAKEN

    async def schedule_next_look(self, begun: Begun, row: ChangeRow, outcome: Outcome) -> None:
        """Nothing new was seen."""
        ledger = self.services.ledger
        if outcome.kind is Kind.UNKNOWN or row.state == "sending":
            await ledger.postpone(begun.lease, pause_s(row.tries), row.receipt)
        else:
            due_at = due_after_delivery(outcome.kind, row.send_not_after, row.now, 0)
            await ledger.deliver(begun.lease, row.receipt, keep_copy=True, due_at=due_at)

    async def end_on_record(self, begun: Begun, row: ChangeRow, kind: Kind | None) -> None:
        """A day later nobody waits for a message any more. Without a `kind` the row has ended already."""
        ledger, click = self.services.ledger, begun.click
        if kind:
            outcome = Outcome(kind=kind, last_try=row.last_try)
            event = audit_event(begun.to, outcome.meaning(row.change).event, "found a day later", click)
            message = delete_outcome.outcome_message(click, outcome, self.services.request_options)
            if not await ledger.end(begun.lease, End(kind=kind, event=event, message=message, receipt=row.receipt)):
                return
            await self.finish.recorder.publish(event)
        is_undelivered = row.receipt in UNDELIVERED  # `app.py receipt` has it for as long as it is kept
        keep_s = self._receipt_s if is_undelivered else 0
        await ledger.deliver(
            begun.lease, row.receipt, keep_copy=is_undelivered, due_at=row.now + keep_s, shown_at=row.now
        )

    async def _read(self, begun: Begun, row: ChangeRow) -> None:
        outcome = await self.found(begun, row)
        is_untrue = row.outcome is Kind.MAY_STILL_HAPPEN and not row.is_unsettled
        is_nothing_new = outcome.kind is row.outcome or (outcome.kind is Kind.UNKNOWN and not is_untrue)
        if row.state == "delivered" and is_nothing_new:
            await self.schedule_next_look(begun, row, outcome)
        else:
            await self._end(begun, outcome)

    @property
    def _receipt_s(self) -> float:
        return self.services.settings.receipt_days * DAY_S

    async def _drop_texts(self, begun: Begun, row: ChangeRow) -> None:
        """All of them, but for the copy of a receipt that nobody got: that is kept for RECEIPT_DAYS."""
        ledger, keep_until = self.services.ledger, (row.ended_at or 0.0) + self._receipt_s
        if row.receipt in UNDELIVERED and row.now < keep_until:
            await ledger.deliver(begun.lease, row.receipt, keep_copy=True, due_at=keep_until, shown_at=row.now)
        else:
            await ledger.drop_texts(begun.lease)

    async def _outcome(self, begun: Begun, row: ChangeRow, kind: Kind) -> Outcome:
        """For a request that has expired, or that the API has answered."""
        if kind is Kind.BUSY:
            return await self._with_new_buttons(begun, kind)
        return Outcome(kind=kind, ticket=self._copy(row))

    def _copy(self, row: ChangeRow) -> Ticket | None:
        text = self.services.ledger.copy_of(row)
        return decode_ticket(text) if text else None

    async def _end(self, begun: Begun, outcome: Outcome) -> None:
        await self._in_pace(begun)
        await begun.lease.check()
        ledger = self.services.ledger
        if outcome.kind in UNCLEAR and (now := await ledger.row(begun.click.request.id)) and now.new_answer:
            begun, outcome = replace(begun, row=now), await self._outcome(begun, now, now.new_answer)  # came meanwhile
        is_replaced = begun.row is not None and await ledger.replacement(begun.row) is not None
        await self.services.runner.complete(self.finish(replace(begun, is_replaced=is_replaced), outcome))

    async def _in_pace(self, begun: Begun) -> None:
        """Slack takes about one message a second and channel."""
        async with self._pace[begun.to.actor.channel_id]:
            await asyncio.sleep(self.pace_s)

    async def _release(self, begun: Begun) -> None:
        event = audit_event(begun.to, "failed", "interrupted before anything was sent", begun.click)
        if await self.services.ledger.release(begun.lease, event):
            await self.finish.recorder.publish(event)

    async def _with_new_buttons(self, begun: Begun, kind: Kind) -> Outcome:
        """With the ticket where new buttons can be offered: it is as it was shown, and there is time left."""
        request, services = begun.click.request, self.services
        left_s = request.expires_at(services.settings.delete_prompt_ttl_s) - services.runtime.now()
        if left_s < MIN_LEFT_S:
            return Outcome(kind=kind)
        try:
            ticket = await services.client.read(request.case_number, deadline=begun.to.deadline)
        except SweeppeaError:
            return Outcome(kind=kind)
        return decide(request, ticket) or Outcome(kind=kind, ticket=ticket, verified=True)
