"""Whether the API answers at all: after some failures in a row people hear so at once, and one read at a time tries."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context

from bot.api.errors import NotSentError, OutageError, SweeppeaError
from bot.api.responses import is_answer, is_busy
from bot.tickets import CaseNumber

MIN_FAILURES = 3
MIN_LASTED_S = 8.0  # until then whoever waits may be served in time
ASKED_S = 60.0  # after the last who asked, nobody is waiting to hear that it is over


class Outage:
    """`probe` reads a ticket, and its end comes to `ended` as that of any read; `pause_s` is the time before it.

    What goes wrong with one ticket alone is no outage; `pause_s` is given the number of probes so far.
    """

    def __init__(self, probe: Callable[[CaseNumber], Awaitable[object]], pause_s: Callable[[int], float]) -> None:
        self._probe = probe
        self._pause_s = pause_s
        self._failures = 0
        self._began_at = 0.0
        self._tickets: set[CaseNumber] = set()
        self._is_general = False
        self._asked_for: CaseNumber | None = None
        self._asked_at = 0.0
        self._context = copy_context()  # of whoever made it: a probe belongs to no command
        self._probing: asyncio.Task[None] | None = None

    def check(self, case_number: CaseNumber) -> None:
        """For somebody who asks. Raises OutageError while it lasts."""
        if self._probing:
            self._asked_for, self._asked_at = case_number, asyncio.get_running_loop().time()
            raise self.error()

    def error(self) -> OutageError:
        return OutageError(lasted_s=asyncio.get_running_loop().time() - self._began_at)

    def ended(self, case_number: CaseNumber, began_at: float, error: SweeppeaError | None) -> bool:
        """One request to the API, begun then in the loop's time. Whether an outage is found out by it."""
        if error is None or is_answer(error):
            self._failures, self._is_general = 0, False
            self._tickets.clear()
            self._stop()
            return False
        if not self._failures:
            self._began_at = began_at
        self._failures += 1
        self._is_general |= is_busy(error) or isinstance(error, NotSentError)
        if not self._is_general:
            self._tickets.add(case_number)
        lasted_s = asyncio.get_running_loop().time() - self._began_at
        is_outage = self._failures >= MIN_FAILURES and lasted_s >= MIN_LASTED_S
        if self._probing or not is_outage or (not self._is_general and len(self._tickets) == 1):
            return False
        self._asked_for, self._asked_at = case_number, asyncio.get_running_loop().time()
        self._probing = asyncio.create_task(self._try_again(), context=self._context)
        return True

    def _stop(self) -> None:
        if self._probing:
            self._probing.cancel()
            self._probing = None

    async def close(self) -> None:
        if probing := self._probing:
            self._stop()
            await asyncio.wait([probing])

    async def _try_again(self) -> None:
        """Until there is an answer, or nobody has asked for some time: then whoever asks next finds out."""
        probes = 0
        try:
            while self._asked_for and asyncio.get_running_loop().time() - self._asked_at < ASKED_S:
                await asyncio.sleep(self._pause_s(probes))
                probes += 1
                await self._probe(self._asked_for)
        finally:
            if self._probing is asyncio.current_task():
                self._probing = None
