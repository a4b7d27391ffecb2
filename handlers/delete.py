"""/ticket-delete: asking, and taking it back. Nothing is deleted here: see handlers.confirm.

ask       ->  read the ticket  ->  open?  ->  post the request
cancel    ->  nobody before?  ->  say so
"""

import asyncio
import logging
from dataclasses import dataclass

from bot import logs
from bot.api.client import Rank
from bot.api.errors import SweeppeaError
from bot.audit import Event
from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind
from bot.changes.request import ID_BYTES, ChangeRequest
from bot.ledger.database import LedgerError
from bot.ledger.row import Place
from bot.messages import delete_elsewhere, delete_outcome, delete_request, errors
from bot.messages.commands import DELETE
from bot.messages.errors import stale_button
from bot.messages.help import usage
from bot.tickets import CaseNumber, Ticket, parse_case_number
from handlers.asked import Asked
from handlers.confirm import Confirmation
from handlers.reading import read, tell_failure
from handlers.record import Recorder, audit_event
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.replies import Posted
from handlers.slack.tries import SendResult

FIRST_S = 10  # seconds, for whoever a payload came to first: to post the request, or to say why not

_RECORDED_AS: dict[SendResult, tuple[Event, str]] = {
    SendResult.TAKEN: ("asked", "posted the request"),
    SendResult.UNCLEAR: ("unclear", "Slack did not confirm the request"),
    SendResult.REFUSED: ("failed", "Slack did not take the request"),
    SendResult.NEVER: ("failed", "Slack did not take the request"),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deletion:
    services: Services
    recorder: Recorder
    asked: Asked
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
            if await self._was_asked(interaction, case_number):
                return
            row = await self.services.ledger.busy_with(case_number)
        except LedgerError as error:
            await self._refuse_unrecorded(interaction, case_number, error)
            return
        if row:  # a request that was sent and not answered may be carried out yet
            message = delete_elsewhere.under_way_already(row.click, row.settled_at, interaction.reference)
            await self.recorder.refuse(interaction, "a change is under way", message, case_number)
            return
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
            channel=interaction.actor.channel_id if services.policy.channels else None,
        )
        private = services.settings.delete_prompt_visibility == "private"
        place = Place(
            team=interaction.actor.team_id,
            channel=interaction.actor.channel_id,
            thread_ts=interaction.thread_ts,
            private=private,
        )
        try:
            if not await services.ledger.insert(request, place, interaction.delivery):
                await self._was_asked(interaction, request.case_number)
                return
        except LedgerError as error:
            await self._refuse_unrecorded(interaction, request.case_number, error)
            return
        message = delete_request.request_message(ticket, request, services.request_options)

        async def post() -> None:
            await self._record(interaction, request, await self._send(interaction, message, private=private))

        await services.runner.complete(post())

    async def _was_asked(self, interaction: Interaction, case_number: CaseNumber) -> bool:
        """Whether this payload was delivered before, and asked: whoever it came to first says what became of that.

        Where nothing is known of that after some time, this one says so.
        """
        for _ in range(FIRST_S):
            is_told = await self.services.ledger.is_told(interaction.delivery)
            if is_told is None:
                return False
            if is_told:
                logs.note(case_number=case_number, outcome="delivered twice: asked once")
                return True
            await asyncio.sleep(1)
        logs.note(case_number=case_number, outcome="delivered twice: the first was interrupted", level=logging.WARNING)
        message = errors.maybe_posted(interaction.reference, self.services.replies.bot_contact)
        await self.services.replies.send(interaction, message)
        return True

    async def _send(self, interaction: Interaction, message: Message, *, private: bool) -> Posted:
        """Where the bot is in the channel it posts the message itself: such a message can be edited for good."""
        replies = self.services.replies
        if not private:
            channel = interaction.actor.channel_id
            posted = await replies.post(channel, message, thread_ts=interaction.thread_ts)
            if posted.result in {SendResult.TAKEN, SendResult.UNCLEAR}:
                if posted.result is SendResult.UNCLEAR:
                    bot_contact = replies.bot_contact
                    await replies.send(interaction, errors.maybe_posted(interaction.reference, bot_contact))
                return posted
        return Posted(await replies.send(interaction, message, "ephemeral" if private else "in_channel"))

    async def _record(self, interaction: Interaction, request: ChangeRequest, posted: Posted) -> None:
        """That it was asked is on record once Slack has taken the request."""
        event = audit_event(interaction, *_RECORDED_AS[posted.result], request)
        await self.asked.write(event, posted)
        await self.recorder.publish(event)

    async def _refuse_unrecorded(self, interaction: Interaction, case_number: CaseNumber, error: LedgerError) -> None:
        log.error("the ledger can't be used: %s", error)
        await self.recorder.publish(audit_event(interaction, "failed", "can't be recorded", case_number))
        message = errors.not_recordable(interaction.reference, self.services.replies.bot_contact)
        await self.services.replies.send(interaction, message)

    async def cancel(self, interaction: Interaction) -> None:
        """Of the request alone: another request may be deleting the ticket at this moment."""
        request = ChangeRequest.parse(interaction.action_value)
        if request is None:
            await self.recorder.refuse(interaction, "the button is out of date", stale_button())
        elif begun := await self.confirmation.take(interaction, request, "delete", locks_ticket=False):
            await self.confirmation.carry_through(begun, self.confirmation.end_unchanged(begun, Kind.CANCELLED))
