"""/ticket-delete: asking, and taking it back. Nothing is deleted here: see handlers.confirm.

ask       ->  read the ticket  ->  open?  ->  post the request
cancel    ->  nobody before?  ->  say so
"""

import asyncio
from dataclasses import dataclass

from bot.api.client import Rank
from bot.api.errors import SweeppeaError
from bot.blockkit.blocks import Message
from bot.changes.request import ID_BYTES, ChangeRequest
from bot.messages import delete_outcome, delete_request
from bot.messages.commands import DELETE
from bot.messages.errors import stale_button
from bot.messages.help import usage
from bot.tickets import CaseNumber, Ticket, parse_case_number
from handlers.confirm import Confirmation
from handlers.reading import read, tell_failure
from handlers.record import Recorder
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.replies import SendResult


@dataclass(frozen=True)
class Deletion:
    services: Services
    recorder: Recorder
    confirmation: Confirmation

    async def command(self, interaction: Interaction) -> None:
        typed = interaction.command_text
        await self._ask(interaction, parse_case_number(typed), usage(DELETE, typed))

    async def from_card(self, interaction: Interaction) -> None:
        await self._ask(interaction, parse_case_number(interaction.action_value), stale_button())

    async def _ask(self, interaction: Interaction, case_number: CaseNumber | None, otherwise: Message) -> None:
        if case_number is None:  # asks for help, or a slip of the hand: no event
            await self.services.replies.send(interaction, otherwise)
        else:
            await self._ask_about(interaction, case_number)

    async def _ask_about(self, interaction: Interaction, case_number: CaseNumber) -> None:
        try:
            ticket = await read(self.services, interaction, case_number, Rank.LOOK)
        except asyncio.CancelledError:
            stopped = self.recorder.record(interaction, "failed", "stopped before the ticket was read", case_number)
            await self.services.runner.complete(stopped)
            raise
        except SweeppeaError as error:
            await self.recorder.record(interaction, "failed", f"not read: {error}", case_number)
            await tell_failure(self.services, interaction, error, case_number, nothing_changed=True)
            return
        if not ticket.is_open:
            await self.recorder.record(interaction, "failed", "the ticket is not open", case_number)
            await self.services.replies.send(interaction, delete_outcome.not_open(ticket, interaction.reference))
            return
        await self._post(interaction, ticket)

    async def _post(self, interaction: Interaction, ticket: Ticket) -> None:
        services = self.services
        request = ChangeRequest.create(
            ticket,
            id=services.runtime.token_hex(ID_BYTES),
            requester=interaction.actor.user_id,
            requested_at=int(services.runtime.now()),
        )
        services.claims.record_posted(request.id)
        await self.recorder.record(interaction, "asked", "posting the request", request)
        message = delete_request.request_message(ticket, request, services.request_options)
        private = services.settings.delete_prompt_visibility == "private"
        result = await services.replies.send(interaction, message, "ephemeral" if private else "in_channel")
        if result is SendResult.REFUSED:
            await self.recorder.record(interaction, "failed", "Slack did not take the request", request)
        elif result is SendResult.UNCLEAR:
            # A click on it proves that it was posted: its audit lines have the request's id.
            await self.recorder.record(interaction, "unclear", "Slack did not confirm the request", request)

    async def cancel(self, interaction: Interaction) -> None:
        """Of the request alone: another request may be deleting the ticket at this moment."""
        request = ChangeRequest.parse(interaction.action_value)
        if request is None:
            await self.recorder.refuse(interaction, "the button is out of date", stale_button())
        elif click := await self.confirmation.claim(interaction, request, "delete"):
            await self.confirmation.cancel(interaction, click)
