"""/ticket-delete: one conversation, in call order. It is decided twice, done once, and what is said of it is true.

ask       ->  who may ask?  ->  read the ticket  ->  post the prompt
press     ->  who may press?  ->  nobody before?  ->  read again: there, open, in time, and as it was shown?
->  take the buttons away  ->  call the API  ->  say what came of it  (handlers.deletion_outcome)
cancel    ->  who may cancel?  ->  nobody before?  ->  still there?  ->  say so
check     ->  handlers.deletion_check
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial

from bot.api.errors import SweeppeaError, TicketNotFoundError
from bot.audit import Event
from bot.blockkit.blocks import Message
from bot.changes.claims import Claim, Claims, State
from bot.changes.request import ChangeRequest, Check, Shown, differences
from bot.messages import commands, deletion, errors, presses
from bot.messages.help import asks_for_help, usage
from bot.policy import Denial
from bot.tickets import CaseNumber, Change, Ticket, parse_case_number
from handlers.execute import Attempt
from handlers.services import STOPPING, Services
from handlers.slack.interaction import Interaction
from handlers.slack.replies import Visibility


@dataclass(frozen=True)
class Deletion:
    services: Services
    claims: Claims = field(default_factory=Claims)

    async def command(self, interaction: Interaction) -> None:
        typed = interaction.command_text
        how, case_number = usage(commands.DELETE, typed), parse_case_number(typed)
        if case_number is None:  # asks for help, or a slip of the hand: nothing for the record
            refusal = None if asks_for_help(typed) else self.services.policy.ask_to_delete(interaction.actor)
            await self._send(interaction, self.services.denied(refusal) if refusal else how)
        else:
            await self._ask(interaction, case_number, how)

    async def command_while_stopping(self, interaction: Interaction) -> None:
        if case_number := parse_case_number(interaction.command_text):
            self._audit(interaction, "refused", case_number, STOPPING)
        await self._send(interaction, errors.restarting())

    async def press_while_stopping(self, interaction: Interaction, change: Change = "delete") -> None:
        question = ChangeRequest.parse(interaction.action_value)
        number = question.case_number if question else parse_case_number(interaction.action_value)
        self._audit(interaction, "refused", number, STOPPING, change)
        await self._send(interaction, errors.restarting())

    async def from_card(self, interaction: Interaction) -> None:
        await self._ask(interaction, parse_case_number(interaction.action_value), errors.stale_button())

    async def _ask(self, interaction: Interaction, case_number: CaseNumber | None, otherwise: Message) -> None:
        if refusal := self.services.policy.ask_to_delete(interaction.actor):
            self._audit(interaction, "refused", case_number, refusal.value)
            await self._send(interaction, self.services.denied(refusal))
        elif case_number is None:
            self._audit(interaction, "refused", None, "no case number")
            await self._send(interaction, otherwise)
        else:
            await self._ask_about(interaction, case_number)

    async def _ask_about(self, interaction: Interaction, case_number: CaseNumber) -> None:
        try:
            ticket = await self._read(interaction, case_number)
        except SweeppeaError as error:
            self._audit(interaction, "failed", case_number, f"not read: {error}")
            await self.services.tell_failure(interaction, error, case_number, nothing_changed=True)
            return
        if not ticket.is_open:
            self._audit(interaction, "failed", case_number, "not open")
            await self._send(interaction, deletion.not_open(ticket, interaction.reference))
            return
        question = ChangeRequest.about(ticket, requester=interaction.actor.user_id, asked_at=self._now())
        private = self.services.settings.delete_prompt_visibility == "private"
        visibility: Visibility = "ephemeral" if private else "in_channel"
        self._audit(interaction, "asked", case_number, "prompted")
        if not await self.services.replies.send(interaction, self._prompt(ticket, question), visibility):
            self._audit(interaction, "failed", case_number, "Slack did not take the prompt")

    async def delete(self, interaction: Interaction) -> None:
        await self._press(interaction, "delete")

    async def resolve(self, interaction: Interaction) -> None:
        await self._press(interaction, "resolve")

    async def _press(self, interaction: Interaction, change: Change) -> None:
        question = ChangeRequest.parse(interaction.action_value)
        if question is None or (change == "resolve" and not self.services.settings.ticket_resolve):
            self._audit(interaction, "refused", None, "the button is out of date", change)
            await self._send(interaction, errors.stale_button())
            return
        refusal = self.services.policy.confirm(interaction.actor, requester=question.requester)
        if not await self._is_theirs(interaction, question, refusal, change):
            return
        ended: State | None = "answered"
        try:
            ended = await self._decide_again(interaction, question, change)
        finally:
            if ended:
                self.claims.end(question.id, Claim(ended, interaction.actor.user_id, self._now()))
            else:
                self.claims.give_back(question.id)

    async def _is_theirs(
        self, interaction: Interaction, question: ChangeRequest, refusal: Denial | None, change: Change
    ) -> bool:
        """May this person press, and has nobody pressed before? Takes the prompt; nothing may come in between."""
        number = question.case_number
        if refusal:
            self._audit(interaction, "refused", number, refusal.value, change)
            told = self.services.denied(refusal, requester=question.requester, case_number=number)
        elif claim := self.claims.take(question.id, interaction.actor.user_id, self._now()):
            self._audit(interaction, "refused", number, f"already {claim.state}", change)
            told = presses.already(number, claim)
        else:
            return True
        await self._send(interaction, told)
        return False

    async def _decide_again(self, interaction: Interaction, question: ChangeRequest, change: Change) -> State | None:
        """What has become of the prompt; None if it stands as before."""
        number, ref = question.case_number, interaction.reference

        async def ends(state: State, event: Event, outcome: str, message: Message) -> State:
            self._audit(interaction, event, number, outcome, change)
            await self._settle(interaction, message)
            return state

        expires_at = question.expires_at(self.services.settings.delete_prompt_ttl_s)
        too_late = self._now() >= expires_at
        try:
            ticket = await self._read(interaction, number, change)
        except TicketNotFoundError:
            return await ends("answered", "failed", "gone before", deletion.not_there(number, ref))
        except SweeppeaError as error:
            self._audit(interaction, "failed", number, f"not read: {error}", change)
            await self.services.tell_failure(interaction, error, number, nothing_changed=True)
            return None
        if not ticket.is_open:
            return await ends("answered", "failed", "not open", deletion.not_open(ticket, ref))
        if too_late:  # only now: whether the ticket is there is told as well
            return await ends("expired", "expired", "pressed too late", deletion.expired(number, expires_at))
        if changes := tuple(differences(question.shown, Shown.of(ticket))):
            anew = ChangeRequest.about(ticket, requester=question.requester, asked_at=self._now())
            told = self._prompt(ticket, anew, deletion.changed(changes))
            return await ends("answered", "failed", "changed before", told)
        return await self._carry_out(interaction, question, ticket, change)

    async def _carry_out(
        self, interaction: Interaction, question: ChangeRequest, ticket: Ticket, change: Change
    ) -> State | None:
        now, read_at = self._now(), asyncio.get_running_loop().time()
        check = Check(
            prompt_id=question.id,
            case_number=ticket.case_number,
            change=change,
            presser=interaction.actor.user_id,
            pressed_at=now,
            sent_at=now + round(self.services.settings.sweeppea_deadline_s),
        )
        with self.services.on_record(interaction, ticket.case_number, change):
            taken_away = await self.services.replies.replace(interaction, deletion.under_way(ticket, change, check))
        if not taken_away:
            self._audit(interaction, "failed", ticket.case_number, "the buttons could not be taken away", change)
            told = deletion.unchangeable(ticket.case_number, change, interaction.reference)
            await self.services.tell_directly(interaction, told)
            return None
        self._audit(interaction, "confirmed", ticket.case_number, "calling the API", change)
        anew = partial(self._prompt, ticket, question.again())
        return await Attempt(self.services, interaction, ticket, check, read_at, self.claims, anew).run()

    async def cancel(self, interaction: Interaction) -> None:
        question = ChangeRequest.parse(interaction.action_value)
        if question is None:
            self._audit(interaction, "refused", None, "the button is out of date")
            await self._send(interaction, errors.stale_button())
            return
        refusal = self.services.policy.cancel(interaction.actor, requester=question.requester)
        if not await self._is_theirs(interaction, question, refusal, "delete"):
            return
        self.claims.end(question.id, Claim("cancelled", interaction.actor.user_id, self._now()))
        number = question.case_number
        seen = await self._is_there(interaction, number)
        if seen is False:
            self.claims.end(question.id, Claim("answered", interaction.actor.user_id, self._now()))
            self._audit(interaction, "failed", number, "gone before")
            await self._settle(interaction, deletion.not_there(number, interaction.reference))
            return
        self._audit(
            interaction, "cancelled", number, "the ticket was still there" if seen else "the ticket was not read"
        )
        told = deletion.cancelled(number, interaction.actor.user_id, seen=bool(seen))
        await self._settle(interaction, told)

    async def _is_there(self, interaction: Interaction, case_number: CaseNumber) -> bool | None:
        """Another process may have deleted it a moment before. None: cannot be told, and Cancel works all the same."""
        try:
            await self._read(interaction, case_number)
        except TicketNotFoundError:
            return False
        except SweeppeaError:
            return None
        return True

    async def _read(self, interaction: Interaction, case_number: CaseNumber, change: Change = "delete") -> Ticket:
        with self.services.on_record(interaction, case_number, change):
            return await self.services.read(interaction, case_number)

    def _prompt(self, ticket: Ticket, question: ChangeRequest, note: str = "", *, seen: bool = True) -> Message:
        settings = self.services.settings
        offer = deletion.Offer(settings.delete_prompt_ttl_s, settings.ticket_resolve, settings.delete_second_person)
        return deletion.prompt(ticket, question, offer, note=note, seen=seen)

    async def _settle(self, interaction: Interaction, message: Message) -> None:
        await self.services.insist(partial(self.services.settle, interaction, message))

    async def _send(self, interaction: Interaction, message: Message) -> None:
        await self.services.replies.send(interaction, message)

    def _audit(
        self,
        interaction: Interaction,
        event: Event,
        case_number: CaseNumber | None,
        outcome: str,
        change: Change = "delete",
    ) -> None:
        self.services.audit(interaction, event, case_number, outcome, change)

    def _now(self) -> int:
        return int(self.services.now())
