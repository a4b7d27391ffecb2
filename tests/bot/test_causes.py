"""Why a connection failed, in words that quote nothing."""

import asyncio
import socket
import ssl

import aiohttp
import httpx
import pytest

from bot import logs

URL = "http://127.0.0.1:9/commands/T1/2/s3cret"


def from_(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectionRefusedError(111, "s3cret"), "Connection refused"),
        (from_(httpx.ReadError("s3cret"), ConnectionResetError(104, "s3cret")), "Connection reset by peer"),
        (from_(OSError("s3cret"), ExceptionGroup("s3cret", [OSError(113, "s3cret")])), "No route to host"),
        (socket.gaierror(-2, "s3cret"), "its name can't be resolved"),
        (TimeoutError("s3cret"), "no answer in time"),
        (ssl.SSLError(1, "s3cret"), "TLS, no reason given"),
        (aiohttp.ServerDisconnectedError("s3cret"), "it closed the connection"),
        (httpx.RemoteProtocolError("s3cret"), "it closed the connection"),
        (RuntimeError("s3cret"), "RuntimeError"),
    ],
)
def test_a_cause_is_named_and_no_text_of_an_error(error: Exception, cause: str) -> None:
    assert logs.cause_of(error) == cause


def test_a_certificate_that_is_not_accepted_is_named() -> None:
    error = ssl.SSLCertVerificationError(1, "s3cret")
    error.verify_message = "certificate <has> expired"
    assert logs.cause_of(error) == "its certificate is not accepted, certificate has expired"


async def test_both_http_libraries_are_understood() -> None:
    async with aiohttp.ClientSession() as session, httpx.AsyncClient(trust_env=False) as client:
        for attempt in (session.get(URL), client.get(URL)):
            with pytest.raises((aiohttp.ClientError, httpx.HTTPError)) as caught:
                await attempt
            assert logs.cause_of(caught.value) == "Connection refused"


async def test_a_name_that_no_server_has_is_understood() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get("http://nobody.invalid/s3cret")
    assert logs.cause_of(caught.value) == "its name can't be resolved"


def test_a_place_is_a_host_without_path_and_password() -> None:
    assert logs.place_of("https://api.example.com/v3?key=1") == "api.example.com"
    assert (
        logs.place_of("https://api.example.com", "http://me:s3cret@proxy.example.com:3128")
        == "api.example.com through the proxy proxy.example.com:3128"
    )


async def test_what_a_task_that_works_for_many_says_is_in_nobodys_line() -> None:
    async def for_many() -> None:
        logs.detach()
        logs.note(outcome="something of another's")

    with logs.summarize("7F3K9") as summary:
        await asyncio.create_task(for_many())
    assert summary.text() == "answered"


def test_a_line_has_no_more_than_so_many_remarks() -> None:
    with logs.summarize("7F3K9") as summary:
        for number in range(10):
            summary.remark(str(number))
    assert summary.all_remarks() == ["0", "1", "2", "3", "4", "5", "4 more"]
