"""A click on *Delete* or *Resolve instead*: one way, from the click to what people read.

authorize (handlers.routes, handlers.access)  ->  claim  ->  read afresh  ->  decide
->  record the confirmation  ->  take the buttons away  ->  execute (handlers.execute)  ->  finish (handlers.finish)
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from bot.api.errors import SweeppeaError, TicketNotFoundError
from bot.changes.outcome import Kind, Outcome, decide
from bot.changes.request import ChangeRequest, Click
from bot.messages import delete_outcome
from bot.messages.errors import stale_button
from bot.tickets import Change, Ticket
from handlers.execute import Execution
from handlers.finish import Finish
from handlers.reading import read, read_timed
from handlers.record import Recorder
from handlers.services import Services
from handlers.slack.interaction import Interaction


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
        elif click := await self.claim(interaction, request, change):
            await self._end(interaction, click, self._attempt(interaction, click))

    async def cancel(self, interaction: Interaction, click: Click) -> None:
        await self._end(interaction, click, self.end_unchanged(interaction, click.request, Kind.CANCELLED))

    async def _end(self, interaction: Interaction, click: Click, attempt: Awaitable[Outcome]) -> None:
        try:
            outcome = await attempt
        except BaseException as error:  # nothing was sent: Execution.run lets nothing through
            self.services.claims.release(click.request.id)
            reason = "stopped" if isinstance(error, asyncio.CancelledError) else type(error).__name__
            failed = self.recorder.record(interaction, "failed", f"{reason} before anything was sent", click)
            await self.services.runner.complete(failed)
            raise
        await self.services.runner.complete(self.finish(click, interaction, outcome))

    async def claim(self, interaction: Interaction, request: ChangeRequest, change: Change) -> Click | None:
        """None where somebody was faster; the person has that answer."""
        now = int(self.services.runtime.now())
        if claim := self.services.claims.acquire(request.id, interaction.actor.user_id, now):
            message = delete_outcome.already_handled(request.case_number, claim)
            await self.recorder.refuse(interaction, f"already {claim.state}", message, request, change=change)
            return None
        return Click(
            request=request, change=change, user_id=interaction.actor.user_id, at=now, ref=interaction.reference
        )

    async def _attempt(self, interaction: Interaction, click: Click) -> Outcome:
        services, request = self.services, click.request
        if request.is_expired(click.at, services.settings.delete_prompt_ttl_s):
            return await self.end_unchanged(interaction, request, Kind.EXPIRED)
        try:
            ticket, verified_at = await read_timed(services, interaction, request.case_number, then=click.change)
        except TicketNotFoundError:
            return Outcome(kind=Kind.NOT_FOUND)
        except SweeppeaError as error:
            return Outcome(kind=Kind.NOT_READ, error=error)
        if outcome := decide(request, ticket):
            return outcome
        return (
            await self._announce(interaction, click, ticket)
            or await Execution(services, click, ticket, interaction.deadline, verified_at).run()
        )

    async def end_unchanged(self, interaction: Interaction, request: ChangeRequest, kind: Kind) -> Outcome:
        """For a request that is cancelled, or clicked too late.

        Of a request that this process posted all is known. Another process, or this one before a restart, may have
        carried out any other, and its record must not be replaced by "expired": so the ticket is read.
        """
        if self.services.claims.is_posted_here(request.id):
            return Outcome(kind=kind)
        try:
            ticket = await read(self.services, interaction, request.case_number)
        except TicketNotFoundError:
            return Outcome(kind=Kind.NOT_FOUND)
        except SweeppeaError as error:
            return Outcome(kind=Kind.NOT_READ, error=error)
        return Outcome(kind=kind) if ticket.is_open else Outcome(kind=Kind.NOT_OPEN, ticket=ticket)

    async def _announce(self, interaction: Interaction, click: Click, ticket: Ticket) -> Outcome | None:
        """What keeps the change from being sent: it has to be on record, and nobody may find the buttons any more."""
        services = self.services
        if not await self.recorder.record(interaction, "confirmed", "calling the API", click):
            return Outcome(kind=Kind.NOT_RECORDED)
        check = click.pending_check(services.runtime.now() + services.settings.sweeppea_deadline_s)
        if not await services.replies.replace(interaction, delete_outcome.under_way(click, ticket, check)):
            return Outcome(kind=Kind.NOT_UPDATABLE)
        return None
