"""The client of the ticket API: one request per endpoint at a time, one deadline per command, never a guess.

Facts: the API's reference pages, and its rule that every endpoint serves one request at a time and answers the rest
503, so that a client has to queue.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from bot.api import http, responses
from bot.api.errors import AuthenticationError, NoResponseError, NotSentError, QueueTimeoutError, SweeppeaError
from bot.api.http import RawResponse, Wire
from bot.tickets import CaseNumber, Ticket

FETCH = "/tickets/fetchSingleTicket"
DELETE = "/tickets/delete"
RESOLVE = "/tickets/resolve"

_READ_S = 10.0  # one try of a read, so that a hung one can be tried again within a command's deadline

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@asynccontextmanager
async def connect(
    base_url: str, key: str, *, concurrency: int = 1, proxy: str | None = None
) -> AsyncIterator["SweeppeaClient"]:
    """A client that is closed at the end. `concurrency` is how many requests one endpoint serves at a time."""
    async with http.connect(base_url, key, proxy=proxy) as connected:
        yield SweeppeaClient(connected, concurrency=concurrency, own_secrets=(key,))


class SweeppeaClient:
    """Deadlines are in the event loop's time, waiting in the queue included. All methods raise SweeppeaError alone.

    `own_secrets` are in no error's message, should the API quote them.
    """

    def __init__(self, connected: Wire, *, concurrency: int = 1, own_secrets: tuple[str, ...] = ()) -> None:
        self._wire = connected
        self._own_secrets = own_secrets
        self._lanes = {endpoint: _Lane(concurrency) for endpoint in (FETCH, DELETE, RESOLVE)}
        self._reads: dict[CaseNumber, _Read] = {}
        self._key_refused = False

    async def fetch_single_ticket(self, case_number: CaseNumber, *, deadline: float) -> Ticket:
        """Shares the request of a read of the same ticket that waits or is in flight."""
        read = self._reads.get(case_number)
        if read is None:
            read = self._reads[case_number] = _Read(case_number)
            read.task = asyncio.create_task(self._read(read))
            read.task.add_done_callback(lambda _: self._forget(read))
        read.deadline = max(read.deadline, deadline)
        read.readers += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(read.task)
        except TimeoutError:
            raise read.too_late from None
        finally:
            read.readers -= 1
            if not read.readers:  # whoever gives up last leaves no request behind
                self._forget(read)
                read.task.cancel()

    def ahead_of(self, case_number: CaseNumber) -> int:
        """How many other requests are served before the read of this ticket that is under way."""
        read = self._reads.get(case_number)
        return self._lanes[FETCH].ahead_of(read) if read else 0

    async def delete(self, case_number: CaseNumber, *, deadline: float) -> None:
        """Returns once the API has said that the ticket is deleted."""
        await self._change(DELETE, case_number, deadline)

    async def resolve(self, case_number: CaseNumber, *, deadline: float) -> None:
        """Returns once the API has said that the ticket is closed."""
        await self._change(RESOLVE, case_number, deadline)

    async def _read(self, read: "_Read") -> Ticket:
        async def attempt() -> Ticket:
            # A busy endpoint is busy for all who wait, so the turn is kept; other trouble lets the next one pass.
            async with self._lanes[FETCH].turn(read):
                return await _repeated(partial(self._read_once, read), responses.is_busy, stop)

        def stop(state: RetryCallState) -> bool:
            read.too_late = _error_of(state) or read.too_late
            return asyncio.get_running_loop().time() + state.upcoming_sleep >= read.deadline

        return await _repeated(attempt, responses.is_retryable_read, stop)

    async def _read_once(self, read: "_Read") -> Ticket:
        if isinstance(read.too_late, QueueTimeoutError):
            read.too_late = NoResponseError("no answer in time")
        try:
            async with asyncio.timeout(_READ_S):
                body: dict[str, str] = {"caseNumber": read.case_number}
                answer = await self._post(FETCH, body, self._wire.fetch(FETCH, body))
        except TimeoutError:
            raise NoResponseError("no answer in time") from None
        return responses.parse_ticket(answer, asked_for=read.case_number)

    async def _change(self, endpoint: str, case_number: CaseNumber, deadline: float) -> None:
        too_late: SweeppeaError = QueueTimeoutError()  # what it means should the deadline pass now

        def told(sent: bool) -> None:  # noqa: FBT001 - see Wire.send
            nonlocal too_late
            too_late = NoResponseError("no answer in time") if sent else NotSentError("no connection in time")

        async def attempt() -> None:
            nonlocal too_late
            too_late = NoResponseError("no answer in time")
            self._reads.pop(case_number, None)  # who asks from now on wants to know what came of this
            body: dict[str, str] = {"CaseId": case_number}
            try:
                await self._post(endpoint, body, self._wire.send(endpoint, body, told))
            except SweeppeaError as error:
                too_late = error
                raise

        def stop(state: RetryCallState) -> bool:
            return asyncio.get_running_loop().time() + state.upcoming_sleep >= deadline

        try:
            async with asyncio.timeout_at(deadline), self._lanes[endpoint].turn(object()):
                await _repeated(attempt, responses.is_retryable_change, stop)
        except TimeoutError:
            raise too_late from None
        finally:
            self._reads.pop(case_number, None)

    async def _post(
        self, endpoint: str, body: dict[str, str], exchange: Awaitable[RawResponse]
    ) -> Mapping[str, object]:
        started, outcome, level = perf_counter(), "cancelled", logging.INFO
        try:
            status, retry_after, content = await exchange
            outcome = str(status)
            answer = responses.decipher(status, retry_after, content, self._own_secrets)
            level = logging.DEBUG if endpoint == FETCH else level  # that a ticket was read is no news
        except SweeppeaError as error:
            outcome = type(error).__name__ if outcome == "cancelled" else outcome
            self._tell_the_operator(error)
            raise
        finally:
            took_ms = (perf_counter() - started) * 1000
            log.log(level, "%s %s: %s, %.0f ms", endpoint, *body.values(), outcome, took_ms)
        self._key_refused = False
        return answer

    def _tell_the_operator(self, error: SweeppeaError) -> None:
        if isinstance(error, AuthenticationError) and not self._key_refused:
            self._key_refused = True
            log.error("the API refuses SWEEPPEA_API_KEY (HTTP %d); nothing works until it is replaced", error.status)

    def _forget(self, read: "_Read") -> None:
        if self._reads.get(read.case_number) is read:
            del self._reads[read.case_number]
        if read.task.done() and not read.task.cancelled():
            read.task.exception()  # nobody may be left to look at it


@dataclass(eq=False)
class _Read:
    """A read that several commands may wait for; `too_late` is what it means should a deadline pass now."""

    case_number: CaseNumber
    deadline: float = 0.0
    readers: int = 0
    too_late: SweeppeaError = field(default_factory=QueueTimeoutError)
    task: "asyncio.Task[Ticket]" = field(init=False)


class _Lane:
    """One endpoint's queue: first come, first served."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._turns = asyncio.Semaphore(width)
        self._line: dict[object, None] = {}

    @asynccontextmanager
    async def turn(self, place: object) -> AsyncIterator[None]:
        self._line[place] = None
        try:
            async with self._turns:
                yield
        finally:
            del self._line[place]

    def ahead_of(self, place: object) -> int:
        return max(list(self._line).index(place) - self._width + 1, 0) if place in self._line else 0


async def _repeated(
    attempt: Callable[[], Awaitable[Answer]],
    worth_it: Callable[[BaseException], bool],
    stop: Callable[[RetryCallState], bool],
) -> Answer:
    """Repeats as long as it is worth it and there is time; then raises what was raised last."""
    failed: list[SweeppeaError] = []

    async def again() -> Answer:
        if failed:
            raise failed.pop()
        return await attempt()

    try:
        return await attempt()  # which mostly works, and then costs none of the machinery
    except SweeppeaError as error:
        failed.append(error)
    retrying = AsyncRetrying(
        retry=retry_if_exception(worth_it), wait=_delay_s, stop=stop, sleep=asyncio.sleep, reraise=True
    )
    return await retrying(again)


def _delay_s(state: RetryCallState) -> float:
    chance = random.random()  # noqa: S311 - spreads load, guards nothing
    return responses.delay_s(state.attempt_number, responses.retry_after_of(_error_of(state)), chance)


def _error_of(state: RetryCallState) -> SweeppeaError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, SweeppeaError) else None
