"""The button *Check now*: the truth about a change whose end was not seen, for whoever clicks, from any process."""

import logging
from asyncio import CancelledError
from dataclasses import dataclass

from bot import logs
from bot.api.errors import SweeppeaError, TicketNotFoundError
from bot.blockkit.blocks import Message
from bot.changes.conclude import Found, conclude_check
from bot.changes.outcome import Kind, Outcome
from bot.changes.request import PendingCheck
from bot.ledger.database import AWAY, LedgerError
from bot.ledger.lease import LeaseLostError
from bot.ledger.next_step import Action, next_step
from bot.ledger.row import ChangeRow
from bot.ledger.writing import Sent
from bot.messages import delete_check
from handlers.begun import Begun, from_row, is_on_request
from handlers.execute import found_in
from handlers.finish import Finish
from handlers.reading import read
from handlers.record import Recorder
from handlers.resume import Resume
from handlers.services import Services
from handlers.slack.interaction import Interaction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checking:
    services: Services
    recorder: Recorder
    finish: Finish
    resume: Resume

    async def check(self, interaction: Interaction) -> None:
        """Whatever a stop cuts off, nobody reads "nothing was changed": that would be taken for what was found."""
        try:
            await self._check_or_say_why_not(interaction)
        except CancelledError:
            logs.note(outcome="interrupted: the bot is stopping", level=logging.WARNING)
            await self.services.replies.send(interaction, delete_check.not_looked_up(delete_check.RESTARTING))

    async def _check_or_say_why_not(self, interaction: Interaction) -> None:
        check = PendingCheck.parse(interaction.action_value)
        if check is None:
            await self.recorder.refuse(
                interaction, "the button is out of date", delete_check.not_looked_up(delete_check.OTHER_VERSION)
            )
            return
        try:
            await self._check(interaction, check)
        except LeaseLostError:
            await self.services.replies.send(interaction, delete_check.at_it(check.case_number))
        except AWAY as error:  # without the ledger even "it never said" may be untrue
            log.warning("the check ends without the ledger: %s", error)
            await self.recorder.record(interaction, "checked", "the ledger can't be used", check)
            await self.services.replies.send(interaction, delete_check.not_looked_up(delete_check.AWAY))

    async def _check(self, interaction: Interaction, check: PendingCheck) -> None:
        row = await self.services.ledger.row(check.request_id)
        if row and row.outcome is None and row.state == "open":
            row = None  # of another request that was renewed by hand: nothing is known of this one's call
        if row:
            await self._go_on(interaction, check, row)
        else:
            await self._look(interaction, check)

    async def _go_on(self, interaction: Interaction, check: PendingCheck, row: ChangeRow) -> None:
        """What recovery would do by itself, now, and into the request's message."""
        ledger = self.services.ledger
        is_its_message = is_on_request(interaction, row.place)
        to = Sent(interaction.response_url, interaction.uses.count) if is_its_message else None
        taken = await ledger.take_over(row.id, to)
        if taken is None:
            await self.recorder.record(interaction, "checked", "working", check)
            await self.services.replies.send(interaction, delete_check.at_it(check.case_number))
            return
        row, lease = taken
        begun = from_row(ledger, row, lease, interaction.deadline, interaction)
        async with lease.kept(interaction.deadline):
            is_answered = await self._take_step(interaction, check, row, begun)
        if lease.is_lost:
            await self.services.replies.send(interaction, delete_check.at_it(check.case_number))
        elif not is_answered and not is_its_message:
            await self.services.runner.complete(self._answer_elsewhere(interaction, check))

    async def _take_step(self, interaction: Interaction, check: PendingCheck, row: ChangeRow, begun: Begun) -> bool:
        """Whether whoever clicked has a private answer; else the request's message shows what came of it."""
        step = next_step(row, is_asked_for=True)
        if step.action is Action.READ:
            outcome = await self.resume.found(begun, row)
            is_news = outcome.kind is not Kind.UNKNOWN and (outcome.kind is not row.outcome or row.state == "ended")
            await self.services.runner.complete(self._tell(interaction, check, row, begun, outcome, is_news=is_news))
            return not is_news
        await self.recorder.record(interaction, "checked", row.standing.state, check)
        if step.action is Action.SHOW:
            is_shown = await self.resume.show(begun, row)
        else:
            await self.resume(begun, row, step)
            is_shown = await self.services.ledger.replacement(row) is None
        # the message has the end of a request that took this one's place, or this end is forgotten, or no edit is taken
        if not is_shown and not begun.lease.is_lost:
            interaction.uses.record = None  # the row is given back
            end = await self._recorded_end(interaction, check) or delete_check.shown_before(check.case_number)
            await self.services.replies.send(interaction, end)
        return not is_shown

    async def _tell(
        self,
        interaction: Interaction,
        check: PendingCheck,
        row: ChangeRow,
        begun: Begun,
        outcome: Outcome,
        *,
        is_news: bool,
    ) -> None:
        """What is no news privately: the message says so already, or the ticket could not be read."""
        await self._record(interaction, check, outcome)
        if is_news:
            await self.finish(begun, outcome)
            return
        by, now = interaction.actor.user_id, self._now()
        message = delete_check.check_message(row.check, outcome.kind, by, now, interaction.reference)
        await self.services.replies.send(interaction, message)
        await self.resume.schedule_next_look(begun, row, outcome)

    async def _record(self, interaction: Interaction, check: PendingCheck, outcome: Outcome) -> None:
        is_closed = outcome.kind is Kind.FOUND_DONE and check.change == "resolve"
        words = "closed" if is_closed else _WORDS.get(outcome.kind, "can't be found")
        await self.recorder.record(interaction, "checked", words, check)

    async def _answer_elsewhere(self, interaction: Interaction, check: PendingCheck) -> None:
        """To a click on another message than the request's: that one shows by now what came of it, and so does this."""
        message = await self._recorded_end(interaction, check) or delete_check.in_its_message(check.case_number)
        if not await self.services.replies.replace(interaction, message):
            await self.services.replies.send(interaction, message)

    async def _recorded_end(self, interaction: Interaction, check: PendingCheck) -> Message | None:
        """As it was to be shown, which has the ticket's text: for whoever may look at tickets.

        None for others, where it is forgotten, where it may change, and where it has buttons: only the message of the
        request is kept up to date, and buttons stand in one message.
        """
        if not self.services.policy.read(interaction.actor):
            return None
        ledger = self.services.ledger
        try:
            row = await ledger.row(check.request_id)
            return ledger.last_word(row) if row else None
        except LedgerError as error:
            log.warning("the answer to a check is short: %s", error)
            return None

    async def _look(self, interaction: Interaction, check: PendingCheck) -> None:
        """Without the ledger's help: of a request that it does not know."""
        found, why = await self._found(interaction, check)
        kind = conclude_check(check, found, self.services.runtime.now())
        message = delete_check.check_message(check, kind, interaction.actor.user_id, self._now(), interaction.reference)
        is_news = kind is not Kind.UNKNOWN  # that nothing is known, the message says already

        async def tell() -> None:
            await self.recorder.record(interaction, "checked", why, check)
            if not is_news:
                await self.services.replies.send(interaction, message)
            elif not await self.services.replies.replace(interaction, message):
                await self.finish.deliver.dm_or_send(interaction, message)

        await self.services.runner.complete(tell())

    async def _found(self, interaction: Interaction, check: PendingCheck) -> tuple[Found, str]:
        """What was found, and why in words for the audit."""
        try:
            found = found_in(await read(self.services, interaction, check.case_number))
        except TicketNotFoundError:
            return "gone", "can't be found"
        except SweeppeaError as error:
            return "unknown", f"not read: {error}"
        except CancelledError:  # a stop: then this is what was found
            return "unknown", "the bot is stopping"
        return found, "the status is unknown" if found == "unknown" else found

    def _now(self) -> int:
        return int(self.services.runtime.now())


_WORDS = {
    Kind.UNKNOWN: "not read",
    Kind.FOUND_OPEN: "open",
    Kind.MAY_STILL_HAPPEN: "open",
    Kind.FOUND_CLOSED: "closed",
}
