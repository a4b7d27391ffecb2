"""Calling the API to delete or resolve, and saying what came of it: never blind, never a guess.

answered yes                            ->  the record
refused, or never sent                  ->  read the ticket again: others were faster, or why not, and the buttons again
an answer that can't be used            ->  read the ticket again: done after all, or not done
no answer                               ->  read the ticket again: done, or it may yet be; *Check* tells later
and the ticket can't be read again      ->  it cannot be told; *Check* tells later
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from bot import logs
from bot.api.errors import (
    AuthenticationError,
    BusyError,
    Effect,
    InvalidResponseError,
    NotSentError,
    QueueTimeoutError,
    StatusError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.audit import Event
from bot.blockkit.blocks import Message
from bot.changes.claims import Claim, Claims, State
from bot.changes.request import Check, Shown, differences
from bot.messages import deletion
from bot.tickets import Change, Ticket
from handlers.services import Services
from handlers.slack.interaction import Interaction

READ_BACK_S = 8.0  # of its own, since the command's deadline may have passed

Found = Literal["gone", "open", "closed", "unknown"]
_WISHED: dict[Change, Found] = {"delete": "gone", "resolve": "closed"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """What came of a call: what becomes of the prompt, the audit line, and what people are told."""

    state: State
    event: Event
    outcome: str
    message: Message


class Asking(Protocol):
    """With a note of what happened, and whether the ticket was seen after that: see deletion.prompt."""

    def __call__(self, note: str, *, seen: bool) -> Message: ...


@dataclass(frozen=True)
class Attempt:
    """One call of the API for one press. `prompt` makes the prompt anew."""

    services: Services
    interaction: Interaction
    ticket: Ticket
    check: Check
    read_at: float  # in the loop's time
    claims: Claims
    prompt: Asking

    async def run(self) -> State:
        """Lets no cancellation through: nothing follows, and whoever caught it would say that nothing was changed."""
        try:
            ending = await self._call()
        except asyncio.CancelledError:
            # The bot is being stopped: the request may be on its way, and there is no time to read the ticket again.
            ending = self._unclear(deletion.unclear, "stopped")
        except Exception as error:  # noqa: BLE001 - whatever it was, the request may have been sent
            logs.log_unexpected(log, error)
            ending = self._unclear(deletion.unclear, "a fault of this bot")
        self.services.audit(self.interaction, ending.event, self.ticket.case_number, ending.outcome, self.check.change)
        if ending.state == "deleted":  # before the record: should Slack keep that waiting, the text is safe
            self.services.send_receipt(self.interaction, self.ticket)
        await self.services.insist(partial(self.services.settle, self.interaction, ending.message))
        return ending.state

    async def _call(self) -> Ending:
        this = (self.check.change, self.ticket.case_number, self.check.prompt_id)
        self.claims.try_(*this)
        result = await self.services.sweeppea.change(
            self.check.change,
            self.ticket.case_number,
            deadline=self.interaction.deadline,
            verify=self._verify,
            verified_at=self.read_at,
        )
        if result.confirmed:
            return self._done(late=False)
        error = result.error
        if not isinstance(error, SweeppeaError):
            raise error or RuntimeError
        if result.maybe_applied_at or error.effect is not Effect.NOT_APPLIED:
            return await self._not_confirmed(error, may_still_happen=result.maybe_applied_at is not None)
        self.claims.was_not(*this)
        return await self._not_done(error)

    async def _verify(self) -> None:
        ticket = await self.services.sweeppea.read(self.ticket.case_number, deadline=self.interaction.deadline)
        if not ticket.is_open or any(differences(Shown.of(self.ticket), Shown.of(ticket))):
            raise NotSentError("the ticket has changed")

    async def _not_confirmed(self, error: SweeppeaError, *, may_still_happen: bool) -> Ending:
        found = await self._read_back()
        # Where somebody else's press here may have done it, nobody's is said to have.
        this = (self.check.change, self.ticket.case_number, self.check.prompt_id)
        if found == _WISHED[self.check.change] and self.claims.only(*this):
            return self._done(late=True)
        ref, outcome = self.interaction.reference, f"{error}; found {found}"
        if found == "unknown":
            return self._unclear(deletion.unclear, outcome)
        if found == "gone":  # by whom, and whether this was done before that, is not known
            return Ending("answered", "unclear", outcome, deletion.gone(self.check, ref))
        if found == "closed":
            event: Event = "failed" if self.check.change == "delete" else "unclear"
            return Ending("answered", event, outcome, deletion.closed(self.ticket.case_number, ref))
        if may_still_happen:
            return self._unclear(deletion.may_still_happen, outcome)
        self.claims.was_not(*this)
        message = error.message if isinstance(error, StatusError | InvalidResponseError) else None
        return self._not_done_because(deletion.unusable(message), outcome, seen=True)

    async def _not_done(self, error: SweeppeaError) -> Ending:
        """Not by this press; but another process, or another person, may have been faster."""
        number, change, ref = self.ticket.case_number, self.check.change, self.interaction.reference
        if isinstance(error, AuthenticationError):
            return _failed(deletion.key_refused(number, change, ref), str(error))
        found = await self._read_back()
        outcome, seen = f"{error}; found {found}", found == "open"
        if found == "gone":
            return _failed(deletion.not_there(number, ref), outcome)
        if found == "closed":
            return _failed(deletion.closed(number, ref), outcome)
        if isinstance(error, TicketNotFoundError):
            return _failed(deletion.not_deletable(number, change, ref, seen=seen), outcome)
        busy = isinstance(error, BusyError | QueueTimeoutError)
        return self._not_done_because(deletion.BUSY if busy else deletion.UNREACHABLE, outcome, seen=seen)

    async def _read_back(self) -> Found:
        deadline = asyncio.get_running_loop().time() + READ_BACK_S
        try:
            ticket = await self.services.sweeppea.read(self.ticket.case_number, deadline=deadline)
        except TicketNotFoundError:
            return "gone"
        except (SweeppeaError, asyncio.CancelledError):  # of a stop, which leaves no time for it
            return "unknown"
        if ticket.status is None:
            return "unknown"
        return "closed" if ticket.status else "open"

    def _done(self, *, late: bool) -> Ending:
        state: Literal["deleted", "resolved"] = "deleted" if self.check.change == "delete" else "resolved"
        self.claims.end(self.ticket.case_number, Claim(state, self.check.presser, self.check.pressed_at))
        press = deletion.Press(self.check.presser, self.check.pressed_at, self.interaction.reference)
        record = deletion.done(self.ticket, self.check.change, press, late=late)
        return Ending(state, state, "read back" if late else "confirmed by the API", record)

    def _not_done_because(self, why: str, outcome: str, *, seen: bool) -> Ending:
        return _failed(self.prompt(deletion.not_done(self.check.change, why, seen=seen), seen=seen), outcome)

    def _unclear(self, told: Callable[[Check, str], Message], outcome: str) -> Ending:
        """The request was sent before now; from now on is the longest that a late one can take."""
        check = self.check.model_copy(update={"sent_at": int(self.services.now()) + 1})
        return Ending("answered", "unclear", outcome, told(check, self.interaction.reference))


def _failed(message: Message, outcome: str) -> Ending:
    return Ending("answered", "failed", outcome, message)
