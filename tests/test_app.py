"""Starting and stopping: the process itself, as its operators see it."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import KEY
from tests.support.process import environ, started
from tests.support.world import ALICE, Transport, World, words


@pytest.fixture(autouse=True)
def a_terminal_that_can_hang_up() -> Iterator[None]:
    """Also where these tests run under nohup: a child process starts with the signals that are ignored here."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_whole_run_ends_with_0_and_leaves_no_secret_in_its_log(
    empty_world: World, transport: Transport, tmp_path: Path, number: signal.Signals
) -> None:
    slack = empty_world.slack
    async with started(cwd=tmp_path, **environ(empty_world, transport, LOG_LEVEL="DEBUG")) as bot:
        log = await bot.says("listening on" if transport == "http" else "connected over Socket Mode")
        if transport == "http":
            port = log.rpartition("listening on 127.0.0.1:")[2].split()[0]
            slack.app_url = f"http://127.0.0.1:{port}/slack/events"
        else:
            await slack.socket.connected.wait()
        for line in ("HYXTNJV", "0000007", "NONE000"):
            assert (await slack.command(ALICE, "/ticket", line)).status == 200
            await slack.changed.get()
        await slack.command(ALICE, "/ticket-delete", "2531581")
        request = await slack.changed.get()
        await slack.click(ALICE, request, "Delete 2531581")
        while "Ticket 2531581 deleted" not in words(request):
            await slack.changed.get()
        bot.process.send_signal(number)
        ended = await bot.ends()

    assert ended.code == 0
    output = log + ended.out + ended.err
    secrets = [slack.bot_token, slack.app_token, slack.signing_secret, KEY, "/response/", "ticket=", "user-token"]
    assert [secret for secret in secrets if secret in output] == []
    contents = ["Issue with", "Winners page", "John Doe", "Maria", "Investigating", "URGENT", "example.com"]
    assert [content for content in contents if content in output] == []
    assert '"event": "deleted"' in ended.out
    assert slack.calls.count("auth.test") == 1


async def test_a_line_of_the_file_that_cannot_be_read_stops_the_start(empty_world: World, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\nTICKET_VIEWERS: U01ALICE\nTICKET_DELETERS=U01ALICE\nTICKET_DELETERS=*\n")
    async with started(cwd=tmp_path, **environ(empty_world, "http")) as bot:
        ended = await bot.ends()
    assert ended.code == 2
    assert ended.err.splitlines() == [
        f"The bot can't start. Fix this in the environment or in {tmp_path / '.env'}:",
        "  .env, line 2: TICKET_VIEWERS can't be read: write TICKET_VIEWERS=value",
        "  .env, line 4: TICKET_DELETERS stands twice, first in line 3: leave one of the two lines",
    ]
    assert empty_world.slack.calls == []


async def test_a_proxy_that_cannot_be_read_is_named_without_its_password(empty_world: World, tmp_path: Path) -> None:
    proxy = {"HTTPS_PROXY": "socks5://user:s3cret@proxy:1080"}
    async with started(cwd=tmp_path, **environ(empty_world, "http", **proxy)) as bot:
        ended = await bot.ends()
    assert ended.code == 2
    assert "environment: HTTPS_PROXY must be a URL like http://" in ended.err
    assert "s3cret" not in ended.err


async def test_a_port_that_is_taken_is_named(empty_world: World, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with started(cwd=tmp_path, **environ(empty_world, "http", PORT=port)) as bot:
            ended = await bot.ends()
    assert ended.code == 2
    assert f"can't listen on 127.0.0.1:{port}" in ended.err


async def test_it_can_be_stopped_while_it_waits_for_slack(empty_world: World, tmp_path: Path) -> None:
    empty_world.slack.faults["auth.test"].extend([SlackFault(500)] * 100)
    async with started(cwd=tmp_path, **environ(empty_world, "http")) as bot:
        await bot.says("Slack does not answer yet")
        bot.process.send_signal(signal.SIGTERM)
        assert (await bot.ends()).code == 0


async def test_a_bot_under_nohup_outlives_its_terminal(empty_world: World, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a child process starts with that, as under nohup
    try:
        async with started(cwd=tmp_path, **environ(empty_world, "http")) as bot:
            log = await bot.says("listening on")
            bot.process.send_signal(signal.SIGHUP)
            port = log.rpartition("listening on 127.0.0.1:")[2].split()[0]
            async with aiohttp.ClientSession() as session:
                assert (await session.get(f"http://127.0.0.1:{port}/healthz")).status == 200
            bot.process.send_signal(signal.SIGTERM)
            assert (await bot.ends()).code == 0
    finally:
        signal.signal(signal.SIGHUP, before)


async def test_settings_come_from_the_file_too(empty_world: World, tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in environ(empty_world, "http").items()]
    (tmp_path / ".env").write_text("\n".join(lines))
    async with started(cwd=tmp_path, PORT="0") as bot:
        log = await bot.says("listening on")
        bot.process.send_signal(signal.SIGTERM)
        assert (await bot.ends()).code == 0
    assert f"settings from the environment and {tmp_path / '.env'}; " in log


async def test_a_proxy_is_not_asked_for_what_no_proxy_names(empty_world: World, tmp_path: Path) -> None:
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    async with started(cwd=tmp_path, **environ(empty_world, "socket", **proxies)) as bot:
        await bot.says("connected over Socket Mode")
        bot.process.send_signal(signal.SIGTERM)
        assert (await bot.ends()).code == 0


async def test_health_is_served_over_socket_mode_only_where_a_port_is_set(empty_world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with empty_world.bot("socket", port=port), aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
            assert (response.status, await response.text()) == (200, "ok\n")
        async with session.post(f"http://127.0.0.1:{port}/slack/events") as response:
            assert response.status == 404
    async with empty_world.bot("socket"), aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{port}/healthz")


async def test_one_answer_of_auth_test_serves_every_command(empty_world: World) -> None:
    async with empty_world.bot():
        await asyncio.gather(*(empty_world.slack.command(ALICE, "/ticket", "HYXTNJV") for _ in range(10)))
        await empty_world.serving.services.runner.wait_idle()
    assert empty_world.slack.calls == ["auth.test"]


async def test_bolts_own_variables_do_not_make_another_app_of_it(empty_world: World, tmp_path: Path) -> None:
    settings = environ(empty_world, "http", SLACK_CLIENT_ID="1", SLACK_CLIENT_SECRET="2", SLACK_VERIFICATION_TOKEN="3")
    async with started(cwd=tmp_path, **settings) as bot:
        log = await bot.says("listening on")
        bot.process.send_signal(signal.SIGTERM)
        ended = await bot.ends()
    assert ended.code == 0
    assert "WARNING" not in log + ended.err
