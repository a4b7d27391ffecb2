"""Whoever answers `app.py check` in place of the ticket API, of Slack or of a bot can't fill this machine's memory."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from commands.check.everything import Limits
from tests.commands.check.checking import broken, check, settings_of
from tests.support.raw_server import RawServer, Reply, endless, inflating, sends
from tests.support.world import World

LIMITS = Limits(port_s=20, slack_call_s=20, api_s=20)  # nothing takes that long
MOST_BYTES = 50_000_000
REPLIES = pytest.mark.parametrize("reply", [sends(inflating()), endless], ids=["inflates", "is endless"])


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_BYTES


@REPLIES
async def test_a_ticket_api_that_answers_too_much_is_named(empty_world: World, tmp_path: Path, reply: Reply) -> None:
    async with RawServer() as server:
        server.reply(reply)
        found = await check(settings_of(empty_world, tmp_path, sweeppea_base_url=server.url), empty_world, LIMITS)
    assert broken(found) == {"SWEEPPEA_API_KEY"}
    assert found["SWEEPPEA_API_KEY"].text == "the answer is not the ticket API's"


@REPLIES
async def test_a_slack_that_answers_too_much_is_named(empty_world: World, tmp_path: Path, reply: Reply) -> None:
    async with RawServer() as server:
        server.reply(reply, reply)
        found = await check(settings_of(empty_world, tmp_path, slack_api_url=f"{server.url}/api"), empty_world, LIMITS)
    assert broken(found) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
    assert found["SLACK_BOT_TOKEN"].text.endswith(": the answer is larger than 2 MB")


@REPLIES
async def test_whoever_has_the_port_and_answers_too_much_is_no_bot(
    empty_world: World, tmp_path: Path, reply: Reply
) -> None:
    async with RawServer() as server:
        server.reply(reply)
        settings = settings_of(empty_world, tmp_path, "http", port=urlsplit(server.url).port)
        found = await check(settings, empty_world, LIMITS)
    assert broken(found) == {"PORT"}
    assert len(server.requests) == 1
