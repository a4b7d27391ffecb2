"""What is tried again, and what is told at once."""

import asyncio
import gc
import logging
from collections.abc import Iterator

import pytest

from bot.api.client import SweeppeaClient
from bot.api.errors import (
    AuthenticationError,
    BadRequestError,
    Effect,
    InvalidResponseError,
    NotSentError,
    QueueTimeoutError,
    ServerError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.api.retry import Backoff
from bot.sandbox.ticket_api import HTML_PAGE, TRUNCATED, FakeTicketApi, Fault
from bot.tickets import CaseNumber, Change
from tests.bot.api.calls import CALLS, FETCH, A, Call, calling, changing, connected, looking, settled, type_of_change
from tests.bot.api.conftest import Clock
from tests.support.raw_server import RawServer, Reply, hangs, http, sends_and_closes, sends_and_resets, unused_url

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


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
async def test_a_passing_fault_costs_a_read_one_more_try(
    ticket_api: FakeTicketApi, bot: SweeppeaClient, fault: Fault
) -> None:
    ticket_api.fail(FETCH, fault)
    assert (await looking(bot, CaseNumber("HYXTNJV"))).case_number == "HYXTNJV"
    assert len(ticket_api.log) == 2


@pytest.mark.parametrize(
    "reply",
    [sends_and_resets(), sends_and_resets(http(b"{", length=99)), sends_and_closes()],
    ids=["reset", "reset in the body", "closed"],
)
async def test_a_broken_connection_costs_a_read_one_more_try(
    server: RawServer, client: SweeppeaClient, reply: Reply
) -> None:
    server.reply(reply)
    await looking(client, A)
    assert server.seen(FETCH) == [A, A]


async def test_a_read_that_hangs_is_tried_again_within_the_deadline(
    server: RawServer, client: SweeppeaClient, clock: Clock
) -> None:
    server.reply(hangs)
    read = looking(client, A)
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
async def test_what_would_fail_again_fails_at_once(
    ticket_api: FakeTicketApi, bot: SweeppeaClient, fault: Fault, kind: type[SweeppeaError]
) -> None:
    ticket_api.fail(FETCH, fault)
    with pytest.raises(kind):
        await looking(bot, CaseNumber("HYXTNJV"))
    assert len(ticket_api.log) == 1


@type_of_change
@pytest.mark.parametrize("status", [429, 503])
async def test_a_change_that_the_api_was_too_busy_for_is_sent_again_and_carried_out_once(
    ticket_api: FakeTicketApi, bot: SweeppeaClient, change: Change, status: int
) -> None:
    ticket_api.fail(change, *[Fault(status=status)] * 3)
    await changing(bot, change, CaseNumber("2531581"))
    assert [call.status for call in ticket_api.calls(change)] == [status] * 3 + [200]
    assert [call.carried_out for call in ticket_api.calls(change)] == [False] * 3 + [True]


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


@pytest.mark.parametrize("call", CALLS)
async def test_an_api_that_comes_back_in_time_is_reached(
    call: Call, next_request: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    url, bound = unused_url()
    async with connected(url) as client:
        asked = calling(client, call, A)
        await next_request.wait()
        async with RawServer(_listening=bound) as server:
            await asked
    assert "NotSentError" in caplog.text
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", CALLS)
async def test_an_api_out_of_reach_is_named_and_nothing_was_done(
    call: Call, next_request: asyncio.Event, clock: Clock
) -> None:
    url, bound = unused_url()
    with bound:
        async with connected(url) as client:
            asked = calling(client, call, A)
            await next_request.wait()
            clock.advance(20)
            with pytest.raises(NotSentError) as caught:
                await asked
    assert caught.value.effect is Effect.NOT_APPLIED
    assert not isinstance(caught.value, QueueTimeoutError)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # httpcore forgets a handshake that is cut short
@pytest.mark.parametrize("deadline_s", [20, 4], ids=["a limit of its own", "the command's deadline"])
async def test_a_change_that_never_got_a_connection_was_not_sent(clock: Clock, deadline_s: float) -> None:
    url, bound = unused_url()
    bound.listen()  # and TLS never gets an answer
    with bound:
        async with connected(url.replace("http:", "https:"), backoff=Backoff(100, 100)) as client:
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
