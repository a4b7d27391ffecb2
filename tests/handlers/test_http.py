"""Slack's payloads over HTTP: what Slack did not sign is not read, and nothing that can be sent is a crash."""

import asyncio
import gzip
import json
import logging
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.runtime import Runtime
from handlers.slack.signature import LOG_INTERVAL_S, MAX_AGE_S, SignatureCheck
from handlers.slack.transports import MAX_BODY_BYTES
from tests.support.world import ALICE, NOW, World

COMMAND = urlencode({"command": "/ticket", "text": "HYXTNJV"}).encode()
FORM = "application/x-www-form-urlencoded"

one_world = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
# What HTTP lets a header hold, and what it does not.
HEADER_VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")) | st.text().map(repr)
CHARSETS = st.sampled_from(["punycode", "idna", "utf-7", "utf-16", "cp037", "zlib", "rot13", "hex", "unicode_escape"])
CONTENT_TYPES = (
    st.builds("{}; charset={}".format, st.sampled_from([FORM, "application/json", "text/html", ""]), CHARSETS)
    | st.sampled_from([FORM, "application/json", "multipart/form-data; boundary=x", "nonsense", "a/b; charset="])
    | HEADER_VALUES
)
HEADERS = st.fixed_dictionaries(
    {
        "Content-Type": CONTENT_TYPES,
        "Content-Encoding": st.sampled_from(["gzip", "deflate", "br", "identity", "odd"]),
        "X-Slack-Request-Timestamp": st.just(f"{NOW:.0f}") | HEADER_VALUES,
        "X-Slack-Signature": st.from_regex("v0=[0-9a-f]{64}", fullmatch=True) | HEADER_VALUES,
    }
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
# Names that Bolt or the bot looks for, with values of every kind.
NAMES = "type user team channel actions view message container command event event_ts authorizations callback_id"
PAYLOADS = st.dictionaries(st.sampled_from([*NAMES.split(), "id", "response_urls", "enterprise", "bot_id"]), JSON)
SHAPES = st.sampled_from(["block_actions", "message_action", "view_submission", "event_callback", "url_verification"])
TYPED = st.builds(lambda kind, payload: {**payload, "type": kind}, SHAPES, PAYLOADS)
BODIES = (
    st.binary(max_size=300)
    | JSON.map(lambda value: json.dumps(value).encode())
    | (JSON | PAYLOADS | TYPED).map(lambda value: urlencode({"payload": json.dumps(value)}).encode())
    | (PAYLOADS | TYPED).map(lambda value: json.dumps(value).encode())
    | PAYLOADS.map(lambda value: urlencode(value).encode())
)


async def sent(world: World, body: bytes, headers: Mapping[str, str], *, chunked: bool = False) -> int:
    """The status of the answer; the headers go out as they are."""
    where = urlsplit(world.slack.app_url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
    lines = [f"{name}: {value}" for name, value in {"Host": "bot", **headers, **length}.items()]
    head = "\r\n".join([f"POST {where.path} HTTP/1.1", *lines, "", ""])
    writer.write(head.encode("latin-1", errors="replace") + body)
    try:
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()


def signed(world: World, body: bytes, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(world.now if at is None else at))
    return {"Content-Type": FORM, **world.slack.sign(body, timestamp)}


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": "²", "X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": "9" * 5000, "X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": f"{NOW:.0f}", "X-Slack-Signature": "v0=é"},
    ],
)
async def test_nobody_but_slack_is_listened_to(team: World, headers: dict[str, str]) -> None:
    assert await sent(team, COMMAND, headers) == 401
    assert await sent(team, COMMAND, signed(team, COMMAND + b"x")) == 401
    assert await sent(team, COMMAND, signed(team, COMMAND, at=NOW - 301)) == 401
    assert await sent(team, COMMAND, signed(team, COMMAND, at=NOW + 301)) == 401
    assert team.ticket_api.log == []


@one_world
@given(HEADERS, BODIES)
async def test_whatever_is_not_signed_is_refused_unread(
    team: World, caplog: pytest.LogCaptureFixture, headers: Mapping[str, str], body: bytes
) -> None:
    assert await sent(team, body, headers) in {400, 401}
    assert tracebacks(caplog) == []


@one_world
@given(CONTENT_TYPES.filter(str.isascii).filter(str.isprintable))
async def test_a_signed_command_is_served_whatever_its_charset_is_said_to_be(team: World, content_type: str) -> None:
    body = urlencode({"command": "/ticket", "text": "é", "user_id": ALICE}).encode()
    assert await sent(team, body, signed(team, body) | {"Content-Type": content_type}) == 200


@one_world
@given(BODIES)
@example(b"\xff")
@example(b'{"type":"url_verification"}')
@example(b'{"type":"block_actions","user":{},"actions":{"a":1}}')
async def test_whatever_is_signed_is_answered_without_a_crash(
    team: World, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    assert await sent(team, body, signed(team, body)) in {200, 400, 404}
    assert tracebacks(caplog) == []


LARGE = {
    "for punycode": ({"Content-Type": f"{FORM}; charset=punycode"}, b"a" * 700_000),
    "gzip": ({"Content-Encoding": "gzip"}, gzip.compress(b"a" * 10_000_000)),
    "deep": ({}, b'{"a":' * 100_000),
    "deep form": ({}, b"payload=" + b"[" * 100_000),
    "number": ({}, b"payload=" + b"9" * 5_000),
    "fields": ({}, b"a&" * 300_000),
}


@pytest.mark.parametrize(("headers", "body"), LARGE.values(), ids=LARGE)
async def test_what_is_costly_to_read_is_refused_unread_and_signed_it_is_no_crash(
    team: World, caplog: pytest.LogCaptureFixture, headers: Mapping[str, str], body: bytes
) -> None:
    assert await sent(team, body, headers) == 401
    assert await sent(team, body, {**signed(team, body), **headers}) in {400, 404}
    assert tracebacks(caplog) == []


async def test_a_header_that_was_not_signed_steers_nothing(team: World) -> None:
    lazy = {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "acknowledge"}
    answer = await team.command(ALICE, "/ticket HYXTNJV")
    body = urlencode({"command": "/ticket", "text": "HYXTNJV", "user_id": ALICE}).encode()
    assert answer.visible_to == ALICE
    assert await sent(team, body, signed(team, body) | lazy) == 200


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_not_read_to_its_end(team: World, *, chunked: bool) -> None:
    body = b"a" * (MAX_BODY_BYTES + 1)
    framed = b"%x\r\n%b\r\n" % (len(body), body) if chunked else body
    assert await sent(team, framed, signed(team, body), chunked=chunked) == 413


@pytest.mark.parametrize("framed", [b"zz\r\n", b"5\r\nabc", b"-1\r\n\r\n", b"ffffffffffffffffffff\r\n"])
async def test_a_body_that_breaks_off_is_no_crash(team: World, caplog: pytest.LogCaptureFixture, framed: bytes) -> None:
    where = urlsplit(team.slack.app_url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(f"POST {where.path} HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + framed)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    assert answer == b"" or answer.split()[1] == b"400"
    assert tracebacks(caplog) == []


async def test_an_unknown_payload_is_no_crash(team: World) -> None:
    body = urlencode({"payload": json.dumps({"type": "view_closed", "user": {"id": ALICE}, "view": {}})}).encode()
    assert await sent(team, body, signed(team, body)) == 404


@pytest.mark.parametrize("body", [b"ssl_check=1", b"ssl_check=1&token=abc", b"token=abc&ssl_check=1&x="])
async def test_slack_may_try_the_certificate_without_a_signature(
    team: World, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    assert await sent(team, body, {"Content-Type": FORM}) == 200
    assert caplog.text == ""
    assert team.slack.messages == []


@pytest.mark.parametrize("body", [b"ssl_check=0", b"assl_check=1", b"ssl_check=12", b"a" * 1_000 + b"&ssl_check=1"])
async def test_what_only_looks_like_the_certificates_trial_is_refused(team: World, body: bytes) -> None:
    assert await sent(team, body, {"Content-Type": FORM}) == 401


class Clock:
    now, boottime = NOW, 0.0

    def check(self) -> SignatureCheck:
        return SignatureCheck("secret", Runtime(now=lambda: self.now, boottime=lambda: self.boottime))


async def test_each_reason_for_a_refusal_is_logged_once_a_minute(team: World, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    check = clock.check()
    team.slack.signing_secret = "secret"

    def refused(headers: Mapping[str, str]) -> list[str]:
        caplog.clear()
        assert not any(check.passes(COMMAND, headers) for _ in range(5))
        return [record.getMessage() for record in caplog.records]

    right, wrong, late = signed(team, COMMAND), signed(team, b"x"), signed(team, COMMAND, at=NOW - MAX_AGE_S - 9)
    early = signed(team, COMMAND, at=NOW + MAX_AGE_S + 1)
    assert check.passes(COMMAND, right)
    assert ["wrong signature" in line for line in refused(wrong)] == [True]
    assert ["309 s off" in line for line in refused(late)] == [True]
    assert refused(early) == []
    assert ["no signature" in line for line in refused({})] == [True]
    clock.boottime = LOG_INTERVAL_S - 1
    assert refused(wrong) + refused(late) + refused({}) == []
    clock.boottime = LOG_INTERVAL_S
    assert len(refused(wrong)) == 1
    assert ["-301 s off" in line for line in refused(early)] == [True]


@pytest.mark.parametrize("off_s", [0, MAX_AGE_S, -MAX_AGE_S])
async def test_slack_may_be_five_minutes_off(team: World, off_s: float) -> None:
    assert await sent(team, COMMAND, signed(team, COMMAND, at=NOW + off_s)) == 200


def test_a_secret_is_in_no_representation() -> None:
    assert "secret'" not in repr(Clock().check())
