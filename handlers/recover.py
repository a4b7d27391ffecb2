"""Whoever goes on where a process stopped: a look at the ledger each second, and the same ending as a click's.

open        its time is over: the buttons go
claimed     nothing was sent: the buttons work again, or new ones are posted
sending     never sent again: the ticket is read, and people hear what a click's handler would say
ended       told again, until Slack has taken message and receipt
delivered   read once more where the API never said, shown once more where an old edit may lie on top; then forgotten

One row's trouble holds up no other; messages into one channel keep Slack's pace.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable
from dataclasses import dataclass, field

from bot import logs
from bot.api.errors import SweeppeaError
from bot.changes.outcome import UNCLEAR, Kind, Outcome, conclude_later, decide
from bot.ledger.database import AWAY, LedgerError
from bot.ledger.lease import Lease, LeaseLostError
from bot.ledger.ledger import End
from bot.ledger.retention import delete_old
from bot.ledger.row import DAY_S, ChangeRow, decode_message, decode_ticket
from bot.ledger.schedule import due_after_delivery, pause_s
from bot.ledger.statements import LEASE_S
from bot.messages import delete_outcome
from bot.tickets import Ticket
from handlers.begun import Begun, from_row
from handlers.execute import read_back
from handlers.finish import Finish
from handlers.record import audit_event
from handlers.services import Services

LOOK_S = 1.0
MOST = 16
"""Rows that are worked on at a time."""
PACE_S = 1.0
"""Between two messages into one channel."""
LEAST_S = 30.0
"""That a request with new buttons has to hold, in seconds: somebody has to read it."""
_BLANK_EVERY = 60  # looks

log = logging.getLogger(__name__)


@dataclass
class Recovery:
    """`is_away`: the database can't be used, or is back for less than a lease."""

    services: Services
    finish: Finish
    pace_s: float = PACE_S
    is_away: bool = False
    _back_at: float | None = None  # by the database's clock
    _working: int = 0
    _pace: "defaultdict[str, asyncio.Lock]" = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def run(self, look_s: float = LOOK_S) -> None:
        """Until it is cancelled."""
        looks = 0
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next look goes on
                logs.log_unexpected(log, error)
            looks += 1
            if looks % _BLANK_EVERY == 0 and not self.is_away:
                await self._quietly(self.services.ledger.blank_urls())
                await self._quietly(delete_old(self.services.ledger.database, self.services.settings.retention_days))
            await asyncio.sleep(look_s)

    async def look(self) -> None:
        """Takes what is due, and starts the work on it."""
        if self._working >= MOST:
            return
        try:
            if self.is_away and not await self._others_have_renewed():
                return
            taken = await self.services.ledger.take_due(MOST - self._working)
        except LedgerError as error:
            if not self.is_away:
                log.error("the ledger can't be read: %s; looking again each second", error)  # noqa: TRY400
            self.is_away, self._back_at = True, None
            return
        if self.is_away:
            log.warning("the ledger can be read again")
        self.is_away = False
        for row, lease in taken:
            self._working += 1
            self.services.runner.start(self._work(row, lease))

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
                await self.go_on(from_row(self.services.ledger, row, lease, deadline), row)
        except LeaseLostError as error:
            log.warning("%s is left to whoever looks next: %s", row.case_number, error)
        except AWAY as error:
            log.warning("the ledger was away: %s", error)
        except Exception as error:  # noqa: BLE001 - the row is tried again; the others go on
            logs.log_unexpected(log, error)
            await self._quietly(self.services.ledger.postpone(lease, pause_s(row.tries), row.receipt))
        finally:
            self._working -= 1

    async def go_on(self, begun: Begun, row: ChangeRow) -> None:
        """Raises LedgerError and LeaseLostError, among others: then the row is tried again later."""
        log.info("going on with %s (%s, %s)", row.case_number, row.id, row.state)
        if row.is_stale or (row.state == "open" and not row.place.editable):
            await self._end_on_record(begun, row)
        elif row.state == "open":
            await self._told(begun, Outcome(kind=Kind.EXPIRED))
        elif row.state == "claimed":
            await self._release(begun, row)
        elif row.answer and row.answer is not row.outcome:
            await self._told(begun, Outcome(kind=row.answer, ticket=self._copy(row)))
        elif row.state == "sending":
            await self._told(begun, await self.later(begun, row))
        elif row.state == "ended" or row.show_again:
            await self._in_pace(begun)
            await self.show(begun, row)
        elif row.outcome in UNCLEAR and row.send_not_after and row.now < row.send_not_after + DAY_S:
            await self._look_again(begun, row)
        else:
            await self.services.ledger.forget(begun.lease)

    async def later(self, begun: Begun, row: ChangeRow) -> Outcome:
        """What a read shows now. With another key than the row's, that the ticket can't be found proves nothing."""
        found = await read_back(self.services, begun.click, begun.to.deadline)
        if found == "gone" and row.account != self.services.ledger.account:
            found = "unknown"
        rivals = await self.services.ledger.rivals(begun.click)
        kind = conclude_later(row.change, found, is_settled=not row.is_unsettled, is_sole_attempt=not rivals)
        return Outcome(kind=kind, ticket=self._copy(row), last_try=row.last_try or row.clicked_at, rivals=rivals)

    def _copy(self, row: ChangeRow) -> Ticket | None:
        text = self.services.ledger.copy_of(row)
        return decode_ticket(text) if text else None

    async def _told(self, begun: Begun, outcome: Outcome) -> None:
        await self._in_pace(begun)
        await begun.lease.check()
        await self.services.runner.complete(self.finish(begun, outcome))

    async def _in_pace(self, begun: Begun) -> None:
        """Slack takes about one message a second and channel."""
        async with self._pace[begun.to.actor.channel_id]:
            await asyncio.sleep(self.pace_s)

    async def _release(self, begun: Begun, row: ChangeRow) -> None:
        if not row.announced:
            event = audit_event(begun.to, "failed", "interrupted before anything was sent", begun.click)
            if await self.services.ledger.release(begun.lease, event):
                await self.finish.recorder.publish(event)
            return
        await self._told(begun, await self._interrupted(begun))

    async def _interrupted(self, begun: Begun) -> Outcome:
        """With the ticket where new buttons can be offered: it is as it was shown, and there is time left."""
        request, services = begun.click.request, self.services
        left_s = request.expires_at(services.settings.delete_prompt_ttl_s) - services.runtime.now()
        if left_s < LEAST_S:
            return Outcome(kind=Kind.INTERRUPTED)
        try:
            ticket = await services.client.read(request.case_number, deadline=begun.to.deadline)
        except SweeppeaError:
            return Outcome(kind=Kind.INTERRUPTED)
        return decide(request, ticket) or Outcome(kind=Kind.INTERRUPTED, ticket=ticket, verified=True)

    async def show(self, begun: Begun, row: ChangeRow) -> bool:
        """What people were told last, once more; and the receipt, where it was not delivered.

        False where there is nothing to show any more.
        """
        text = self.services.ledger.message_of(row)
        if text is None or row.outcome is None or await self._is_replaced(row):
            await self.services.ledger.forget(begun.lease)
            return False
        await begun.lease.check()
        told = self.finish.deliver(begun, row.outcome, decode_message(text), self._copy(row), row.receipt)
        await self.services.runner.complete(told)
        return True

    async def _is_replaced(self, row: ChangeRow) -> bool:
        """Whether a request that took this one's place was clicked since: the message is that one's."""
        return await self.services.ledger.is_replaced(row)

    async def _look_again(self, begun: Begun, row: ChangeRow) -> None:
        outcome = await self.later(begun, row)
        is_untrue = row.outcome is Kind.MAY_STILL_HAPPEN and not row.is_unsettled
        if outcome.kind is row.outcome or (outcome.kind is Kind.UNKNOWN and not is_untrue):
            await self.put_back(begun, row, outcome)
        else:
            await self._told(begun, outcome)

    async def put_back(self, begun: Begun, row: ChangeRow, outcome: Outcome) -> None:
        """Nothing new was seen: when to look next."""
        ledger = self.services.ledger
        if outcome.kind is Kind.UNKNOWN or row.state == "sending":
            await ledger.postpone(begun.lease, pause_s(row.tries), row.receipt)
        else:
            due_at = due_after_delivery(outcome.kind, row.send_not_after, row.now, 0)
            await ledger.deliver(begun.lease, row.receipt, keep_copy=True, due_at=due_at)

    async def _end_on_record(self, begun: Begun, row: ChangeRow) -> None:
        """A day later nobody waits for a message any more."""
        ledger, click = self.services.ledger, begun.click
        if row.state == "delivered":
            await ledger.forget(begun.lease)
            return
        if row.state in {"open", "claimed", "sending"}:
            kind = Kind.UNKNOWN if row.state == "sending" else Kind.EXPIRED
            outcome = Outcome(kind=kind, last_try=row.last_try)
            event = audit_event(begun.to, outcome.meaning(row.change).event, "found a day later", click)
            message = delete_outcome.outcome_message(click, outcome, self.services.request_options)
            if not await ledger.end(begun.lease, End(kind=kind, event=event, message=message)):
                return
            await self.finish.recorder.publish(event)
        is_unsent = row.receipt in {"due", "maybe"}  # `app.py receipt` has it for as long as it is kept
        keep_s = self.services.settings.receipt_days * DAY_S if is_unsent else 0
        await ledger.deliver(begun.lease, row.receipt, keep_copy=is_unsent, due_at=row.now + keep_s)

    async def _quietly(self, step: Awaitable[object]) -> None:
        try:
            await step
        except (LedgerError, LeaseLostError) as error:
            log.warning("the ledger could not be written: %s", error)
