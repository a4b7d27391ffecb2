"""The card's Details, a modal; and "Look up ticket", a shortcut on any message.

open      ->  open the modal, empty  ->  read the ticket  ->  fill it
page      ->  the same, in the modal that is open
refresh   ->  the same, with the page that is open
share     ->  read the ticket  ->  post into the channel or thread where the modal was opened
look_up   ->  which case numbers are in the message?  ->  the card, or a choice of tickets
"""

import asyncio
from dataclasses import dataclass

from bot import logs
from bot.api.errors import SweeppeaError
from bot.blockkit.blocks import Message
from bot.messages import card, details, errors
from bot.messages.details import View
from bot.messages.details_page import DetailsPage
from bot.messages.help import choice, guess, no_case_number
from bot.tickets import Ticket, find_case_numbers, find_possible_case_numbers, parse_case_number
from handlers.failures import note_failure
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.tries import SendResult
from handlers.slack.web_errors import FAILURES, reason_of
from handlers.ticket import TicketView

SHORTCUT = "look_up_ticket"
_MAX_OFFERED = 10
_VIEW_CLOSED = "not_found"  # what Slack says of a view that the person has closed


@dataclass(frozen=True)
class TicketDetails:
    services: Services

    async def open(self, interaction: Interaction) -> None:
        case_number = parse_case_number(interaction.action_value)
        if case_number is None:
            await self.services.replies.send(interaction, errors.stale_button())
            return
        channel, thread_ts = interaction.actor.channel_id, interaction.thread_ts
        at = DetailsPage(case_number=case_number, channel=channel, thread_ts=thread_ts)
        if view_id := await self._open(interaction, details.loading(at)):
            await self._fill(interaction, view_id, at)

    async def page(self, interaction: Interaction) -> None:
        await self._turn_to(interaction, DetailsPage.parse(interaction.action_value))

    async def refresh(self, interaction: Interaction) -> None:
        await self._turn_to(interaction, DetailsPage.opened_in(interaction.view))

    async def share(self, interaction: Interaction) -> None:
        view_id, at = _view_id(interaction), DetailsPage.opened_in(interaction.view)
        if at is None:
            await self.tell(interaction, errors.stale_button())
            return
        try:
            ticket = await self._look(interaction, at)
        except SweeppeaError as error:
            await self._fail(interaction, view_id, at, error)
            return
        shared = card.shared(ticket, by=interaction.actor.user_id)
        posted = (await self.services.replies.post(at.channel, shared, thread_ts=at.thread_ts)).result
        if posted is not SendResult.TAKEN:
            failed = errors.maybe_posted if posted is SendResult.UNCLEAR else errors.not_posted
            message = failed(interaction.reference, self.services.replies.bot_contact)
            await self._update(
                interaction, view_id, details.failed(message, at, retry=posted is not SendResult.UNCLEAR)
            )

    async def tell(self, interaction: Interaction, message: Message) -> None:
        """In the modal, since a click there has no channel and no response_url."""
        view = details.failed(message, DetailsPage.opened_in(interaction.view))
        await self._update(interaction, _view_id(interaction), view)

    async def _turn_to(self, interaction: Interaction, at: DetailsPage | None) -> None:
        view_id = _view_id(interaction)
        if at is None:
            await self.tell(interaction, errors.stale_button())
        elif await self._update(interaction, view_id, details.loading(at)):
            await self._fill(interaction, view_id, at)

    async def look_up(self, interaction: Interaction) -> None:
        found = find_case_numbers(interaction.message_text)
        if len(found) == 1:
            await TicketView(self.services).show(interaction, found[0], private=True)
        elif found:
            offered = choice(found[:_MAX_OFFERED], more=len(found[_MAX_OFFERED:]))
            await self.services.replies.send(interaction, offered)
        elif possible := find_possible_case_numbers(interaction.message_text):
            await self.services.replies.send(interaction, guess(possible[:_MAX_OFFERED]))
        else:
            await self.services.replies.send(interaction, no_case_number())

    async def _fill(self, interaction: Interaction, view_id: str, at: DetailsPage) -> None:
        """Without the notice of handlers.reading: the loading view says so already."""
        try:
            ticket = await self._look(interaction, at)
        except SweeppeaError as error:
            await self._fail(interaction, view_id, at, error)
        else:
            logs.note(case_number=at.case_number)
            contact = self.services.settings.ticket_contact
            # in a thread: a ticket as large as an answer may be takes seconds, in which others would wait
            view = await asyncio.to_thread(details.details, ticket, at, contact=contact)
            await self._update(interaction, view_id, view)

    async def _look(self, interaction: Interaction, at: DetailsPage) -> Ticket:
        by = interaction.actor.user_id
        return await self.services.client.look(at.case_number, deadline=interaction.deadline, by=by)

    async def _fail(self, interaction: Interaction, view_id: str, at: DetailsPage, error: SweeppeaError) -> None:
        logs.note(case_number=at.case_number)
        note_failure(error)
        message = errors.read_error(error, at.case_number, interaction.reference, self.services.replies.bot_contact)
        await self._update(interaction, view_id, details.failed(message, at, retry=True))

    async def _open(self, interaction: Interaction, view: View) -> str | None:
        """The view's id, None where Slack did not take it; the person has that answer."""
        try:
            answer = await self.services.replies.web.views_open(trigger_id=interaction.trigger_id, view=view)
            logs.note(answered=True)
            return str(answer["view"]["id"])
        except FAILURES as error:
            self.services.replies.add_failure("views.open", error)
        await self.services.replies.send(interaction, errors.not_opened(interaction.reference))
        return None

    async def _update(self, interaction: Interaction, view_id: str, view: View) -> bool:
        """Whether it was done. Whoever closed the modal waits for nothing; anybody else gets an answer."""
        try:
            await self.services.replies.web.views_update(view_id=view_id, view=view)
        except FAILURES as error:
            if reason_of(error) == _VIEW_CLOSED:
                logs.note(outcome="closed by the person")
            else:
                self.services.replies.add_failure("views.update", error)
                await self.services.replies.send(interaction, errors.not_filled(interaction.reference))
            return False
        logs.note(answered=True)
        return True


def _view_id(interaction: Interaction) -> str:
    return str(interaction.view.get("id") or "")
