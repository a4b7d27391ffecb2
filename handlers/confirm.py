"""A click on *Delete* or *Resolve instead*: one way, from the click to what people read.

authorize (handlers.routes, handlers.access)  ->  take the request (the ledger)  ->  read afresh  ->  decide
->  record the confirmation  ->  take the buttons away  ->  execute (handlers.execute)  ->  finish (handlers.finish)
"""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from bot import logs
from bot.api.errors import SweeppeaError, TicketNotFoundError
from bot.changes.outcome import Kind, Outcome, decide
from bot.changes.request import ChangeRequest, Click
from bot.ledger.database import LedgerError
from bot.ledger.lease import LeaseLostError
from bot.ledger.row import ChangeRow, encode_ticket
from bot.ledger.writing import Sent
from bot.messages import delete_check, delete_elsewhere
from bot.messages.errors import stale_button
from bot.tickets import Change, Ticket
from handlers.begun import Begun, at_place, place_of, record_uses
from handlers.execute import Execution
from handlers.finish import Finish
from handlers.reading import read, read_timed
from handlers.record import Recorder, audit_event
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.tries import SendResult

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Confirmation:
    services: Services
    recorder: Recorder
    finish: Finish

    async def delete(self, interaction: Interaction) -> None:
        await self._confirm(interaction, "delete")

    async def resolve(self, interaction: Interaction) -> None:
        await self._confirm(interaction, "resolve")

    async def _confirm(self, interaction: Interaction, change: Change) -> None:
        request = ChangeRequest.parse(interaction.action_value)
        if request is None or (change == "resolve" and not self.services.settings.ticket_resolve):
            await self.recorder.refuse(interaction, "the button is out of date", stale_button(), change=change)
        elif begun := await self.take(interaction, request, change):
            await self.carry_through(begun, self._attempt(begun))

    async def take(
        self, interaction: Interaction, request: ChangeRequest, change: Change, *, locks_ticket: bool = True
    ) -> Begun | None:
        """None where somebody was faster, or the ledger can't be reached; the person has that answer."""
        ledger, user_id = self.services.ledger, interaction.actor.user_id
        now = int(self.services.runtime.now())
        click = Click(request=request, change=change, user_id=user_id, at=now, ref=interaction.reference)
        to = Sent(interaction.response_url, interaction.uses.count)
        try:
            before = await ledger.row(request.id)
            place = before.place.clicked_in(place_of(interaction)) if before else place_of(interaction)
            taken = await ledger.take(click, place, to, locks_ticket=locks_ticket)
        except LedgerError as error:
            log.error("the ledger can't be written: %s", error)  # noqa: TRY400 - where it was raised tells nothing
            await self.finish.refuse_unrecorded(interaction, click, is_cancel=not locks_ticket)
            return None
        if isinstance(taken, ChangeRow):
            await self._refuse(interaction, request, change, taken)
            return None
        record_uses(ledger, taken, interaction.uses)
        return Begun(
            click=click,
            to=at_place(interaction, place),
            place=place,
            lease=taken,
            is_known=before is not None,
        )

    async def _refuse(self, by: Interaction, request: ChangeRequest, change: Change, row: ChangeRow) -> None:
        standing = row.standing
        if row.id == request.id:
            reason = f"already {standing.state}"
            message = delete_elsewhere.already_handled(request.case_number, standing)
        else:
            reason, message = "another request is under way", delete_elsewhere.other_request(row.click)
        if row.id == request.id:
            await self.services.runner.complete(self._show_end(by, row))
        await self.recorder.refuse(by, reason, message, request, change=change)

    async def _show_end(self, by: Interaction, row: ChangeRow) -> None:
        """Its buttons stood for longer than they should: the click brings a way to change that message."""
        try:
            message = self.services.ledger.last_word(row)
        except LedgerError as error:
            log.warning("the message is left as it is: %s", error)
            return
        if message:
            logs.reference.set(row.ref)  # the message tells of that click
            await self.services.replies.replace(by, message)

    async def carry_through(self, begun: Begun, attempt: Awaitable[Outcome]) -> None:
        """To the end, whatever comes of the attempt. Who has lost the row meanwhile says nothing more.

        What a stop cuts off is handed over: another process ends it, or the next start of this one.
        """
        async with begun.lease.kept(begun.to.deadline):
            try:
                outcome = await attempt
            except LeaseLostError as error:
                log.warning("%s: %s", begun.click.request.case_number, error)
                await self.services.runner.complete(self.finish.leave_to_others(begun))
                return
            except BaseException as error:
                is_handed_over = await self.services.runner.complete(self.finish.give_back(begun, error))
                if not is_handed_over or not isinstance(error, asyncio.CancelledError):
                    raise
                logs.note(outcome="handed over: the bot is stopping", level=logging.WARNING)
                return
            await self.services.runner.complete(self.finish(begun, outcome))

    async def _attempt(self, begun: Begun) -> Outcome:
        services, request, to = self.services, begun.click.request, begun.to
        if request.is_expired(begun.click.at, services.settings.delete_prompt_ttl_s):
            return await self.end_unchanged(begun, Kind.EXPIRED)
        try:
            ticket, verified_at = await read_timed(services, to, request.case_number, then=begun.click.change)
        except TicketNotFoundError:
            return Outcome(kind=Kind.NOT_FOUND)
        except SweeppeaError as error:
            return Outcome(kind=Kind.NOT_READ, error=error)
        if outcome := decide(request, ticket):
            return outcome
        return (
            await self._announce(begun, ticket)
            or await Execution(services, begun, ticket, to.deadline, verified_at).run()
        )

    async def end_unchanged(self, begun: Begun, kind: Kind) -> Outcome:
        """For a request that is cancelled, or clicked too late.

        Of a request that the ledger knew all is known. Any other may have been carried out without a trace here, and
        its record must not be replaced by "expired": so the ticket is read.
        """
        if begun.is_known:
            return Outcome(kind=kind)
        try:
            ticket = await read(self.services, begun.to, begun.click.request.case_number)
        except TicketNotFoundError:
            return Outcome(kind=Kind.NOT_FOUND)
        except SweeppeaError as error:
            return Outcome(kind=Kind.NOT_READ, error=error)
        return Outcome(kind=kind) if ticket.is_open else Outcome(kind=Kind.NOT_OPEN, ticket=ticket)

    async def _announce(self, begun: Begun, ticket: Ticket) -> Outcome | None:
        """What keeps the change from being sent: it has to be on record, and nobody may find the buttons any more."""
        services, click, to = self.services, begun.click, begun.to
        event = audit_event(to, "confirmed", "calling the API", click)
        copy = encode_ticket(ticket, whole=services.settings.delete_receipt and click.change == "delete")
        try:
            uses = begun.uses_with_edit
            if not await services.ledger.confirm(begun.lease, copy, uses, event):
                raise LeaseLostError("before the buttons went")
            to.uses.recorded = uses
        except LedgerError as error:
            log.error("the ledger can't be written: %s", error)  # noqa: TRY400 - as above
            return Outcome(kind=Kind.NOT_RECORDED)
        if not await self.recorder.publish(event):
            return Outcome(kind=Kind.NOT_RECORDED)
        check = click.pending_check(services.runtime.now() + services.settings.sweeppea_deadline_s)
        await begun.lease.check()
        under_way = delete_check.under_way(click, ticket, check)
        shown = await services.replies.edit(to, under_way, keep=1, may_begin=lambda: begun.lease.is_fresh)
        if shown is SendResult.UNCLEAR:  # the buttons may be gone: a request with new ones takes its place
            return Outcome(kind=Kind.INTERRUPTED, ticket=ticket, verified=True)
        return None if shown is SendResult.TAKEN else Outcome(kind=Kind.NOT_UPDATABLE)
