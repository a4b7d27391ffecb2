"""The client of the ticket API: one request per endpoint at a time, one deadline per command, never a guess.

Facts: the API's reference pages, and its rule that every endpoint serves one request at a time and answers the rest
503, so that a client has to queue.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from bot import logs
from bot.api import http, responses
from bot.api.errors import AuthenticationError, GatewayError, NoResponseError, SweeppeaError
from bot.api.http import RawResponse, Transport
from bot.api.pending_change import ChangeResult, Gate, NotVerifiedError, OpenGate, PendingChange, Verify
from bot.api.queue import EndpointQueue
from bot.api.retry import Backoff, retry
from bot.api.shared_read import SharedRead
from bot.runtime import Runtime
from bot.tickets import CaseNumber, Change, Ticket

FETCH = "/tickets/fetchSingleTicket"
CHANGES: dict[Change, str] = {"delete": "/tickets/delete", "resolve": "/tickets/resolve"}

_OPEN_GATE = OpenGate()
_READ_S = 10.0  # one try of a read, so that a hung one can be tried again within a command's deadline

__all__ = ["ChangeResult", "SweeppeaClient", "connect"]

log = logging.getLogger(__name__)


@asynccontextmanager
async def connect(
    base_url: str,
    key: str,
    *,
    concurrency: int = 1,
    proxy: str | None = None,
    runtime: Runtime | None = None,
    backoff: Backoff | None = None,
) -> AsyncIterator["SweeppeaClient"]:
    """A client over HTTP that is closed at the end."""
    async with http.connect(base_url, key, proxy=proxy) as transport:
        yield SweeppeaClient(
            transport,
            runtime=runtime or Runtime(),
            backoff=backoff or Backoff(),
            concurrency=concurrency,
            own_secrets=(key,),
        )


class SweeppeaClient:
    """Deadlines are in the event loop's time, waiting in the queue included. Reads raise SweeppeaError alone.

    `concurrency` is how many requests one endpoint serves at a time, `backoff` the pause between two tries;
    `own_secrets` are in no error's message, should the API quote them.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        runtime: Runtime,
        backoff: Backoff,
        concurrency: int = 1,
        own_secrets: tuple[str, ...] = (),
    ) -> None:
        self._own_secrets = own_secrets
        self._transport = transport
        self._runtime = runtime
        self._backoff = backoff
        self._queues = {endpoint: EndpointQueue(concurrency) for endpoint in (FETCH, *CHANGES.values())}
        self._looks: dict[CaseNumber, SharedRead] = {}
        self._reads: set[SharedRead] = set()
        self._is_key_rejected = False

    async def look(self, case_number: CaseNumber, *, deadline: float) -> Ticket:
        """For whoever only looks: shares the request of a look at the same ticket that waits or is in flight."""
        read = self._looks.get(case_number)
        if read is None:
            read = self._looks[case_number] = self._begin(case_number, reuse=True)
        return await self._wait_for(read, deadline)

    async def read(self, case_number: CaseNumber, *, deadline: float) -> Ticket:
        """For whoever decides: by a request that begins after the call, over a connection of its own."""
        return await self._wait_for(self._begin(case_number, reuse=False), deadline)

    def ahead_of(self, case_number: CaseNumber) -> int:
        """How many other requests are served before the reads of this ticket that are under way."""
        slots = [read.slot for read in self._reads if read.case_number == case_number and read.slot]
        return max((slot.ahead for slot in slots), default=0)

    async def change(
        self,
        change: Change,
        case_number: CaseNumber,
        *,
        deadline: float,
        verify: Verify,
        gate: Gate = _OPEN_GATE,
        verified_at: float,
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
            async with self._queues[pending.endpoint].slot(deadline):
                await retry(partial(self._send_change, pending), pending.is_retryable, lambda: deadline, self._pause_s)
        except SweeppeaError as error:
            return pending.ended(error)
        except NotVerifiedError as error:
            return pending.ended(error.reason)
        finally:
            self._looks.pop(case_number, None)
        return ChangeResult(confirmed=True)

    async def _send_change(self, pending: PendingChange) -> None:
        await pending.prepare()
        self._looks.pop(pending.case_number, None)  # who looks from now on wants to know what came of this
        post = partial(self._transport.post_once, on_stage=pending.on_stage)
        try:
            async with asyncio.timeout_at(pending.deadline):
                await self._request(pending.endpoint, {"CaseId": pending.case_number}, post)
        except TimeoutError:
            error = pending.on_timeout()
            pending.record(error)
            raise error from None
        except SweeppeaError as error:
            pending.record(error)
            raise

    def _begin(self, case_number: CaseNumber, *, reuse: bool) -> SharedRead:
        read = SharedRead(case_number, reuse)
        self._reads.add(read)
        read.task = asyncio.create_task(self._read(read))
        read.task.add_done_callback(lambda _: self._forget(read))
        return read

    async def _wait_for(self, read: SharedRead, deadline: float) -> Ticket:
        try:
            return await read.answer(deadline)
        finally:
            if not read.readers:
                self._forget(read)

    def _forget(self, read: SharedRead) -> None:
        self._reads.discard(read)
        if self._looks.get(read.case_number) is read:
            del self._looks[read.case_number]
        if read.task.done() and not read.task.cancelled():
            read.task.exception()  # nobody may be left to look at it

    async def _read(self, read: SharedRead) -> Ticket:
        in_turn = partial(self._read_in_turn, read)
        return await retry(in_turn, responses.is_retryable_read, lambda: read.deadline, self._pause_s)

    async def _read_in_turn(self, read: SharedRead) -> Ticket:
        # 429 and 503: keep our place, everybody behind would get the same. Any other error: let the next request go.
        read.slot = self._queues[FETCH].slot()
        async with read.slot:
            return await retry(partial(self._read_once, read), responses.is_busy, lambda: read.deadline, self._pause_s)

    async def _read_once(self, read: SharedRead) -> Ticket:
        read.is_sent = True
        try:
            async with asyncio.timeout(_READ_S):
                post = partial(self._transport.post_idempotent, reuse=read.reuse)
                answer = await self._request(FETCH, {"caseNumber": read.case_number}, post)
            return responses.parse_ticket(answer, asked_for=read.case_number)
        except TimeoutError:
            read.failure = NoResponseError("no answer in time")
            raise read.failure from None
        except SweeppeaError as error:
            read.failure = error
            raise

    async def _request(
        self, endpoint: str, body: dict[str, str], post: Callable[[str, dict[str, str]], Awaitable[RawResponse]]
    ) -> Mapping[str, object]:
        started, outcome, level = self._runtime.boottime(), "cancelled", logging.INFO
        try:
            raw = await post(endpoint, body)
            outcome = str(raw.status)
            answer = responses.decipher(*raw, self._own_secrets)
            level = logging.DEBUG if endpoint == FETCH else level  # that a ticket was read is no news
        except SweeppeaError as error:
            if outcome == "cancelled":
                outcome = f"{type(error).__name__} ({error})"
            elif isinstance(error, GatewayError):
                outcome += " from a gateway"
            self._log_rejected_key(error)
            raise
        finally:
            took_ms = (self._runtime.boottime() - started) * 1000
            logs.add(log, level, "%s %s: %s, %.0f ms", endpoint, *body.values(), outcome, took_ms)
        self._is_key_rejected = False
        return answer

    def _log_rejected_key(self, error: SweeppeaError) -> None:
        if isinstance(error, AuthenticationError) and not self._is_key_rejected:
            self._is_key_rejected = True
            log.error("the API refuses SWEEPPEA_API_KEY (HTTP %d); nothing works until it is replaced", error.status)

    def _pause_s(self, tries: int, error: Exception) -> float:
        return self._backoff.delay_s(tries, responses.retry_after_of(error), self._runtime.random.random())
