"""The client of the ticket API, over real HTTP: the sandbox, or a server that breaks the wire."""

import asyncio
import gc
import gzip
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api import responses
from bot.api.client import SweeppeaClient, connect
from bot.api.errors import (
    AuthenticationError,
    BadRequestError,
    BusyError,
    Effect,
    GatewayNotFoundError,
    InvalidResponseError,
    NoResponseError,
    NotSentError,
    QueueTimeoutError,
    ServerError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.api.http import LARGEST_ANSWER
from bot.sandbox.ticket_api import HTML_PAGE, KEY, TRUNCATED, Fault, Sandbox
from bot.tickets import CaseNumber, Ticket
from tests.support.raw_server import (
    Held,
    RawServer,
    Reply,
    dribbles,
    endless,
    hangs,
    http,
    sends,
    sends_and_closes,
    sends_and_resets,
    unused_url,
)

FETCH = "fetchSingleTicket"
A, B, C, D = (CaseNumber(letter * 7) for letter in "ABCD")

PATIENCE = (responses.FIRST_DELAY_S, responses.MAX_DELAY_S)  # in earnest

type_of_change = pytest.mark.parametrize("change", ["delete", "resolve"])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a back-off here; what it is in earnest is tested where it is decided."""
    monkeypatch.setattr(responses, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(responses, "MAX_DELAY_S", 0.01)


@pytest.fixture(autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading all of them anew for each client takes longer than a test."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path_factory.getbasetemp()))


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    """No task that goes on, and no error that nobody looked at."""
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    usual_handler = loop._exception_handler  # type: ignore[attr-defined] # there is no other way to put it back
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    yield
    await settled()
    gc.collect(1)  # the young ones will do
    loop.set_exception_handler(usual_handler)
    assert complaints == []
    tasks = [str(task.get_coro()) for task in asyncio.all_tasks()]
    assert [task for task in tasks if "TestRunner" not in task] == []


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as raw:
        yield raw


@pytest.fixture
async def client(server: RawServer) -> AsyncIterator[SweeppeaClient]:
    async with connect(server.url, KEY) as connected:
        yield connected


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as api:
        yield api


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[SweeppeaClient]:
    """A client of the sandbox."""
    async with connect(sandbox.url, KEY) as connected:
        yield connected


@dataclass
class Clock:
    """The event loop's time, which passes as fast as a test wants it to."""

    ahead_s: float = 0

    def advance(self, seconds: float) -> None:
        self.ahead_s += seconds
        asyncio.get_running_loop().call_soon(lambda: None)  # wakes it up


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: monotonic() + made.ahead_s)
    return made


def within(seconds: float = 20.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def settled() -> None:
    """After this whatever could go on at once has gone on."""
    for _ in range(50):
        await asyncio.sleep(0)


def fetching(client: SweeppeaClient, number: CaseNumber, seconds: float = 20.0) -> "asyncio.Task[Ticket]":
    return asyncio.create_task(client.fetch_single_ticket(number, deadline=within(seconds)))


def changing(client: SweeppeaClient, change: str, number: CaseNumber, seconds: float = 20.0) -> "asyncio.Task[None]":
    call: Callable[..., Awaitable[None]] = client.delete if change == "delete" else client.resolve

    async def run() -> None:
        await call(number, deadline=within(seconds))

    return asyncio.create_task(run())


def open_tickets(count: int) -> dict[str, dict[str, object]]:
    return {f"{number:07}": {"CaseNumber": f"{number:07}", "Status": False} for number in range(count)}


# The queue


async def test_fifty_people_at_once_are_all_answered_in_order_and_the_api_never_says_503() -> None:
    async with Sandbox(tickets=open_tickets(50), service_s=0.001) as api, connect(api.url, KEY) as bot:
        tickets = await asyncio.gather(*(fetching(bot, CaseNumber(number)) for number in api.tickets))
    assert [ticket.case_number for ticket in tickets] == list(open_tickets(50))
    assert [call.case_number for call in api.log] == list(open_tickets(50))
    assert {call.status for call in api.log} == {200}
    assert all(first.ended is not None and first.ended <= second.started for first, second in pairwise(api.log))


@type_of_change
async def test_changes_wait_for_one_another_too(sandbox: Sandbox, bot: SweeppeaClient, change: str) -> None:
    sandbox.tickets = open_tickets(10)
    sandbox.service_s = 0.001
    await asyncio.gather(*(changing(bot, change, CaseNumber(number)) for number in open_tickets(10)))
    assert [call.case_number for call in sandbox.log] == list(open_tickets(10))
    assert {call.status for call in sandbox.log} == {200}


async def test_a_slow_delete_does_not_hold_up_a_read_nor_a_resolve(server: RawServer, client: SweeppeaClient) -> None:
    slow = Held()
    server.reply(slow)
    deletion = changing(client, "delete", A)
    await server.arrived.get()
    assert (await fetching(client, B)).case_number == B
    await changing(client, "resolve", C)
    assert not deletion.done()
    slow.release()
    await deletion


async def test_an_api_that_allows_more_gets_as_many_at_once_and_no_more(server: RawServer) -> None:
    slow = Held()
    server.reply(*[slow] * 10)
    async with connect(server.url, KEY, concurrency=3) as client:
        reads = [fetching(client, CaseNumber(number)) for number in open_tickets(10)]
        for _ in range(3):
            await server.arrived.get()
        await settled()
        assert len(server.requests) == 3
        slow.release()
        await asyncio.gather(*reads)
    assert server.most_at_once == 3


async def test_as_many_reads_as_may_be_set_do_not_hold_up_a_delete(server: RawServer) -> None:
    slow = Held()
    server.reply(*[slow] * 100)
    async with connect(server.url, KEY, concurrency=100) as client:
        reads = [fetching(client, CaseNumber(number)) for number in open_tickets(100)]
        for _ in reads:
            await server.arrived.get()
        await changing(client, "delete", A)
        assert len(server.seen(FETCH)) == 100  # none of them had to be given up for it
        slow.release()
        await asyncio.gather(*reads)


async def test_somebody_who_waits_can_be_told_how_many_are_ahead(server: RawServer, client: SweeppeaClient) -> None:
    first, second = Held(), Held()
    server.reply(first, second)
    reads = [fetching(client, number) for number in (A, B, C)]
    await server.arrived.get()
    assert [client.ahead_of(number) for number in (A, B, C, D)] == [0, 1, 2, 0]
    reads.append(fetching(client, B))
    await settled()
    assert [client.ahead_of(number) for number in (A, B, C)] == [0, 1, 2]
    first.release()
    await server.arrived.get()
    assert [client.ahead_of(number) for number in (A, B, C)] == [0, 0, 1]
    second.release()
    await asyncio.gather(*reads)
    assert client.ahead_of(C) == 0


async def test_nobody_is_ahead_of_those_who_are_served_side_by_side(server: RawServer) -> None:
    slow = Held()
    server.reply(*[slow] * 4)
    async with connect(server.url, KEY, concurrency=2) as client:
        reads = [fetching(client, number) for number in (A, B, C, D)]
        await server.arrived.get()
        await server.arrived.get()
        assert [client.ahead_of(number) for number in (A, B, C, D)] == [0, 0, 1, 2]
        slow.release()
        await asyncio.gather(*reads)


async def test_two_bots_on_one_key_are_both_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "FIRST_DELAY_S", PATIENCE[0])
    monkeypatch.setattr(responses, "MAX_DELAY_S", PATIENCE[1])
    async with Sandbox(tickets=open_tickets(40), service_s=0.05) as api, AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(connect(api.url, KEY)) for _ in range(2)]
        reads = [fetching(bots[index % 2], CaseNumber(number)) for index, number in enumerate(open_tickets(40))]
        tickets = await asyncio.gather(*reads)
    assert [ticket.case_number for ticket in tickets] == list(open_tickets(40))
    refused = [call for call in api.log if call.status == 503]
    assert len(api.log) == 40 + len(refused)
    assert len(refused) <= 20, "a storm of retries"


# One request for several


async def test_ten_people_who_ask_for_one_ticket_cost_one_call(sandbox: Sandbox, bot: SweeppeaClient) -> None:
    tickets = await asyncio.gather(*(fetching(bot, CaseNumber("HYXTNJV")) for _ in range(10)))
    assert len(sandbox.log) == 1
    assert len({ticket.subject for ticket in tickets}) == 1


async def test_whoever_asks_while_the_answer_is_on_its_way_gets_it_too(
    server: RawServer, client: SweeppeaClient
) -> None:
    slow = Held()
    server.reply(slow)
    first = fetching(client, A)
    await server.arrived.get()
    second = fetching(client, A)
    await settled()
    slow.release()
    assert await first == await second
    assert server.seen(FETCH) == [A]


async def test_whoever_asks_later_gets_the_ticket_as_it_is_then(sandbox: Sandbox, bot: SweeppeaClient) -> None:
    assert (await fetching(bot, CaseNumber("HYXTNJV"))).is_open
    await changing(bot, "resolve", CaseNumber("HYXTNJV"))
    assert not (await fetching(bot, CaseNumber("HYXTNJV"))).is_open
    assert len(sandbox.calls(FETCH)) == 2


async def test_one_error_is_told_to_all_who_asked(sandbox: Sandbox, bot: SweeppeaClient) -> None:
    results = await asyncio.gather(*(fetching(bot, A) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [TicketNotFoundError] * 3
    assert len(sandbox.log) == 1


@type_of_change
@pytest.mark.parametrize("asked_again", ["while it is under way", "after it"])
async def test_a_read_from_before_a_change_is_no_answer_to_whoever_asks_after_it(
    server: RawServer, client: SweeppeaClient, change: str, asked_again: str
) -> None:
    other, early, ours = Held(), Held(), Held()
    server.reply(other, early, ours)
    changes = [changing(client, change, B)]
    await server.arrived.get()
    changes.append(changing(client, change, A))  # waits, so that a read begun now is still from before it
    await settled()
    before = fetching(client, A)
    await server.arrived.get()
    other.release()
    await server.arrived.get()  # the change of A has been sent
    if asked_again == "after it":
        ours.release()
        await asyncio.gather(*changes)
    after = fetching(client, A)
    await settled()
    ours.release()
    early.release()
    await asyncio.gather(before, after, *changes)
    assert server.seen(FETCH) == [A, A]


async def test_a_read_from_while_a_change_was_under_way_is_no_answer_after_it(
    server: RawServer, client: SweeppeaClient
) -> None:
    deletion, slow = Held(), Held()
    server.reply(deletion, slow)
    change = changing(client, "delete", A)
    await server.arrived.get()
    during = [fetching(client, A), fetching(client, A)]
    await server.arrived.get()
    deletion.release()
    await change
    after = fetching(client, A)
    await settled()
    slow.release()
    await asyncio.gather(*during, after)
    assert server.seen(FETCH) == [A, A]


# Giving up


async def test_whoever_waits_too_long_in_the_queue_leaves_it_and_nothing_is_sent_for_them(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    slow = Held()
    server.reply(slow)
    first = fetching(client, A)
    await server.arrived.get()
    second = fetching(client, B, 5)
    await settled()
    clock.advance(6)
    with pytest.raises(QueueTimeoutError):
        await second
    third = fetching(client, C)
    slow.release()
    await asyncio.gather(first, third)
    assert server.seen(FETCH) == [A, C]


@type_of_change
async def test_a_change_that_waited_too_long_is_never_sent(
    server: RawServer, client: SweeppeaClient, clock: Clock, change: str
) -> None:
    slow = Held()
    server.reply(slow)
    first = changing(client, change, A)
    await server.arrived.get()
    second = changing(client, change, B, 10)
    await settled()
    clock.advance(11)
    with pytest.raises(QueueTimeoutError) as caught:
        await second
    assert caught.value.effect is Effect.NOT_APPLIED
    slow.release()
    await asyncio.gather(first, changing(client, change, C))
    assert server.seen(change) == [A, C]


async def test_a_command_that_is_stopped_while_it_waits_blocks_nobody(
    server: RawServer, client: SweeppeaClient
) -> None:
    slow = Held()
    server.reply(slow)
    reads = [fetching(client, number) for number in (A, B, C)]
    await server.arrived.get()
    reads[1].cancel()
    slow.release()
    await asyncio.wait(reads)
    assert [read.cancelled() for read in reads] == [False, True, False]
    assert server.seen(FETCH) == [A, C]


async def test_a_request_that_nobody_waits_for_any_more_is_given_up(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(hangs)
    readers = [fetching(client, A), fetching(client, A)]
    await server.arrived.get()
    for reader in readers:
        reader.cancel()
    assert (await server.left.get()).case_number == A
    await fetching(client, B)
    assert server.seen(FETCH) == [A, B]
    await asyncio.wait(readers)


async def test_one_who_gives_up_takes_the_answer_from_nobody_else(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    slow = Held()
    server.reply(slow)
    readers = [fetching(client, A), fetching(client, A, 5), fetching(client, A)]
    await server.arrived.get()
    readers[0].cancel()
    clock.advance(6)
    with pytest.raises(NoResponseError):
        await readers[1]
    slow.release()
    assert (await readers[2]).case_number == A
    assert server.seen(FETCH) == [A]


async def test_whoever_asks_right_after_somebody_gave_up_gets_a_request_of_their_own(
    server: RawServer, client: SweeppeaClient
) -> None:
    server.reply(hangs)
    reader = fetching(client, A)
    await server.arrived.get()
    reader.cancel()
    again = fetching(client, A)  # before the cancelled one has even noticed
    assert (await again).case_number == A
    assert server.seen(FETCH) == [A, A]


async def test_a_hundred_who_gave_up_leave_the_line_free(server: RawServer, client: SweeppeaClient) -> None:
    for number in open_tickets(101):
        server.reply(hangs)
        reader = fetching(client, CaseNumber(number))
        await server.arrived.get()
        reader.cancel()
        await asyncio.wait([reader])
    assert (await fetching(client, A)).case_number == A


@type_of_change
async def test_a_change_that_is_stopped_on_its_way_lets_the_next_one_pass(
    server: RawServer, client: SweeppeaClient, change: str
) -> None:
    server.reply(hangs)
    first = changing(client, change, A)
    await server.arrived.get()
    first.cancel()
    await changing(client, change, B)
    assert first.cancelled()
    assert server.seen(change) == [A, B]


# The deadline


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        pytest.param(sends(http(b"", status=500)), ServerError(500), id="500"),
        pytest.param(sends(http(b"", status=503)), BusyError(503), id="503"),
        pytest.param(sends(http(b"", "Retry-After: 0", status=429)), BusyError(429), id="429"),
        pytest.param(sends_and_closes(), NoResponseError("ServerDisconnectedError"), id="closed"),
    ],
)
async def test_a_fault_that_lasts_is_told_as_what_it_was_when_the_time_is_up(
    server: RawServer, client: SweeppeaClient, clock: Clock, reply: Reply, told: SweeppeaError
) -> None:
    server.reply(reply, reply, hangs)
    read = fetching(client, A, 8)
    for _ in range(3):
        await server.arrived.get()
    clock.advance(9)
    with pytest.raises(type(told), match=str(told)):
        await read
    assert server.seen(FETCH) == [A] * 3


async def test_an_api_that_never_answers_is_told_as_that_and_no_connection_stays_behind(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    server.reply(hangs)
    read = fetching(client, A)
    await server.arrived.get()
    clock.advance(20)  # both limits pass at once, that of the try and that of the command
    with pytest.raises(NoResponseError):
        await read
    assert (await server.left.get()).case_number == A


async def test_nobody_is_kept_waiting_for_a_time_that_lies_beyond_the_deadline(
    sandbox: Sandbox, bot: SweeppeaClient
) -> None:
    sandbox.fail(FETCH, Fault(status=503, retry_after="3600"))
    sandbox.fail("delete", Fault(status=429, retry_after="3600"))
    deadline = within(20)
    for call in (bot.fetch_single_ticket, bot.delete):
        with pytest.raises(BusyError) as caught:
            await call(A, deadline=deadline)
        assert caught.value.retry_after_s == 3600
    assert asyncio.get_running_loop().time() < deadline
    assert len(sandbox.log) == 2


async def test_a_busy_api_is_waited_for_without_losing_ones_place(sandbox: Sandbox, bot: SweeppeaClient) -> None:
    sandbox.tickets = open_tickets(3)
    sandbox.fail(FETCH, *[Fault(status=503)] * 3)
    order = [CaseNumber(number) for number in open_tickets(3)]
    finished: list[str] = []
    await asyncio.gather(*(_noted(fetching(bot, number), finished) for number in order))
    assert finished == order
    assert [call.status for call in sandbox.log] == [503, 503, 503, 200, 200, 200]


async def _noted(read: "asyncio.Task[Ticket]", finished: list[str]) -> None:
    finished.append((await read).case_number)


async def test_a_fault_with_one_ticket_lets_the_others_pass(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(sends(http(b"", status=500)))
    await asyncio.gather(fetching(client, A), fetching(client, B))
    assert server.seen(FETCH) == [A, B, A]


# What is tried again


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(status=status) for status in (429, 500, 502, 503, 504)),
        *(Fault(status=503, retry_after=value) for value in ("0", "soon", "-1", "nan", "")),
        Fault(reset="before"),
        Fault(reset="after"),
    ],
    ids=repr,
)
async def test_a_passing_fault_costs_a_read_one_more_try(sandbox: Sandbox, bot: SweeppeaClient, fault: Fault) -> None:
    sandbox.fail(FETCH, fault)
    assert (await fetching(bot, CaseNumber("HYXTNJV"))).case_number == "HYXTNJV"
    assert len(sandbox.log) == 2


@pytest.mark.parametrize(
    "reply",
    [sends_and_resets(), sends_and_resets(http(b"{", length=99)), sends_and_closes()],
    ids=["reset", "reset in the body", "closed"],
)
async def test_a_broken_connection_costs_a_read_one_more_try(
    server: RawServer, client: SweeppeaClient, reply: Reply
) -> None:
    server.reply(reply)
    await fetching(client, A)
    assert server.seen(FETCH) == [A, A]


async def test_a_read_that_hangs_is_tried_again_within_the_deadline(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    server.reply(hangs)
    read = fetching(client, A)
    await server.arrived.get()
    clock.advance(11)
    assert (await read).case_number == A
    assert (await server.left.get()).case_number == A


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=400), BadRequestError),
        (Fault(status=401), AuthenticationError),
        (Fault(status=403), AuthenticationError),
        (Fault(status=404), TicketNotFoundError),
        (Fault(status=501), ServerError),
        (Fault(body=b'{"Response": false, "Message": "No"}'), InvalidResponseError),
        (Fault(body=b'{"Response": true, "Data": {"CaseNumber": "ABC1234"}}'), InvalidResponseError),
        (Fault(body=b'{"Response": true}'), InvalidResponseError),
        (HTML_PAGE, InvalidResponseError),
        (TRUNCATED, InvalidResponseError),
    ],
    ids=repr,
)
async def test_what_would_fail_again_is_told_at_once(
    sandbox: Sandbox, bot: SweeppeaClient, fault: Fault, kind: type[SweeppeaError]
) -> None:
    sandbox.fail(FETCH, fault)
    with pytest.raises(kind):
        await fetching(bot, CaseNumber("HYXTNJV"))
    assert len(sandbox.log) == 1


@type_of_change
@pytest.mark.parametrize("status", [429, 503])
async def test_a_change_that_the_api_was_too_busy_for_is_sent_again_and_carried_out_once(
    sandbox: Sandbox, bot: SweeppeaClient, change: str, status: int
) -> None:
    sandbox.fail(change, *[Fault(status=status)] * 3)
    await changing(bot, change, CaseNumber("2531581"))
    assert [call.status for call in sandbox.calls(change)] == [status] * 3 + [200]
    assert [call.carried_out for call in sandbox.calls(change)] == [False] * 3 + [True]


@pytest.fixture
def next_request(caplog: pytest.LogCaptureFixture) -> Iterator[asyncio.Event]:
    """Set when one has come to its end, be it that nobody was there."""
    ended = asyncio.Event()

    listener = logging.Handler()
    listener.addFilter(lambda _: bool(ended.set()))  # type: ignore[func-returns-value]
    caplog.set_level(logging.INFO, "bot")
    logging.getLogger("bot.api.client").addHandler(listener)
    yield ended
    logging.getLogger("bot.api.client").removeHandler(listener)


@pytest.mark.parametrize("call", ["fetch_single_ticket", "delete", "resolve"])
async def test_an_api_that_comes_back_in_time_is_reached(
    call: str, next_request: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    url, bound = unused_url()
    async with connect(url, KEY) as client:
        asked = asyncio.create_task(getattr(client, call)(A, deadline=within()))
        await next_request.wait()
        async with RawServer(_listening=bound) as server:
            await asked
    assert "NotSentError" in caplog.text
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", ["fetch_single_ticket", "delete", "resolve"])
async def test_an_api_out_of_reach_is_told_as_that_and_nothing_was_done(
    call: str, next_request: asyncio.Event, clock: Clock
) -> None:
    url, bound = unused_url()
    with bound:
        async with connect(url, KEY) as client:
            asked = asyncio.create_task(getattr(client, call)(A, deadline=within()))
            await next_request.wait()
            clock.advance(20)
            with pytest.raises(NotSentError) as caught:
                await asked
    assert caught.value.effect is Effect.NOT_APPLIED
    assert not isinstance(caught.value, QueueTimeoutError)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # httpcore forgets a handshake that is cut short
@pytest.mark.parametrize("deadline_s", [20, 4], ids=["a limit of its own", "the command's deadline"])
async def test_a_change_that_never_got_a_connection_was_not_sent(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, deadline_s: float
) -> None:
    monkeypatch.setattr(responses, "FIRST_DELAY_S", 100)
    monkeypatch.setattr(responses, "MAX_DELAY_S", 100)
    url, bound = unused_url()
    bound.listen()  # and TLS never gets an answer
    with bound:
        async with connect(url.replace("http:", "https:"), KEY) as client:
            deletion = changing(client, "delete", A, deadline_s)
            await settled()
            clock.advance(6)
            with pytest.raises(NotSentError) as caught:
                await deletion
            assert caught.value.effect is Effect.NOT_APPLIED
            assert not isinstance(caught.value, QueueTimeoutError)
            del caught, deletion
        await settled()
        gc.collect()


async def test_a_change_that_was_too_busy_and_then_hangs_may_have_been_carried_out(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    server.reply(sends(http(b"", status=503)), hangs)
    deletion = changing(client, "delete", A)
    await server.arrived.get()
    await server.arrived.get()
    clock.advance(20)
    with pytest.raises(NoResponseError) as caught:
        await deletion
    assert caught.value.effect is Effect.UNKNOWN


UNCLEAR = {
    "reset after sending": (sends_and_resets(), NoResponseError),
    "closed without an answer": (sends_and_closes(), NoResponseError),
    "reset in the head": (sends_and_resets(b"HTTP/1.1 200 OK\r\nConte"), NoResponseError),
    "closed in the head": (sends_and_closes(b"HTTP/1.1 200 OK\r\nConte"), NoResponseError),
    "reset in the body": (sends_and_resets(http(b'{"Response": true', length=99)), NoResponseError),
    "closed in the body": (sends_and_closes(http(b'{"Response": true', length=99)), NoResponseError),
    "not HTTP at all": (sends_and_closes(b"220 mail.example ESMTP\r\n"), NoResponseError),
    "no answer in time": (hangs, NoResponseError),
    "an answer that never ends": (dribbles, NoResponseError),
}
ANSWERED = {
    "larger than 2 MB": (sends_and_closes(http(b" " * (LARGEST_ANSWER + 1))), InvalidResponseError),
    "larger than 2 MB, unzipped": (
        sends_and_closes(
            http(gzip.compress(b" " * (LARGEST_ANSWER + 1)), "Content-Encoding: gzip"),
        ),
        InvalidResponseError,
    ),
    "broken gzip": (sends(http(b"not gzip", "Content-Encoding: gzip")), InvalidResponseError),
    "not JSON": (sends(http(b"<h1>It works!</h1>")), InvalidResponseError),
    "not UTF-8": (sends(http(b'{"Response": true, "Message": "\xff"}')), InvalidResponseError),
    "empty": (sends(http(b"")), InvalidResponseError),
    "Response: false": (sends(http(b'{"Response": false, "Message": "No", "Code": 500}')), InvalidResponseError),
    "Response: 'true'": (sends(http(b'{"Response": "true"}')), InvalidResponseError),
    "a list": (sends(http(b"[true]")), InvalidResponseError),
    "400": (sends(http(b"{}", status=400)), BadRequestError),
    "500": (sends(http(b"{}", status=500)), ServerError),
    "502": (sends(http(b"<h1>Bad Gateway</h1>", status=502)), ServerError),
    "504": (sends(http(b"", status=504)), ServerError),
    "a redirect": (sends(http(b"", "Location: /elsewhere", status=307)), ServerError),
}
REFUSED = {
    "401": (sends(http(b"{}", status=401)), AuthenticationError),
    "403": (sends(http(b"{}", status=403)), AuthenticationError),
    "404": (sends(http(b'{"Response": false}', status=404)), TicketNotFoundError),
    "a gateway's 404": (sends(http(b"<h1>Not Found</h1>", status=404)), GatewayNotFoundError),
}
OUTCOMES = [
    pytest.param((reply, kind, proves), id=name)
    for outcomes, proves in (
        (UNCLEAR, Effect.UNKNOWN),
        (ANSWERED, Effect.READ_BACK),
        (REFUSED, Effect.NOT_APPLIED),
    )
    for name, (reply, kind) in outcomes.items()
]


@type_of_change
@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_a_change_that_may_have_been_carried_out_is_never_sent_twice(
    server: RawServer,
    client: SweeppeaClient,
    clock: Clock,
    change: str,
    outcome: tuple[Reply, type[SweeppeaError], Effect],
) -> None:
    reply, kind, proves = outcome
    server.reply(reply)
    asked = changing(client, change, A)
    await server.arrived.get()
    if reply in {hangs, dribbles}:
        clock.advance(20)
    with pytest.raises(SweeppeaError) as caught:
        await asked
    assert (type(caught.value), caught.value.effect) == (kind, proves)
    await settled()
    assert server.seen(change) == [A]


async def test_a_deletion_whose_confirmation_got_lost_is_carried_out_once(
    sandbox: Sandbox, bot: SweeppeaClient
) -> None:
    sandbox.fail("delete", Fault(reset="after"))
    with pytest.raises(NoResponseError):
        await changing(bot, "delete", CaseNumber("2531581"))
    with pytest.raises(TicketNotFoundError):
        await fetching(bot, CaseNumber("2531581"))
    assert [(call.endpoint, call.carried_out) for call in sandbox.log] == [("delete", True), (FETCH, False)]


async def test_a_connection_that_the_api_closed_between_two_requests_is_not_used_for_a_deletion(
    server: RawServer, client: SweeppeaClient
) -> None:
    answer = http(b'{"Response": true, "Data": {"CaseNumber": "AAAAAAA"}}')
    server.reply(sends_and_closes(answer))
    await fetching(client, A)
    await settled()
    await changing(client, "delete", A)
    assert [(request.endpoint, request.connection) for request in server.requests] == [(FETCH, 1), ("delete", 2)]


async def test_a_connection_that_the_api_closes_as_the_deletion_comes_leaves_it_unclear(
    server: RawServer, client: SweeppeaClient
) -> None:
    await changing(client, "resolve", B)
    server.reply(sends_and_resets())
    with pytest.raises(NoResponseError) as caught:
        await changing(client, "delete", A)
    assert caught.value.effect is Effect.UNKNOWN
    assert [(request.endpoint, request.connection) for request in server.requests] == [("resolve", 1), ("delete", 1)]


# What comes back


@settings(deadline=None, max_examples=20)
@given(
    st.binary(max_size=40)
    | st.builds(
        lambda status, headers, body: b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"", body]),
        st.sampled_from([b"200 OK", b"204 No Content", b"301 Moved", b"503 X", b"99 ?", b"100 Continue", b"101 Up"]),
        st.lists(
            st.sampled_from(
                [
                    b"Content-Length: 5",
                    b"Content-Length: -1",
                    b"Transfer-Encoding: chunked",
                    b"Transfer-Encoding: gzip",
                    b"Content-Encoding: gzip",
                    b"Content-Encoding: deflate, br, zstd, odd",
                    b"Set-Cookie: a=\xff; expires=never",
                    b"Location: http://[",
                    b"no header",
                ]
            ),
            max_size=3,
        ),
        st.binary(max_size=20),
    )
)
async def test_whatever_comes_back_is_an_error_that_people_can_be_told_of(data: bytes) -> None:
    async with RawServer() as server, connect(server.url, KEY) as client:
        server.reply(*[sends_and_closes(data)] * 3)
        deletion = changing(client, "delete", A)
        await asyncio.wait([deletion])
        error = deletion.exception()
        assert isinstance(error, SweeppeaError) or (error is None and len(server.requests) == 4)  # three times busy


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(endless)
    with pytest.raises(InvalidResponseError, match="2 MB"):
        await fetching(client, A)
    assert (await server.left.get()).case_number == A


async def test_an_answer_as_large_as_may_be_is_read(server: RawServer, client: SweeppeaClient) -> None:
    answer = b'{"Response": true, "Data": {"CaseNumber": "AAAAAAA"}}'
    server.reply(sends(http(answer + b" " * (LARGEST_ANSWER - len(answer)))))
    assert (await fetching(client, A)).case_number == A


async def test_an_answer_that_never_ends_is_given_up(server: RawServer, client: SweeppeaClient, clock: Clock) -> None:
    server.reply(dribbles)
    read = fetching(client, A)
    await server.arrived.get()
    await settled()
    clock.advance(20)
    with pytest.raises(NoResponseError):
        await read
    assert (await server.left.get()).case_number == A


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_key_follows_no_redirect(server: RawServer, client: SweeppeaClient, status: int) -> None:
    async with RawServer() as elsewhere:
        location = f"Location: {elsewhere.url}/tickets/fetchSingleTicket"
        server.reply(*[sends(http(b"", location, status=status))] * 2)
        with pytest.raises(ServerError, match=str(status)):
            await fetching(client, A)
        with pytest.raises(ServerError, match=str(status)):
            await changing(client, "delete", A)
    assert elsewhere.requests == []
    assert len(server.requests) == 2


async def test_a_cookie_is_not_kept(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(sends(http(b"", "Set-Cookie: a=b", status=502)), sends(http(b"", "Set-Cookie: a=ÿ", status=502)))
    await fetching(client, A)
    assert len(server.requests) == 3
    assert all("cookie" not in request.headers for request in server.requests)


async def test_the_request_is_as_the_reference_says(server: RawServer, client: SweeppeaClient) -> None:
    await fetching(client, A)
    await changing(client, "delete", A)
    await changing(client, "resolve", A)
    assert [(request.endpoint, request.body) for request in server.requests] == [
        (FETCH, {"caseNumber": A}),
        ("delete", {"CaseId": A}),
        ("resolve", {"CaseId": A}),
    ]
    for request in server.requests:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["content-type"] == "application/json"


# The log


async def test_neither_the_key_nor_a_body_is_in_the_log(
    server: RawServer, client: SweeppeaClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    private = b'{"Response": false, "Message": "John Doe", "Data": {"CaseNumber": "AAAAAAA", "Subject": "John Doe"}}'
    server.reply(
        sends(http(private)),
        sends(http(private, status=404)),
        sends(http(private, status=401)),
        sends(http(private.replace(b"false", b"true").replace(b"AAAAAAA", b"oh"))),
        sends_and_closes(http(private, length=999)),
        sends(http(private.replace(b"false", b"true"))),
    )
    for _ in range(4):
        with pytest.raises(SweeppeaError):
            await fetching(client, A)
    await fetching(client, A)
    ours = [record for record in caplog.records if record.name.startswith("bot")]
    assert len(ours) == 7  # one for each request, and one for the refused key
    text = "\n".join(logging.Formatter().format(record) for record in ours)
    assert KEY not in text
    assert "Bearer" not in text
    assert "John" not in text
    assert "/tickets/fetchSingleTicket AAAAAAA: 404, " in text
    assert (ours[0].levelname, ours[-1].levelname) == ("INFO", "DEBUG")  # that a ticket was read is no news


async def test_a_refused_key_is_the_operators_to_know_once_and_again_after_it_had_worked(
    sandbox: Sandbox, bot: SweeppeaClient, caplog: pytest.LogCaptureFixture
) -> None:
    for statuses in ([401, 403, 401], [403, 401]):
        sandbox.fail(FETCH, *(Fault(status=status) for status in statuses))
        for _ in statuses:
            with pytest.raises(AuthenticationError):
                await fetching(bot, CaseNumber("HYXTNJV"))
        await fetching(bot, CaseNumber("HYXTNJV"))
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert [("SWEEPPEA_API_KEY" in line, "401" in line, "403" in line) for line in told] == [
        (True, True, False),
        (True, False, True),
    ]
