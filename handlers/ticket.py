"""/ticket, and the card that it answers: sharing it, and reading it again."""

from dataclasses import dataclass

from bot.api.errors import SweeppeaError
from bot.blockkit.blocks import Message
from bot.messages import card, commands, errors
from bot.messages.help import about, asks_about, usage
from bot.tickets import CaseNumber, Ticket, parse_case_number
from handlers import VERSION
from handlers.reading import look, tell_failure
from handlers.services import Services
from handlers.slack.interaction import Interaction


@dataclass(frozen=True)
class TicketView:
    services: Services

    async def command(self, interaction: Interaction) -> None:
        typed = interaction.command_text
        if asks_about(typed):
            await self.services.replies.send(interaction, self._about(interaction))
        elif case_number := parse_case_number(typed):
            await self.show(interaction, case_number, private=self._private)
        else:
            await self.services.replies.send(interaction, usage(commands.VIEW, typed))

    async def show(self, interaction: Interaction, case_number: CaseNumber, *, private: bool) -> None:
        if ticket := await self._read(interaction, case_number):
            await self._answer(interaction, ticket, private=private)

    async def look_up(self, interaction: Interaction) -> None:
        """One of several case numbers that were found in a message; the choice stays, for the others."""
        if ticket := await self._read_for_click(interaction):
            await self._answer(interaction, ticket, private=True)

    async def refresh(self, interaction: Interaction) -> None:
        """The card stays as private as it is: it may be a shortcut's, or from before the setting was changed."""
        if ticket := await self._read_for_click(interaction):
            private = self._private if interaction.is_ephemeral is None else interaction.is_ephemeral
            if not await self.services.replies.replace(interaction, self._card(interaction, ticket, private=private)):
                await self._answer(interaction, ticket, private=True)

    async def share(self, interaction: Interaction) -> None:
        """Read afresh: what a channel is shown is how the ticket is now."""
        if ticket := await self._read_for_click(interaction):
            shared = card.shared(ticket, by=interaction.actor.user_id)
            await self.services.replies.send(interaction, shared, "in_channel")

    async def _read_for_click(self, interaction: Interaction) -> Ticket | None:
        if case_number := parse_case_number(interaction.action_value):
            return await self._read(interaction, case_number)
        await self.services.replies.send(interaction, errors.stale_button())
        return None

    async def _read(self, interaction: Interaction, case_number: CaseNumber) -> Ticket | None:
        """None where it could not be read; the person has the reason."""
        try:
            return await look(self.services, interaction, case_number)
        except SweeppeaError as error:
            await tell_failure(self.services, interaction, error, case_number)
            return None

    async def _answer(self, interaction: Interaction, ticket: Ticket, *, private: bool) -> None:
        card = self._card(interaction, ticket, private=private)
        await self.services.replies.send(interaction, card, "ephemeral" if private else "in_channel")

    @property
    def _private(self) -> bool:
        return self.services.settings.ticket_visibility == "private"

    def _card(self, interaction: Interaction, ticket: Ticket, *, private: bool) -> Message:
        """A private card offers what its reader may do; one that all see what anybody may."""
        policy = self.services.policy
        may_delete = policy.ask_to_delete(interaction.actor) is None if private else bool(policy.deleters)
        settings = self.services.settings
        return card.card(
            ticket,
            contact=settings.ticket_contact,
            may_delete=may_delete,
            asks_in_channel=settings.delete_prompt_visibility == "channel",
        )

    def _about(self, interaction: Interaction) -> Message:
        policy = self.services.policy
        return about(
            VERSION,
            self.services.replies.bot_contact,
            view=policy.view(interaction.actor),
            delete=policy.ask_to_delete(interaction.actor),
            channels=policy.channels,
            workspace=self.services.workspace,
            second_person=policy.second_person,
        )
