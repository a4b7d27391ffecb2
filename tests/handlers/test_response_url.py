"""Where an answer goes: to Slack, whatever address a payload brings with it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import slack_payloads
from bot.sandbox.slack import Fault
from handlers.slack.replies import TRIES
from handlers.slack.web import SlackWeb
from tests.support.world import ALICE, World, words


@asynccontextmanager
async def elsewhere(answer: Callable[[web.BaseRequest], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Another host than the Web API's, as far as a URL tells."""
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_an_answer_goes_to_nobody_but_slack_and_its_person_reads_it_directly(
    team: World, caplog: pytest.LogCaptureFixture
) -> None:
    reached: list[str] = []

    async def taken(request: web.BaseRequest) -> web.Response:
        reached.append(request.path)
        return web.Response()

    async with elsewhere(taken) as place:
        body = slack_payloads.command(ALICE, "/ticket", "HYXTNJV", "C01SUPPORT")
        to_there = {"trigger_id": "1", "response_url": f"{place}/thief"}
        answer = await team.deliver(await team.slack.deliver("slash_commands", body | to_there))
    assert reached == []
    assert answer.channel == ALICE
    assert "Issue with" in words(answer)
    assert "is not Slack's" in caplog.text
    assert "thief" not in caplog.text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_takes_a_ticket_to_another_host_or_passes_for_slacks_yes(team: World, status: int) -> None:
    reached: list[str] = []

    async def taken(request: web.BaseRequest) -> web.Response:
        reached.append(request.path)
        return web.json_response({"ok": True, "ts": "1.1", "channel": "C01SUPPORT"})

    async with elsewhere(taken) as place:
        to_there = Fault(status=status, location=f"{place}/thief")
        team.slack.faults["response_url"].extend([to_there] * TRIES)
        answer = await team.command(ALICE, "/ticket HYXTNJV")
        assert answer.channel == ALICE  # as where Slack does not take an answer
        team.slack.faults["response_url"].extend([to_there] * TRIES)
        team.slack.faults["chat.postMessage"].extend([to_there] * TRIES)
        await team.slack.command(ALICE, "/ticket", "HYXTNJV")
        await team.serving.services.runner.wait_idle()
    assert reached == []


@pytest.mark.parametrize(
    ("api_url", "response_url"),
    [
        ("https://slack.com/api", "https://hooks.slack.com/commands/T1/2/abc"),
        ("https://slack.com/api", "https://hooks.slack.com:443/app/T1/2/abc"),
        ("https://www.slack.com/api", "https://hooks.slack.com/actions/T1/2/abc"),
        ("https://slack-gov.com/api", "https://hooks.slack-gov.com/actions/T1/2/abc"),
        ("http://127.0.0.1:3000/api", "http://127.0.0.1:3001/response/1"),
        ("http://[::1]:3000/api", "http://[::1]:3000/response/1"),
        ("https://Slack.com/api", "https://hooks.slack.com/commands/T1/2/abc"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/response/1"),
        ("https://my_slack.example/api", "https://my_slack.example/response/1"),
    ],
)
async def test_slack_answers_at_its_own_host_and_below(api_url: str, response_url: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert SlackWeb(api_url, session, None).is_slacks(response_url)


@pytest.mark.parametrize(
    "response_url",
    [
        "",
        "https://[",
        "http://hooks.slack.com/commands/T1/2/abc",  # in the clear
        "https://slack.com.evil.example/commands/T1/2/abc",
        "https://evilslack.com/commands/T1/2/abc",
        "https://hooks.slack.com@evil.example/commands/T1/2/abc",
        "https://evil.example\\@hooks.slack.com/commands/T1/2/abc",
        "https://evil.example#.slack.com/commands/T1/2/abc",
        "https://evil.example?.slack.com/commands/T1/2/abc",
        "https://evil.example/.slack.com/commands",
        "https://hooks.slack.com\n.evil.example/commands/T1/2/abc",
        "https://hooks.slack.com/commands/T1/2/abc\r\nHost: evil.example",
    ],
)
async def test_no_other_address_passes_for_slacks(response_url: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert not SlackWeb("https://slack.com/api", session, None).is_slacks(response_url)
