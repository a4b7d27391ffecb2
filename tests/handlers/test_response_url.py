"""Where an answer goes: to Slack, whatever address a payload brings with it."""

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import slack_payloads
from handlers.slack.web import SlackWeb
from tests.support.world import ALICE, World, words


async def test_an_answer_goes_to_nobody_but_slack_and_its_person_reads_it_directly(
    team: World, caplog: pytest.LogCaptureFixture
) -> None:
    reached: list[str] = []

    async def taken(request: web.BaseRequest) -> web.Response:
        reached.append(request.path)
        return web.Response()

    thief = web.Server(taken)
    runner = web.ServerRunner(thief)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        body = slack_payloads.command(ALICE, "/ticket", "HYXTNJV", "C01SUPPORT")
        elsewhere = {"trigger_id": "1", "response_url": f"http://localhost:{port}/thief"}
        answer = await team.deliver(await team.slack.deliver("slash_commands", body | elsewhere))
    finally:
        await runner.cleanup()
    assert reached == []
    assert answer.channel == ALICE
    assert "Issue with" in words(answer)
    assert "is not Slack's" in caplog.text
    assert "thief" not in caplog.text


@pytest.mark.parametrize(
    ("api_url", "response_url"),
    [
        ("https://slack.com/api", "https://hooks.slack.com/commands/T1/2/abc"),
        ("https://slack.com/api", "https://hooks.slack.com:443/app/T1/2/abc"),
        ("https://www.slack.com/api", "https://hooks.slack.com/actions/T1/2/abc"),
        ("https://slack-gov.com/api", "https://hooks.slack-gov.com/actions/T1/2/abc"),
        ("http://127.0.0.1:3000/api", "http://127.0.0.1:3001/response/1"),
        ("http://[::1]:3000/api", "http://[::1]:3000/response/1"),
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
