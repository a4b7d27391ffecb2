"""The start where Slack is late, strange or out of reach."""

import socket

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Fault
from handlers.slack.startup import StartupError, check_tokens
from tests.support.world import World


async def test_slack_out_of_reach_is_waited_for_and_then_named(empty_world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/api/"
    with pytest.raises(StartupError) as caught:
        await check_tokens(empty_world.settings("socket"), AsyncWebClient("xoxb-1", url), patience_s=0.1, pause_s=0.01)
    assert caught.value.exit_code == 1
    assert "could not be reached" in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>a portal</html>", b"[]", b'"no"', b"{"])
async def test_an_answer_that_is_not_slacks_is_no_refusal(empty_world: World, body: bytes) -> None:
    async def portal(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html" if body[:1] == b"<" else "application/json")

    site = web.Application()
    site.router.add_post("/{path:.*}", portal)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = AsyncWebClient("xoxb-1", f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    with pytest.raises(StartupError) as caught:
        await check_tokens(empty_world.settings(), client, patience_s=0.1, pause_s=0.01)
    await runner.cleanup()
    assert caught.value.exit_code == 1


async def test_slack_that_answers_late_is_found(empty_world: World) -> None:
    faults = empty_world.slack.faults
    faults["auth.test"].extend([Fault(500), Fault(error="internal_error"), Fault(reset=True)])
    faults["apps.connections.open"].append(Fault(429, error="ratelimited", retry_after="0"))
    web = AsyncWebClient(empty_world.slack.bot_token, f"{empty_world.slack.url}/api/")
    workspace = await check_tokens(empty_world.settings("socket"), web, pause_s=0)
    assert workspace.name == "Sweeppea"
    assert workspace.socket_url
