"""What goes over the wire, and what may come back over it."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api.client import SweeppeaClient
from bot.api.errors import GatewayError, InvalidResponseError, SweeppeaError
from bot.api.http import MAX_ANSWER
from bot.sandbox.ticket_api import KEY
from tests.bot.api.calls import FETCH, A, changing, connected, looking
from tests.support.raw_server import RawServer, endless, http, sends, sends_and_closes

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


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
    async with RawServer() as server, connected(server.url) as client:
        server.reply(*[sends_and_closes(data)] * 3)
        deletion = changing(client, "delete", A)
        await asyncio.wait([deletion])
        error = deletion.exception()
        assert isinstance(error, SweeppeaError) or (error is None and len(server.requests) == 4)  # three times busy


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(endless)
    with pytest.raises(InvalidResponseError, match="2 MB"):
        await looking(client, A)
    assert (await server.left.get()).case_number == A


async def test_an_answer_as_large_as_may_be_is_read(server: RawServer, client: SweeppeaClient) -> None:
    answer = b'{"Response": true, "Data": {"CaseNumber": "AAAAAAA"}}'
    server.reply(sends(http(answer + b" " * (MAX_ANSWER - len(answer)))))
    assert (await looking(client, A)).case_number == A


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_key_follows_no_redirect(server: RawServer, client: SweeppeaClient, status: int) -> None:
    async with RawServer() as elsewhere:
        location = f"Location: {elsewhere.url}/tickets/fetchSingleTicket"
        server.reply(*[sends(http(b"", location, status=status))] * 2)
        with pytest.raises(GatewayError, match=str(status)):
            await looking(client, A)
        with pytest.raises(GatewayError, match=str(status)):
            await changing(client, "delete", A)
    assert elsewhere.requests == []
    assert len(server.requests) == 2


async def test_a_cookie_is_not_kept(server: RawServer, client: SweeppeaClient) -> None:
    server.reply(sends(http(b"", "Set-Cookie: a=b", status=502)), sends(http(b"", "Set-Cookie: a=ÿ", status=502)))
    await looking(client, A)
    assert len(server.requests) == 3
    assert all("cookie" not in request.headers for request in server.requests)


async def test_the_request_is_as_the_reference_says(server: RawServer, client: SweeppeaClient) -> None:
    await looking(client, A)
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
