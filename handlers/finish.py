"""The end of a request, whatever came of it: on record, the claim ended, people answered, the receipt sent.

Nothing here needs the click itself but to know where answers go (`to`).
"""

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from bot.blockkit.blocks import Message
from bot.changes.claims import Claim
from bot.changes.outcome import Kind, Outcome
from bot.changes.request import ID_BYTES, Click
from bot.messages import delete_outcome, receipt
from bot.tickets import Ticket
from handlers.record import Recorder
from handlers.services import Services
from handlers.slack.interaction import Interaction

_GONE = {Kind.DONE, Kind.FOUND_DONE, Kind.FOUND_GONE}  # of two requests without an answer, either may have done it


@dataclass(frozen=True)
class Finish:
    services: Services
    recorder: Recorder

    async def __call__(self, click: Click, to: Interaction, outcome: Outcome) -> None:
        outcome = self._with_renewed_request(click, outcome)
        event, _, words = outcome.meaning(click.change)
        error = f": {outcome.error}" if outcome.error else ""
        self._end_claim(click, outcome)
        await self.recorder.record(to, event, f"{words}{error}", click)
        if outcome.kind in _GONE and click.change == "delete" and outcome.ticket:
            confirmed = outcome.kind is Kind.DONE
            self.services.runner.start(self._send_receipt(to, outcome.ticket, confirmed=confirmed), survives=True)
        await self._tell(click, to, outcome)

    def _with_renewed_request(self, click: Click, outcome: Outcome) -> Outcome:
        """The request that takes this one's place, where its buttons come back."""
        if not (outcome.has_buttons_again and outcome.ticket):
            return outcome
        id_, now = self.services.runtime.token_hex(ID_BYTES), int(self.services.runtime.now())
        self.services.claims.record_posted(id_)
        if outcome.kind is Kind.CHANGED:
            return replace(outcome, renewed=click.request.renew(outcome.ticket, id=id_, requested_at=now))
        return replace(outcome, renewed=click.request.repeat(id=id_))

    def _end_claim(self, click: Click, outcome: Outcome) -> None:
        claims, state = self.services.claims, outcome.meaning(click.change).state
        if state is None:
            claims.release(click.request.id)
            return
        claims.finish(click.request.id, Claim(state, click.user_id, click.at))

    async def _tell(self, click: Click, to: Interaction, outcome: Outcome) -> None:
        message = delete_outcome.outcome_message(click, outcome, self.services.request_options)
        if outcome.kind is Kind.NOT_UPDATABLE:
            await self._tell_directly(to, message)
        elif outcome.leaves_request:
            await self.services.replies.send(to, message)
        else:
            await self.replace(to, message)

    async def replace(self, to: Interaction, message: Message) -> None:
        """Changes the message that was clicked; where that fails, a direct message, or else a private answer."""
        if not await self.services.replies.replace(to, message):
            await self._tell_directly(to, message)

    async def _tell_directly(self, to: Interaction, message: Message) -> None:
        if not await self.services.replies.direct(to, message):
            await self.services.replies.send(to, message)

    async def _send_receipt(self, to: Interaction, ticket: Ticket, *, confirmed: bool) -> None:
        """The record stands, whatever becomes of this."""
        if not self.services.settings.delete_receipt:
            return
        make = partial(receipt.receipt, ticket, confirmed=confirmed)
        messages = await asyncio.to_thread(make) if receipt.is_large(ticket) else make()
        for message in messages:
            if not await self.services.replies.direct(to, message):
                await self.services.replies.send(to, receipt.shortened(ticket, confirmed=confirmed))
                return
