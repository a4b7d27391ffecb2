"""Calling the API to delete or resolve, and clearing up what came of it: never blind, never a guess.

confirmed by the API                    ->  done
read afresh before a try, and changed   ->  that outcome
anything else                           ->  read the ticket once more, then decide: see bot.changes.conclude
"""

import asyncio
import logging
from dataclasses import dataclass, replace

from bot import logs
from bot.api.client import ChangeResult
from bot.api.errors import AuthenticationError, BusyError, QueueTimeoutError, SweeppeaError, TicketNotFoundError
from bot.changes.conclude import Found, conclude, conclude_refused, needs_read_back
from bot.changes.outcome import Kind, Outcome, Rivals, VerificationError, decide
from bot.changes.request import Click
from bot.ledger.database import LedgerError
from bot.ledger.lease import LeaseLostError
from bot.tickets import Ticket
from handlers.begun import Begun
from handlers.failures import note_failure
from handlers.services import Services

READ_BACK_S = 8.0  # of its own, since the command's deadline may have passed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Execution:
    """One change for one click. `ticket` was read for this click; `verified_at` is the loop's time of that answer."""

    services: Services
    begun: Begun
    ticket: Ticket
    deadline: float
    verified_at: float

    async def run(self) -> Outcome:
        """Raises LeaseLostError where nothing of this click was sent, CancelledError where the bot is being stopped.

        Lets nothing else through: the request may have been sent, and whoever caught an error would deny that.
        """
        try:
            return await self._run()
        except LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was
            logs.log_unexpected(log, error)
            return self._unknown()

    async def _run(self) -> Outcome:
        click = self.begun.click
        gate = _Gate(self.services, self.begun)
        result: ChangeResult = await self.services.client.change(
            click.change,
            click.request.case_number,
            deadline=self.deadline,
            verify=self._verify,
            gate=gate,
            verified_at=self.verified_at,
            by=click.user_id,
        )
        if result.confirmed:
            return Outcome(kind=Kind.DONE, ticket=self.ticket)
        _log(result.error)
        if isinstance(result.error, LeaseLostError) and result.maybe_applied_at is None:
            if gate.tries:  # the API itself said "busy" to each: after anything else there is no next try
                await gate.add_answer(Kind.BUSY)
            raise result.error
        if isinstance(result.error, LedgerError) and result.maybe_applied_at is None:
            return Outcome(kind=Kind.NOT_SAVED, ticket=self.ticket)
        found = await self._found(result.error)
        rivals = await self._rivals()
        outcome = conclude(
            click.change, self.ticket, result.error, result.maybe_applied_at, found, is_sole_attempt=not rivals.users
        )
        return replace(outcome, rivals=rivals)

    async def _rivals(self) -> Rivals:
        try:
            return await self.services.ledger.rivals(self.begun.click)
        except LedgerError:
            return Rivals()  # the ticket is locked, so there are none, unless an operator settled a request too early

    async def _verify(self) -> None:
        """Raises VerificationError where the ticket, read afresh, may not be changed any more."""
        request = self.begun.click.request
        try:
            ticket = await self.services.client.read(request.case_number, deadline=self.deadline)
        except SweeppeaError as error:
            raise VerificationError(_not_verified(error, self.ticket)) from error
        if outcome := decide(request, ticket):
            raise VerificationError(outcome)

    async def _found(self, error: Exception | None) -> Found:
        if isinstance(error, VerificationError):
            return _found_by(error.outcome)
        return await read_back(self.services, self.begun.click) if needs_read_back(error) else "unknown"

    def _unknown(self) -> Outcome:
        """Nothing was sent as long as the ledger does not have that it may be."""
        if self.begun.lease.send_not_after is None:
            return Outcome(kind=Kind.INTERRUPTED, ticket=self.ticket)
        return Outcome(kind=Kind.UNKNOWN, ticket=self.ticket, last_try=self.services.runtime.now())


@dataclass
class _Gate:
    """Asked before each try: the row must still be ours, and the ledger must have that the change may be sent.

    `tries` counts those that were let through.
    """

    services: Services
    begun: Begun
    tries: int = 0

    @property
    def time_was_lost_at(self) -> float:
        return self.begun.lease.lapsed_at

    async def connected(self) -> None:
        await self.begun.lease.check()  # which renews what could not be renewed while the database was away
        if not await self.services.ledger.send(self.begun.lease):
            raise LeaseLostError("before the change was sent")

    async def before_first_byte(self) -> None:
        """The machine may have stood still since: where the database has a clock of its own, that one is asked."""
        if not await self.services.ledger.may_send(self.begun.lease) or not self.begun.lease.is_fresh:
            raise LeaseLostError("too late to send the change")
        self.tries += 1

    async def confirmed_late(self) -> None:
        """After the end was shown: the row's next look corrects that."""
        await self.add_answer(Kind.DONE)

    async def refused_late(self, error: SweeppeaError) -> None:
        await self.add_answer(conclude_refused(error, "unknown"))

    async def add_answer(self, kind: Kind) -> None:
        try:
            await self.services.ledger.add_answer(self.begun.click, kind)
        except LedgerError as error:
            log.warning("an answer that came late is lost: %s", error)


async def read_back(services: Services, click: Click, deadline: float | None = None) -> Found:
    """What a fresh read shows. `deadline` in the loop's time: READ_BACK_S from now unless given."""
    deadline = deadline or asyncio.get_running_loop().time() + READ_BACK_S
    try:
        ticket = await services.client.read(click.request.case_number, deadline=deadline)
    except TicketNotFoundError:
        return "gone"
    except (SweeppeaError, asyncio.CancelledError):  # of a stop, which leaves no time for it
        return "unknown"
    return found_in(ticket)


def _log(error: Exception | None) -> None:
    """What is not ours to word may quote a ticket: of that the type and the place are logged."""
    if error is None or isinstance(error, SweeppeaError | VerificationError | LeaseLostError | LedgerError):
        note_failure(error)
    else:
        logs.log_unexpected(log, error)


def found_in(ticket: Ticket) -> Found:
    if ticket.status is None:
        return "unknown"
    return "closed" if ticket.status else "open"


def _not_verified(error: SweeppeaError, ticket: Ticket) -> Outcome:
    if isinstance(error, TicketNotFoundError):
        return Outcome(kind=Kind.NOT_FOUND, ticket=ticket, error=error)
    if isinstance(error, AuthenticationError):
        return Outcome(kind=Kind.REJECTED_KEY, ticket=ticket, error=error)
    kind = Kind.BUSY if isinstance(error, BusyError | QueueTimeoutError) else Kind.UNREACHABLE
    return Outcome(kind=kind, ticket=ticket, error=error)


def _found_by(outcome: Outcome) -> Found:
    if outcome.kind is Kind.NOT_FOUND:
        return "gone"
    if outcome.kind in {Kind.NOT_OPEN, Kind.CHANGED} and outcome.ticket:
        return found_in(outcome.ticket)
    return "unknown"
