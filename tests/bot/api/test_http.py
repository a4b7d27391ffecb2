"""What goes over the wire, and what may come back over it."""

import asyncio
import gzip
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api.client import SweeppeaClient
from bot.api.errors import Effect, GatewayError, InvalidResponseError, SweeppeaError
from bot.api.http import MAX_ANSWER
from bot.sandbox.ticket_api import KEY
from tests.bot.api.calls import (
    CALLS,
    FETCH,
    GOOD,
    A,
    Call,
    calling,
    changing,
    connected,
    looking,
)
from tests.support.raw_server import RawServer, Reply, endless, http, sends, sends_and_closes

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
async def test_whatever_comes_back_is_an_error_that_people_can_read(data: bytes) -> None:
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


async def call_all(client: SweeppeaClient, server: RawServer, *replies: Reply) -> list[BaseException | None]:
    """How a look, a read, a deletion and a resolution end that each meet these replies."""
    ends = []
    for call in CALLS:
        server.replies.clear()
        server.reply(*replies)
        task = calling(client, call, A)
        await asyncio.wait([task])
        ends.append(task.exception())
    return ends


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([(1, 9_000), (1, 30_000), (150, 20), (400, 100)]), st.sampled_from(["X-Policy", "Set-Cookie"]))
async def test_an_answer_with_large_or_many_headers_is_read(size: tuple[int, int], name: str) -> None:
    count, length = size
    headers = [f"{name}: {'a' * length}"] * count
    async with RawServer() as server, connected(server.url) as client:
        assert await call_all(client, server, sends(http(GOOD, *headers))) == [None] * 4
        assert len(server.requests) == 4


NOT_HTTP = [
    b"220 mail.example ESMTP\r\n\r\n",
    b"<html>It works!</html>\r\n\r\n",
    b"\x15\x03\x01\x00\x02\x02\x0a",
    b"HTTP/2 200 OK\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 99 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("data", NOT_HTTP, ids=lambda data: str(data[:60]))
@pytest.mark.parametrize("how", [sends, sends_and_closes])
async def test_what_is_no_http_fails_at_once(
    server: RawServer, client: SweeppeaClient, data: bytes, how: Callable[[bytes], Reply]
) -> None:
    ends = await call_all(client, server, how(data))
    assert [type(end) for end in ends] == [InvalidResponseError] * 4
    assert len(server.requests) == 4


ENCODINGS = st.lists(
    st.sampled_from(["gzip", "deflate", "br", "zstd", "compress", "x-gzip", "GZIP", "odd", "identity"]), min_size=1
).filter(lambda encodings: encodings != ["identity"])


@settings(deadline=None, max_examples=30)
@given(ENCODINGS, st.sampled_from([gzip.compress(GOOD), GOOD, b"", b"\x1f\x8b"]))
async def test_an_answer_in_any_encoding_is_refused_at_once(encodings: list[str], body: bytes) -> None:
    async with RawServer() as server, connected(server.url) as client:
        reply = sends(http(body, f"Content-Encoding: {', '.join(encodings)}"))
        ends = await call_all(client, server, reply)
        assert [type(end) for end in ends] == [InvalidResponseError] * 4
        assert all(isinstance(end, SweeppeaError) and end.effect is Effect.UNKNOWN for end in ends)
        assert [request.headers["accept-encoding"] for request in server.requests] == ["identity"] * 4


@pytest.mark.parametrize("encoding", ["identity", "Identity ", ""])
async def test_an_answer_that_is_said_not_to_be_encoded_is_read(
    server: RawServer, client: SweeppeaClient, encoding: str
) -> None:
    assert await call_all(client, server, sends(http(GOOD, f"Content-Encoding: {encoding}"))) == [None] * 4


@pytest.mark.parametrize("call", CALLS)
async def test_a_small_answer_never_becomes_a_large_one(server: RawServer, client: SweeppeaClient, call: Call) -> None:
    bomb = gzip.compress(gzip.compress(gzip.compress(bytes(64 * 1024 * 1024))))
    assert len(bomb) < 2_000
    server.reply(sends(http(bomb, "Content-Encoding: gzip, gzip, gzip")))
    tracemalloc.start()
    try:
        with pytest.raises(InvalidResponseError):
            await calling(client, call, A)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()
