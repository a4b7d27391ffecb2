"""Calling the API to delete or resolve, and clearing up what came of it: never blind, never a guess.

confirmed by the API                    ->  done
read afresh before a try, and changed   ->  that outcome
anything else                           ->  read the ticket once more, then decide: see bot.changes.outcome.conclude
"""

import asyncio
import logging
from dataclasses import dataclass

from bot import logs
from bot.api.client import ChangeResult
from bot.api.errors import AuthenticationError, BusyError, QueueTimeoutError, SweeppeaError, TicketNotFoundError
from bot.changes.outcome import (
    Found,
    Kind,
    Outcome,
    VerificationError,
    conclude,
    decide,
    needs_read_back,
)
from bot.changes.request import LATE_EXECUTION_S, Click
from bot.tickets import CaseNumber, Ticket
from handlers.services import Services

READ_BACK_S = 8.0  # of its own, since the command's deadline may have passed
_MAY_BE_OURS = {
    Kind.DONE,
    Kind.FOUND_DONE,
    Kind.FOUND_GONE,
    Kind.FOUND_CLOSED,
    Kind.MAY_STILL_HAPPEN,
    Kind.UNKNOWN,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Execution:
    """One change for one click. `ticket` was read for this click; `verified_at` is the loop's time of that answer."""

    services: Services
    click: Click
    ticket: Ticket
    deadline: float
    verified_at: float

    async def run(self) -> Outcome:
        """Lets nothing through: the request may have been sent, and whoever caught an error would deny that."""
        request, change, claims = self.click.request, self.click.change, self.services.claims
        attempt = (change, request.case_number, request.id)
        claims.record_attempt(*attempt, self.click.at)
        try:
            outcome = await self._run()
        except asyncio.CancelledError:  # the bot is being stopped: no time to read the ticket again
            outcome = self._unknown()
        except Exception as error:  # noqa: BLE001 - whatever it was
            logs.log_unexpected(log, error)
            outcome = self._unknown()
        last_try = outcome.last_try or self.services.runtime.now()
        claims.end_attempt(*attempt, last_try + LATE_EXECUTION_S if outcome.kind in _MAY_BE_OURS else None)
        return outcome

    async def _run(self) -> Outcome:
        request, change = self.click.request, self.click.change
        result: ChangeResult = await self.services.client.change(
            change,
            request.case_number,
            deadline=self.deadline,
            verify=self._verify,
            verified_at=self.verified_at,
            by=self.click.user_id,
        )
        if result.confirmed:
            return Outcome(kind=Kind.DONE, ticket=self.ticket)
        _log(request.case_number, result.error)
        found = await self._found(result.error)
        sole = self.services.claims.is_sole_attempt(change, request.case_number, request.id)
        return conclude(change, self.ticket, result.error, result.maybe_applied_at, found, is_sole_attempt=sole)

    async def _verify(self) -> None:
        """Raises VerificationError where the ticket, read afresh, may not be changed any more."""
        request = self.click.request
        try:
            ticket = await self.services.client.read(request.case_number, deadline=self.deadline)
        except SweeppeaError as error:
            raise VerificationError(_not_verified(error, self.ticket)) from error
        if outcome := decide(request, ticket):
            raise VerificationError(outcome)

    async def _found(self, error: Exception | None) -> Found:
        if isinstance(error, VerificationError):
            return _found_by(error.outcome)
        return await self._read_back() if needs_read_back(error) else "unknown"

    async def _read_back(self) -> Found:
        deadline = asyncio.get_running_loop().time() + READ_BACK_S
        try:
            ticket = await self.services.client.read(self.click.request.case_number, deadline=deadline)
        except TicketNotFoundError:
            return "gone"
        except (SweeppeaError, asyncio.CancelledError):  # of a stop, which leaves no time for it
            return "unknown"
        return found_in(ticket)

    def _unknown(self) -> Outcome:
        return Outcome(kind=Kind.UNKNOWN, ticket=self.ticket, last_try=self.services.runtime.now())


def _log(case_number: CaseNumber, error: Exception | None) -> None:
    """What is not ours to word may quote a ticket: of that the type and the place are logged."""
    if error is None or isinstance(error, SweeppeaError | VerificationError):
        log.warning("%s was not confirmed: %s", case_number, error)
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
