"""The card's Details, a modal; and "Look up ticket", a shortcut on any message.

open      ->  who may look?  ->  open the modal, empty  ->  read the ticket  ->  fill it
page      ->  the same, in the modal that is open
look_up   ->  who may look?  ->  which case numbers are in the message?  ->  the card, or a choice of tickets
"""

import asyncio
import logging
from dataclasses import dataclass, replace

from bot.api.errors import SweeppeaError
from bot.messages import details, errors
from bot.messages.details import View
from bot.messages.details_page import DetailsPage
from bot.messages.help import choice, guess, no_case_number
from bot.tickets import find_case_numbers, find_possible_case_numbers
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.replies import FAILURES, reason_of
from handlers.ticket import TicketView

SHORTCUT = "look_up_ticket"
_MOST_OFFERED = 10
_CLOSED = "not_found"  # what Slack says of a view that the person has closed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TicketDetails:
    services: Services

    async def open(self, interaction: Interaction) -> None:
        value, stale = interaction.action_value, errors.stale_button()
        if case_number := await self.services.case_number_to_view(interaction, value, stale):
            at = DetailsPage(case_number=case_number, channel=interaction.actor.channel_id)
            if view_id := await self._open(interaction, details.loading(at)):
                await self._fill(interaction, view_id, at)

    async def page(self, interaction: Interaction) -> None:
        """A press in the modal has no channel, and no response_url: where it was opened is told by what it carries."""
        at, view_id = DetailsPage.parse(interaction.action_value), str(interaction.view.get("id") or "")
        if at is None:
            opened = DetailsPage.parse(interaction.view.get("private_metadata"))
            await self._update(interaction, view_id, details.failed(errors.stale_button(), opened))
        elif refusal := self.services.policy.view(replace(interaction.actor, channel_id=at.channel)):
            await self._update(interaction, view_id, details.failed(self.services.denied(refusal), at))
        elif await self._update(interaction, view_id, details.loading(at)):
            await self._fill(interaction, view_id, at)

    async def look_up(self, interaction: Interaction) -> None:
        found = find_case_numbers(interaction.message_text)
        if refusal := self.services.policy.view(interaction.actor):
            await self.services.replies.send(interaction, self.services.denied(refusal))
        elif len(found) == 1:
            await TicketView(self.services).show(interaction, found[0], private=True)
        elif found:
            offered = choice(found[:_MOST_OFFERED], more=len(found[_MOST_OFFERED:]))
            await self.services.replies.send(interaction, offered)
        elif possible := find_possible_case_numbers(interaction.message_text):
            await self.services.replies.send(interaction, guess(possible[:_MOST_OFFERED]))
        else:
            await self.services.replies.send(interaction, no_case_number())

    async def _fill(self, interaction: Interaction, view_id: str, at: DetailsPage) -> None:
        """The loading view says already what `Services.read` would say in the channel."""
        try:
            ticket = await self.services.sweeppea.fetch_single_ticket(at.case_number, deadline=interaction.deadline)
        except SweeppeaError as error:
            log.warning("%s: %s", at.case_number, error)
            bot_contact = self.services.replies.bot_contact
            told = errors.read_error(error, at.case_number, interaction.reference, bot_contact)
            await self._update(interaction, view_id, details.failed(told, at, retry=True))
        else:
            contact = self.services.settings.ticket_contact
            # in a thread: a ticket as large as an answer may be takes seconds, in which others would wait
            view = await asyncio.to_thread(details.details, ticket, at, contact=contact)
            await self._update(interaction, view_id, view)

    async def _open(self, interaction: Interaction, view: View) -> str | None:
        """The view's id, None where Slack did not take it and the person was told so."""
        try:
            answer = await self.services.replies.web.views_open(trigger_id=interaction.trigger_id, view=view)
            return str(answer["view"]["id"])
        except FAILURES as error:
            log.warning("views.open failed: %s", reason_of(error))
        await self.services.replies.send(interaction, errors.not_opened(interaction.reference))
        return None

    async def _update(self, interaction: Interaction, view_id: str, view: View) -> bool:
        """Whether it was done. Who closed the modal is not waiting for it; anybody else is told."""
        try:
            await self.services.replies.web.views_update(view_id=view_id, view=view)
        except FAILURES as error:
            reason = reason_of(error)
            log.warning("views.update failed: %s", reason)
            if reason != _CLOSED:
                await self.services.replies.send(interaction, errors.not_filled(interaction.reference))
            return False
        return True
