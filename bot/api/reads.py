"""Reading tickets: looks that share a request, reads of those who decide, and who is told at once that it won't be."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import partial

from bot.api import responses
from bot.api.errors import NoResponseError, QueueTimeoutError, SweeppeaError
from bot.api.http import Transport
from bot.api.outage import Outage
from bot.api.place import Rank
from bot.api.queue import EndpointQueue
from bot.api.requests import FETCH, Requests
from bot.api.retry import Backoff, retry
from bot.api.shared_read import SharedRead
from bot.runtime import Runtime
from bot.tickets import CaseNumber, Ticket

TRY_S = 10.0  # one try of a read, so that a hung one can be tried again within a command's deadline
_MIN_PAUSE_S = 0.01
_MAX_TRIES = 6  # each counts against the plan; the endpoint's 503 are waited out without counting


class Reads:
    """Deadlines are in the event loop's time. `by` is the person; every method that reads raises SweeppeaError."""

    def __init__(
        self, transport: Transport, requests: Requests, queue: EndpointQueue, runtime: Runtime, backoff: Backoff
    ) -> None:
        self._transport = transport
        self._requests = requests
        self._queue = queue
        self._runtime = runtime
        self._backoff = backoff
        self._looks: dict[CaseNumber, SharedRead] = {}
        self._reads: set[SharedRead] = set()
        self._outage = Outage(self._probe, lambda probes: backoff.delay_s(probes + 1, None, runtime.random.random()))

    async def look(self, case_number: CaseNumber, *, deadline: float, by: str) -> Ticket:
        self._outage.check(case_number)
        read = self._looks.get(case_number)
        if read is None:
            self._queue.admit(by, Rank.LOOK, deadline)
            read = self._looks[case_number] = self._begin(case_number, by, Rank.LOOK, reuse=True)
        elif read.place and read.place.is_waiting:
            self._queue.move(read.place, by)
        return await self._wait_for(read, deadline)

    async def read(
        self, case_number: CaseNumber, *, deadline: float, by: str, rank: Rank, then: EndpointQueue | None
    ) -> Ticket:
        """`then` is the queue that the person is going to join."""
        if rank is not Rank.CLEAR_UP:
            self._outage.check(case_number)
        self._queue.admit(by, rank, deadline)
        with ExitStack() as stack:
            if then:
                then.admit(by, Rank.CLICK, deadline)
                stack.enter_context(then.expecting_one())
            return await self._wait_for(self._begin(case_number, by, rank, reuse=False), deadline)

    def ahead_of(self, case_number: CaseNumber) -> int:
        places = [read.place for read in self._reads if read.case_number == case_number and read.place]
        return max((place.ahead for place in places), default=0)

    def forget_look(self, case_number: CaseNumber) -> None:
        """Whoever looks from now on gets a request that begins now."""
        self._looks.pop(case_number, None)

    async def close(self) -> None:
        """Gives up what is under way."""
        await self._outage.close()
        tasks = [read.task for read in self._reads]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(
        self, case_number: CaseNumber, by: str, rank: Rank, *, reuse: bool, is_probe: bool = False
    ) -> SharedRead:
        read = SharedRead(case_number, by, rank, reuse, is_probe)
        self._reads.add(read)
        read.task = asyncio.create_task(self._read(read))
        read.task.add_done_callback(lambda _: self._forget(read))
        return read

    async def _wait_for(self, read: SharedRead, deadline: float) -> Ticket:
        try:
            return await read.answer(deadline)
        finally:
            if read.is_given_up:
                self._forget(read)

    def _forget(self, read: SharedRead) -> None:
        if read.task.done():
            self._reads.discard(read)
        if self._looks.get(read.case_number) is read:
            del self._looks[read.case_number]
        if read.task.done() and not read.task.cancelled():
            read.task.exception()  # nobody may be left to look at it

    async def _read(self, read: SharedRead) -> Ticket:
        in_turn = partial(self._read_in_turn, read)
        try:
            answer = await retry(
                in_turn, responses.is_retryable_read, lambda: read.last_moment, self._pause_s, max_tries=_MAX_TRIES
            )
        except QueueTimeoutError as error:
            raise read.failure or error from None
        return responses.parse_ticket(answer, asked_for=read.case_number)  # while the API serves the next one

    async def _read_in_turn(self, read: SharedRead) -> Mapping[str, object]:
        # 429 and 503: keep our place, everybody behind would get the same. Any other error: let the next request go.
        read.place = self._queue.place(read.by, read.rank, lambda: read.deadline)
        read_once = partial(self._read_once, read)
        async with read.place:
            return await retry(read_once, responses.is_busy, lambda: self._last_try(read), self._pause_s)

    def _last_try(self, read: SharedRead) -> float:
        """When it is too late for another try that can end in time."""
        return read.last_moment - self._queue.answer_s()

    async def _read_once(self, read: SharedRead) -> Mapping[str, object]:
        read.is_sent = read.is_in_flight = True
        began_at = asyncio.get_running_loop().time()
        post = partial(self._transport.post_idempotent, reuse=read.reuse)
        try:
            async with asyncio.timeout(TRY_S):
                answer = await self._requests.send(FETCH, {"caseNumber": read.case_number}, post)
        except TimeoutError:
            read.failure = NoResponseError("no answer in time")
            self._over(read, began_at, read.failure)
            raise read.failure from None
        except SweeppeaError as error:
            read.failure = error
            self._over(read, began_at, error)
            raise
        finally:
            read.is_in_flight = False
        self._over(read, began_at, None)
        return answer

    def _over(self, read: SharedRead, began_at: float, error: SweeppeaError | None) -> None:
        now = asyncio.get_running_loop().time()
        if (error is None or responses.is_answer(error)) and read.place:
            read.place.answer_s = now - began_at
        if self._outage.ended(read.case_number, began_at, error):
            self._queue.send_away(self._outage.error)

    async def _probe(self, case_number: CaseNumber) -> None:
        read = self._begin(case_number, "", Rank.CLEAR_UP, reuse=False, is_probe=True)
        deadline = asyncio.get_running_loop().time() + TRY_S
        with suppress(SweeppeaError):  # heard of in `_over`
            await self._wait_for(read, deadline)

    def _pause_s(self, tries: int, error: Exception) -> float:
        """Where others wait, an endpoint that serves somebody else is asked again after half the time of a request."""
        first_s = None
        if self._queue.is_waited_for and responses.serves_another(error):
            first_s = max(self._queue.answer_s() / 2, _MIN_PAUSE_S)
        retry_after_s = responses.retry_after_of(error)
        return self._backoff.delay_s(tries, retry_after_s, self._runtime.random.random(), first_s)
