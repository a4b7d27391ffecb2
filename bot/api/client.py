"""The client of the ticket API: one request per endpoint at a time, one deadline per command, never a guess.

Facts: the API's reference pages, and its rule that every endpoint serves one request at a time and answers the rest
503, so that a client has to queue.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from bot.api import http, responses
from bot.api.errors import OutageError, QueueTimeoutError, SweeppeaError, TurnedAwayError
from bot.api.http import Transport
from bot.api.pending_change import ChangeResult, Gate, NotVerifiedError, OpenGate, PendingChange, Verify
from bot.api.place import Place, Rank
from bot.api.queue import EndpointQueue
from bot.api.reads import TRY_S, Reads
from bot.api.requests import FETCH, Requests
from bot.api.retry import Backoff, retry
from bot.api.turn import TurnAt, sole_process
from bot.metrics import OFF, Metrics, QueueState
from bot.runtime import Runtime
from bot.tickets import CaseNumber, Change, Ticket

CHANGES: dict[Change, str] = {"delete": "/tickets/delete", "resolve": "/tickets/resolve"}
ENDPOINTS = (FETCH, *CHANGES.values())

_OPEN_GATE = OpenGate()

__all__ = ["ChangeResult", "Rank", "SweeppeaClient", "connect"]


@asynccontextmanager
async def connect(
    base_url: str,
    key: str,
    *,
    concurrency: int = 1,
    proxy: str | None = None,
    runtime: Runtime | None = None,
    backoff: Backoff | None = None,
    turn_at: TurnAt = sole_process,
    metrics: Metrics = OFF,
) -> AsyncIterator["SweeppeaClient"]:
    """A client over HTTP that is closed at the end: what is under way is given up."""
    async with http.connect(base_url, key, proxy=proxy) as transport:
        client = SweeppeaClient(
            transport,
            runtime=runtime or Runtime(),
            backoff=backoff or Backoff(),
            concurrency=concurrency,
            own_secrets=(key,),
            turn_at=turn_at,
            metrics=metrics,
        )
        try:
            yield client
        finally:
            await client.close()


class SweeppeaClient:
    """Deadlines are in the event loop's time, waiting in the queue included. Reads raise SweeppeaError alone.

    `concurrency` is how many requests one endpoint serves at a time, `backoff` the pause between two tries;
    `own_secrets` are in no error's message, should the API quote them. `turn_at` makes the turn of an endpoint.
    `by` is the person for whom something is done: turns go round by person. Empty for the bot itself.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        runtime: Runtime,
        backoff: Backoff,
        concurrency: int = 1,
        own_secrets: tuple[str, ...] = (),
        turn_at: TurnAt = sole_process,
        metrics: Metrics = OFF,
    ) -> None:
        self._transport = transport
        self._runtime = runtime
        self._backoff = backoff
        self._metrics = metrics
        self._requests = Requests(runtime, own_secrets, metrics)
        self._queues = {endpoint: EndpointQueue(concurrency, turn_at(endpoint)) for endpoint in ENDPOINTS}
        self._reads = Reads(transport, self._requests, self._queues[FETCH], runtime, backoff)
        self._sending: set[asyncio.Task[None]] = set()

    async def look(self, case_number: CaseNumber, *, deadline: float, by: str = "") -> Ticket:
        """For whoever only looks: shares the request of a look at the same ticket that waits or is in flight."""
        with self._counting_noes():
            return await self._reads.look(case_number, deadline=deadline, by=by)

    async def read(
        self,
        case_number: CaseNumber,
        *,
        deadline: float,
        by: str = "",
        rank: Rank = Rank.CLEAR_UP,
        then: Change | None = None,
    ) -> Ticket:
        """For whoever decides: by a request that begins after the call, over a connection of its own.

        `then` is what is going to follow: who could not have that in time either is turned away now.
        """
        following = self._queues[CHANGES[then]] if then else None
        with self._counting_noes():
            return await self._reads.read(case_number, deadline=deadline, by=by, rank=rank, then=following)

    def ahead_of(self, case_number: CaseNumber) -> int:
        """How many other requests are served before the reads of this ticket that are under way."""
        return self._reads.ahead_of(case_number)

    def queues(self) -> dict[str, QueueState]:
        """How things stand before each endpoint."""
        return {endpoint: QueueState(queue.waiting, queue.answer_s()) for endpoint, queue in self._queues.items()}

    async def close(self) -> None:
        """Gives up what is under way."""
        await self._reads.close()
        sending = list(self._sending)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        for queue in self._queues.values():
            queue.close()

    async def change(
        self,
        change: Change,
        case_number: CaseNumber,
        *,
        deadline: float,
        verify: Verify,
        gate: Gate = _OPEN_GATE,
        verified_at: float,
        by: str = "",
    ) -> ChangeResult:
        """Deletes or resolves. Raises nothing but CancelledError.

        Between the answer of the read that decides, which came at `verified_at` (loop time), and the first byte are at
        most 5 s: where more would pass, `verify` is called once the turn has come; and before each try that follows
        one which may have been carried out. `gate` is passed before each try.
        """
        age_s = asyncio.get_running_loop().time() - verified_at
        pending = PendingChange(
            endpoint=CHANGES[change],
            case_number=case_number,
            deadline=deadline,
            verify=verify,
            gate=gate,
            read_at=self._runtime.boottime() - age_s,
            runtime=self._runtime,
        )
        try:
            with self._counting_noes():
                await self._change_in_turn(pending, by)
        except SweeppeaError as error:
            return pending.ended(error)
        except NotVerifiedError as error:
            return pending.ended(error.reason)
        finally:
            self._reads.forget_look(case_number)
        return ChangeResult(confirmed=True)

    async def _change_in_turn(self, pending: PendingChange, by: str) -> None:
        """Keeps the turn for as long as the API may be working on the request, be it that nobody waits any more."""
        place = self._queues[pending.endpoint].place(by, Rank.CLICK, lambda: pending.deadline)
        await place.enter()
        try:
            send = partial(self._send_change, pending, place)
            await retry(send, pending.is_retryable, lambda: pending.deadline, self._pause_s)
        finally:
            if pending.sending and not pending.sending.done():
                pending.sending.add_done_callback(lambda _: place.leave())
            else:
                place.leave()

    async def _send_change(self, pending: PendingChange, place: Place) -> None:
        await pending.prepare()
        self._reads.forget_look(pending.case_number)  # who looks from now on wants to know what came of this
        began_at = asyncio.get_running_loop().time()
        sending = pending.sending = asyncio.create_task(self._send(pending))
        self._sending.add(sending)
        sending.add_done_callback(self._sent)
        try:
            await pending.wait()
        except asyncio.CancelledError:
            await pending.let_go()
            if not pending.is_confirmed:
                raise
        else:
            if not sending.done():
                await pending.let_go()
            try:
                pending.result()
            except SweeppeaError as error:
                if responses.is_answer(error):
                    place.answer_s = asyncio.get_running_loop().time() - began_at
                pending.record(error)
                raise
        place.answer_s = asyncio.get_running_loop().time() - began_at

    def _sent(self, sending: "asyncio.Task[None]") -> None:
        self._sending.discard(sending)
        if not sending.cancelled():
            sending.exception()  # nobody may be left to look at it

    async def _send(self, pending: PendingChange) -> None:
        """Goes on when the deadline has passed, up to the time of one try, since the API goes on as well."""
        post = partial(self._transport.post_once, on_stage=pending.on_stage)
        latest = max(pending.deadline, asyncio.get_running_loop().time() + TRY_S)
        try:
            async with asyncio.timeout_at(latest):
                await self._requests.send(pending.endpoint, {"CaseId": pending.case_number}, post)
            await pending.answered()
        except TimeoutError:
            raise pending.on_timeout() from None
        except SweeppeaError as error:
            await pending.refused(error)
            raise

    @contextmanager
    def _counting_noes(self) -> Iterator[None]:
        """For one person's lookup or change: whether it came to the API."""
        try:
            yield
        except TurnedAwayError:
            self._metrics.turned_away("busy")
            raise
        except QueueTimeoutError:
            self._metrics.turned_away("waited")
            raise
        except OutageError:
            self._metrics.turned_away("outage")
            raise

    def _pause_s(self, tries: int, error: Exception) -> float:
        return self._backoff.delay_s(tries, responses.retry_after_of(error), self._runtime.random.random())
