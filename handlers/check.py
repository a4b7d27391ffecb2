"""The button Check now: the truth about a change whose end was not seen, for whoever presses, from any process."""

from asyncio import CancelledError
from dataclasses import dataclass
from functools import partial

from bot.api.errors import SweeppeaError, TicketNotFoundError
from bot.audit import Event
from bot.blockkit.blocks import Message
from bot.changes.claims import Claims
from bot.changes.request import Check
from bot.messages import deletion, presses
from handlers.services import STOPPING, Services
from handlers.slack.interaction import Interaction


@dataclass(frozen=True)
class DeletionCheck:
    services: Services
    claims: Claims

    async def check(self, interaction: Interaction) -> None:
        check, ref = Check.parse(interaction.action_value), interaction.reference
        if check is None:
            self.services.audit(interaction, "refused", None, "the button is out of date")
            await self._send(interaction, presses.not_looked_up(presses.OTHER_VERSION))
            return
        if refusal := self.services.policy.check(interaction.actor):
            self._audit(interaction, check, "refused", refusal.value)
            await self._send(interaction, presses.not_looked_up(presses.FOR_MEMBERS))
            return
        try:
            outcome, told, ends = await self._look(interaction, check)
        except CancelledError:  # not passed on to whoever would say that nothing was changed
            outcome, told, ends = "stopped", deletion.unclear(check, ref), False
        self._audit(interaction, check, "checked", outcome)
        if ends:
            await self.services.insist(partial(self.services.settle, interaction, told))
        else:
            await self._send(interaction, told)

    async def check_while_stopping(self, interaction: Interaction) -> None:
        if check := Check.parse(interaction.action_value):
            self._audit(interaction, check, "refused", STOPPING)
        else:
            self.services.audit(interaction, "refused", None, STOPPING)
        await self._send(interaction, presses.not_looked_up(presses.RESTARTING))

    async def _look(self, interaction: Interaction, check: Check) -> tuple[str, Message, bool]:
        """The outcome, what to tell, and whether that is for the message itself or only for who pressed."""
        number, ref = check.case_number, interaction.reference
        claim = self.claims.seen(check.prompt_id)
        if claim and claim.state in {"working", "deleted", "resolved"}:
            return claim.state, presses.already(number, claim), False
        try:
            ticket = await self.services.read(interaction, number)
        except TicketNotFoundError:
            return "gone", deletion.gone(check, ref), True
        except SweeppeaError as error:  # nothing was changed, but whoever checks would take that for the answer
            return f"not read: {error}", deletion.unclear(check, ref), False
        if ticket.status is None:
            return "status unknown", deletion.unclear(check, ref), False
        if ticket.status:
            return "closed", deletion.closed(number, ref), True
        late = check.may_still_happen(self.services.now())
        return "open", (deletion.may_still_happen if late else deletion.still_there)(check, ref), True

    async def _send(self, interaction: Interaction, told: Message) -> None:
        await self.services.insist(partial(self.services.replies.send, interaction, told))

    def _audit(self, interaction: Interaction, check: Check, event: Event, outcome: str) -> None:
        self.services.audit(interaction, event, check.case_number, outcome, check.change)
