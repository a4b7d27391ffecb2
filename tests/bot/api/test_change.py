"""A change is sent twice only where that is known to be safe, and what its end proves."""

import gzip

import pytest

from bot.api.client import SweeppeaClient
from bot.api.errors import (
    AuthenticationError,
    BadRequestError,
    Effect,
    GatewayError,
    InvalidResponseError,
    NoResponseError,
    ServerError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.api.http import MAX_ANSWER
from bot.sandbox.ticket_api import FakeTicketApi, Fault
from bot.tickets import CaseNumber, Change
from tests.bot.api.calls import FETCH, A, changing, looking, requesting, settled, type_of_change
from tests.bot.api.conftest import Clock
from tests.support.raw_server import (
    RawServer,
    Reply,
    dribbles,
    failure,
    hangs,
    http,
    sends,
    sends_and_closes,
    sends_and_resets,
)

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


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


SUCCESS = b'{"Response": true, "Message": "Ticket Deleted Successfully"}'
UNANSWERED = {
    "reset after sending": sends_and_resets(),
    "closed without an answer": sends_and_closes(),
    "reset in the head": sends_and_resets(b"HTTP/1.1 200 OK\r\nConte"),
    "closed in the head": sends_and_closes(b"HTTP/1.1 200 OK\r\nConte"),
    "reset in the body": sends_and_resets(http(b'{"Response": true', length=99)),
    "closed in the body": sends_and_closes(http(b'{"Response": true', length=99)),
    "no answer in time": hangs,
    "an answer that never ends": dribbles,
}
NOT_THE_APIS = {
    "not HTTP at all": sends_and_closes(b"220 mail.example ESMTP\r\n\r\n"),
    "larger than 2 MB": sends_and_closes(http(b" " * (MAX_ANSWER + 1))),
    "compressed": sends(http(gzip.compress(SUCCESS), "Content-Encoding: gzip")),
    "said to be compressed": sends(http(SUCCESS, "Content-Encoding: gzip")),
    "not JSON": sends(http(b"<h1>It works!</h1>")),
    "not UTF-8": sends(http(b'{"Response": true, "Message": "\xff"}')),
    "empty": sends(http(b"")),
    "Response: 'true'": sends(http(b'{"Response": "true"}')),
    "Response: false and no more": sends(http(b'{"Response": false}')),
    "a list": sends(http(b"[true]")),
}
GATEWAYS = {
    **{str(status): sends(http(b"<h1>Gateway</h1>", status=status)) for status in (400, 401, 403, 404, 500, 502, 504)},
    "a redirect": sends(http(b"", "Location: /elsewhere", status=307)),
    "half an envelope": sends(http(b'{"Response": false, "Message": "No"}', status=404)),
    "another status in the envelope": sends(http(b'{"Response": false, "Message": "", "Code": 404}', status=403)),
    "success with a status of failure": sends(http(SUCCESS, status=404)),
}
FAILED: dict[str, tuple[Reply, type[SweeppeaError]]] = {
    "200 with Response: false": (
        sends(http(b'{"Response": false, "Message": "No", "Code": 500}')),
        InvalidResponseError,
    ),
    "400": (sends(failure(400)), BadRequestError),
    **{str(status): (sends(failure(status)), ServerError) for status in (409, 500, 502, 504)},
}
REFUSED = {
    "401": (sends(failure(401)), AuthenticationError),
    "403": (sends(failure(403)), AuthenticationError),
    "404": (sends(failure(404)), TicketNotFoundError),
}
OUTCOMES = [
    *(pytest.param((reply, NoResponseError, Effect.UNKNOWN), id=name) for name, reply in UNANSWERED.items()),
    *(pytest.param((reply, InvalidResponseError, Effect.UNKNOWN), id=name) for name, reply in NOT_THE_APIS.items()),
    *(pytest.param((reply, GatewayError, Effect.UNKNOWN), id=f"gateway: {name}") for name, reply in GATEWAYS.items()),
    *(pytest.param((*of_api, Effect.READ_BACK), id=f"API: {name}") for name, of_api in FAILED.items()),
    *(pytest.param((*of_api, Effect.NOT_APPLIED), id=f"API: {name}") for name, of_api in REFUSED.items()),
]


@type_of_change
@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_a_change_that_may_have_been_carried_out_is_never_sent_twice(
    server: RawServer,
    client: SweeppeaClient,
    clock: Clock,
    change: Change,
    outcome: tuple[Reply, type[SweeppeaError], Effect],
) -> None:
    reply, kind, proves = outcome
    server.reply(reply)
    asked = requesting(client, change, A)
    await server.arrived.get()
    if reply in {hangs, dribbles}:
        clock.advance(20)
    result = await asked
    assert isinstance(result.error, SweeppeaError)
    assert (type(result.error), result.error.effect) == (kind, proves)
    assert not result.confirmed
    assert (result.maybe_applied_at is not None) is (proves is Effect.UNKNOWN)
    await settled()
    assert server.seen(change) == [A]


async def test_a_deletion_whose_confirmation_got_lost_is_carried_out_once(
    ticket_api: FakeTicketApi, bot: SweeppeaClient
) -> None:
    ticket_api.fail("delete", Fault(reset="after"))
    with pytest.raises(NoResponseError):
        await changing(bot, "delete", CaseNumber("2531581"))
    with pytest.raises(TicketNotFoundError):
        await looking(bot, CaseNumber("2531581"))
    assert [(call.endpoint, call.carried_out) for call in ticket_api.log] == [("delete", True), (FETCH, False)]


async def test_a_connection_that_the_api_closes_as_the_deletion_comes_leaves_it_unclear(
    server: RawServer, client: SweeppeaClient
) -> None:
    server.reply(sends_and_resets())
    result = await requesting(client, "delete", A)
    assert isinstance(result.error, NoResponseError)
    assert result.maybe_applied_at is not None
    assert server.seen("delete") == [A]
