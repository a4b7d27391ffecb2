"""One change with all its tries: what they prove together, and when the ticket has to be read before the next one."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.api import responses
from bot.api.errors import BusyError, Effect, NoResponseError, NotSentError, SweeppeaError, is_own_no
from bot.api.http import Stage
from bot.runtime import Runtime
from bot.tickets import CaseNumber

MAX_READ_AGE_S = 5.0  # between the answer of the read that decides and the first byte of the change
_LAST_MOMENT_S = 0.1  # after the deadline, for an answer that is there already
MAX_THROTTLE_S = 2.0  # a throttle answers at once, a function that ran out of time does not

Verify = Callable[[], Awaitable[None]]
"""Reads the ticket afresh; raises where it may not be changed any more."""


class Gate(Protocol):
    """Passed before each try. What either raises ends the change, and this try is not sent."""

    @property
    def time_was_lost_at(self) -> float:
        """More time had gone by then than `runtime.boottime`, which this is of, may know: an earlier read is old."""

    async def connected(self) -> None:
        """The turn has come and the connection stands."""

    async def before_first_byte(self) -> None:
        """The very last moment."""

    async def confirmed_late(self) -> None:
        """The API's own success, once nobody waited for that any more. Raises nothing."""

    async def refused_late(self, error: SweeppeaError) -> None:
        """The same of the API's own no, which proves that no try of the change was carried out."""


class OpenGate:
    """Lets every try pass."""

    time_was_lost_at = -math.inf

    async def connected(self) -> None:
        pass

    async def before_first_byte(self) -> None:
        pass

    async def confirmed_late(self) -> None:
        pass

    async def refused_late(self, error: SweeppeaError) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class ChangeResult:
    """`confirmed`: the API's own success to one of the tries. Otherwise `error` is what ended it.

    `maybe_applied_at`: the time of day, in seconds since the epoch, at the end of the last try that may have been, or
    may yet be, carried out without the API's word (Effect.UNKNOWN), whatever later tries were answered; None where
    none can, and where `confirmed`. An `error` that says READ_BACK is the API's word: nothing comes after it.
    """

    confirmed: bool = False
    error: Exception | None = None
    maybe_applied_at: float | None = None


class NotVerifiedError(Exception):
    """The change ends because of `reason`, which `verify` or the gate raised."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class PendingChange:
    """Durations are in `runtime.boottime`, which goes on while the machine is suspended; `deadline` in the loop's time.

    `read_at` is when the read that decided was answered; `sending` is the task of the last try.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        case_number: CaseNumber,
        deadline: float,
        verify: Verify,
        gate: Gate,
        read_at: float,
        runtime: Runtime,
    ) -> None:
        self.endpoint = endpoint
        self.case_number = case_number
        self.deadline = deadline
        self.sending: asyncio.Task[None] | None = None
        self._verify = verify
        self._gate = gate
        self._read_at = read_at
        self._runtime = runtime
        self._may_be_sent = False
        self._is_let_go = False
        self._sent_at: float | None = None
        self._maybe_applied_at: float | None = None
        self._was_clear = True  # before this try

    async def prepare(self) -> None:
        """For the next try. Raises NotVerifiedError, or NotSentError where there is no time left."""
        self._may_be_sent, self._sent_at = False, None
        self._was_clear = self._maybe_applied_at is None
        if self._was_clear and not self._read_is_old():
            return
        try:
            async with asyncio.timeout_at(self.deadline) as timeout:
                await self._verify()
        except Exception as error:
            if timeout.expired():
                raise NotSentError("the ticket could not be read again in time") from error
            raise NotVerifiedError(error) from error
        self._read_at = self._runtime.boottime()

    async def on_stage(self, stage: Stage) -> None:
        if stage is Stage.CONNECTED:
            await _passed(self._gate.connected())
        elif stage is Stage.SENDING:
            await _passed(self._gate.before_first_byte())
            if self._read_is_old():
                raise NotSentError("the ticket was read too long ago")
            self._may_be_sent = True
        elif stage is Stage.SENT:
            self._sent_at = self._runtime.boottime()

    async def wait(self) -> None:
        """Returns at the end of the try, or at the deadline.

        The API's word may have come in the very moment in which the time was over, or while this process stood still.
        """
        if self.sending:
            await asyncio.wait([self.sending], timeout=self.deadline - asyncio.get_running_loop().time())
            if not self.sending.done() and self._may_be_sent:
                await asyncio.wait([self.sending], timeout=_LAST_MOMENT_S)

    @property
    def is_confirmed(self) -> bool:
        sending = self.sending
        return bool(sending and sending.done() and not sending.cancelled() and sending.exception() is None)

    def result(self) -> None:
        """Raises what the try ended with, or what the deadline means for it."""
        if self.sending is None or not self.sending.done() or self.sending.cancelled():
            raise self.on_timeout()
        self.sending.result()

    async def let_go(self) -> None:
        """Nobody waits for the try any more: it ends, unless the API may be working on it."""
        self._is_let_go = True
        if self.sending and not self._may_be_sent:
            self.sending.cancel()
            await asyncio.wait([self.sending])

    async def answered(self) -> None:
        """The API's own success."""
        if self._is_let_go:
            await self._gate.confirmed_late()

    async def refused(self, error: SweeppeaError) -> None:
        """What the try ended with, in place of a success."""
        if self._is_let_go and self._was_clear and is_own_no(error):
            await self._gate.refused_late(error)

    def on_timeout(self) -> SweeppeaError:
        """What it means should the deadline pass now."""
        return NoResponseError("no answer in time") if self._may_be_sent else NotSentError("no connection in time")

    def record(self, error: SweeppeaError) -> None:
        """What a try ended with."""
        if error.effect is Effect.UNKNOWN:
            self._maybe_applied_at = self._runtime.now()

    def is_retryable(self, error: Exception) -> bool:
        """After what is known to have changed nothing; and after a gateway's throttle, which `prepare` looks into.

        A gateway that answers late has given up a request that the API may still be working on.
        """
        if isinstance(error, NotSentError | BusyError):
            return True
        return responses.is_busy(error) and self._took_s() <= MAX_THROTTLE_S

    def ended(self, error: Exception) -> ChangeResult:
        return ChangeResult(error=error, maybe_applied_at=self._maybe_applied_at)

    def _read_is_old(self) -> bool:
        if self._read_at <= self._gate.time_was_lost_at:
            return True
        return self._runtime.boottime() - self._read_at > MAX_READ_AGE_S

    def _took_s(self) -> float:
        return math.inf if self._sent_at is None else self._runtime.boottime() - self._sent_at


async def _passed(gate: Awaitable[None]) -> None:
    try:
        await gate
    except Exception as error:
        raise NotVerifiedError(error) from error
