"""`app.py check`, as an operator or a machine starts it; and how long it takes at most."""

import asyncio
import json
import re
import socket
import threading
from pathlib import Path

import pytest

from bot.runtime import Runtime
from commands.check.command import all_results
from commands.check.everything import Limits, subjects
from tests.commands.check.checking import broken, check, settings_of
from tests.support.ports import free_port
from tests.support.process import Ended, environ, started
from tests.support.raw_server import RawServer, hangs
from tests.support.world import Transport, World

FIRST = ["settings", "SLACK_BOT_TOKEN", "scopes"]
LAST = ["clock", "AUDIT_CHANNEL", "SWEEPPEA_API_KEY", "DATABASE_URL", "disk", "files", "schema", "workspace"]
LAST += ["ENCRYPTION_KEYS"]


async def typed(cwd: Path, *arguments: str, redirect: str = "", **environ: str) -> Ended:
    async with started("check", *arguments, cwd=cwd, redirect=redirect, **environ) as command:
        return await command.ends()


async def test_each_line_has_a_mark_a_name_and_what_was_found(
    empty_world: World, transport: Transport, tmp_path: Path
) -> None:
    ended = await typed(tmp_path, PYTHONIOENCODING="utf-8", **environ(empty_world, transport))
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    secret = "SLACK_APP_TOKEN" if transport == "socket" else "SLACK_SIGNING_SECRET"
    assert [line.split()[1] for line in lines if "PORT" not in line] == [*FIRST, secret, *LAST]
    assert {line[0] for line in lines} <= {"✓", "–"}


async def test_something_to_mend_is_exit_code_2_and_says_what_to_do(empty_world: World, tmp_path: Path) -> None:
    settings = environ(empty_world, "socket", SLACK_BOT_TOKEN="xoxb-wrong", PYTHONIOENCODING="utf-8")
    ended = await typed(tmp_path, **settings)
    assert ended.code == 2
    [line] = [line for line in ended.out.splitlines() if line.startswith("✗")]
    assert "SLACK_BOT_TOKEN   Slack refuses it: invalid_auth → copy it again from Install App; install" in line
    assert "wrong" not in ended.out + ended.err


async def test_machines_get_a_list_of_objects(empty_world: World, tmp_path: Path) -> None:
    empty_world.ticket_api.key = "another"
    ended = await typed(tmp_path, "--json", **environ(empty_world, "http"))
    assert (ended.code, ended.err) == (2, "")
    found = json.loads(ended.out)
    assert {frozenset(line) for line in found} == {frozenset({"name", "ok", "text", "hint"})}
    assert [line["name"] for line in found if line["ok"] is False] == ["SWEEPPEA_API_KEY"]
    assert {line["name"]: line["ok"] for line in found}["AUDIT_CHANNEL"] is None


async def test_every_mistake_in_the_settings_is_a_line_and_nothing_else_is_tried(
    empty_world: World, tmp_path: Path
) -> None:
    swapped = {"SLACK_BOT_TOKEN": "xapp-1-secret", "SLACK_APP_TOKEN": "xoxb-1-secret", "TICKET_VIEWERS": "bob"}
    settings = {**environ(empty_world, "socket"), **swapped, "PYTHONIOENCODING": "utf-8"}
    ended = await typed(tmp_path, **settings)
    assert (ended.code, ended.err) == (2, "")
    wrong = [line for line in ended.out.splitlines() if line.startswith("✗ settings")]
    assert len(wrong) == 3
    assert "this one is an app-level token: it belongs in SLACK_APP_TOKEN" in wrong[0]
    assert "this one is a bot token: it belongs in SLACK_BOT_TOKEN" in wrong[1]
    assert "TICKET_VIEWERS has 'bob'" in wrong[2]
    assert all(f"fix this in the environment or in {tmp_path / '.env'}, which is not there" in line for line in wrong)
    assert "secret" not in ended.out
    assert (empty_world.slack.calls, empty_world.ticket_api.log) == ([], [])


async def test_a_warning_of_the_settings_is_one_here_too(empty_world: World, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TICKET_VIEWERS=U01BOB")
    (tmp_path / ".env").chmod(0o644)
    ended = await typed(tmp_path, PYTHONIOENCODING="utf-8", **environ(empty_world, "socket"))
    assert ended.code == 0
    warned = [line for line in ended.out.splitlines() if line.startswith("! settings")]
    assert "chmod 600 .env" in warned[0]
    assert "TICKET_DELETERS names U01ALICE, who may not delete" in warned[1]


async def test_a_terminal_without_the_marks_gets_words(empty_world: World, tmp_path: Path) -> None:
    empty_world.ticket_api.key = "another"
    ended = await typed(tmp_path, PYTHONIOENCODING="ascii", **environ(empty_world, "socket"))
    assert "?" not in ended.out
    assert "FAIL SWEEPPEA_API_KEY  the ticket API refuses it: HTTP 403 -> replace it" in ended.out
    assert "\nok   clock" in ended.out


async def test_whoever_reads_may_stop_reading(empty_world: World, tmp_path: Path) -> None:
    ended = await typed(tmp_path, redirect="| true", **environ(empty_world, "socket"))
    assert (ended.code, ended.err) == (0, "")


async def test_a_port_that_another_program_has_is_named(empty_world: World, tmp_path: Path) -> None:
    async with RawServer() as server:
        port = int(server.url.rpartition(":")[2])
        found = await check(settings_of(empty_world, tmp_path, "http", port=port), empty_world)
    assert broken(found) == {"PORT"}
    assert found["PORT"].text == f"can't listen on 127.0.0.1:{port}: Address already in use"


async def test_a_program_that_has_the_port_and_says_nothing_is_no_bot(empty_world: World, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_of(empty_world, tmp_path, "http", port=taken.getsockname()[1])
        found = await check(settings, empty_world, Limits(port_s=0.3))
    assert broken(found) == {"PORT"}
    assert found["PORT"].text.endswith("Address already in use")


async def test_a_port_that_cannot_be_had_is_named_with_the_reason(empty_world: World, tmp_path: Path) -> None:
    found = await check(settings_of(empty_world, tmp_path, "http", host="192.0.2.1", port=free_port()), empty_world)
    assert broken(found) == {"PORT"}
    assert re.search("Cannot assign requested address$|could not bind on any address", found["PORT"].text)
    assert "HOST and PORT" in found["PORT"].hint


async def test_a_bot_at_the_port_is_no_mistake(empty_world: World, tmp_path: Path) -> None:
    port = free_port()
    async with empty_world.bot("http", port=port):
        found = await check(settings_of(empty_world, tmp_path, "http", port=port), empty_world)
    assert broken(found) == set()
    assert found["PORT"].text == f"a bot answers at 127.0.0.1:{port}"


async def test_the_port_of_the_metrics_is_tried_too(empty_world: World, tmp_path: Path) -> None:
    port = free_port()
    async with empty_world.bot("socket", metrics_port=port):
        found = await check(settings_of(empty_world, tmp_path, metrics_port=port), empty_world)
        assert broken(found) == set()
        assert found["METRICS_PORT"].text == f"a bot answers at 127.0.0.1:{port}"
    async with RawServer() as server:
        port = int(server.url.rpartition(":")[2])
        found = await check(settings_of(empty_world, tmp_path, metrics_port=port), empty_world)
    assert broken(found) == {"METRICS_PORT"}
    assert "METRICS_HOST and METRICS_PORT" in found["METRICS_PORT"].hint


async def test_what_hangs_is_given_up_and_the_rest_is_said(
    empty_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(Path, "exists", lambda _: released.wait())  # as a network's disk does
    async with RawServer() as server:
        server.reply(*[hangs] * 3)
        urls = {"slack_api_url": f"{server.url}/api", "sweeppea_base_url": server.url}
        settings = settings_of(empty_world, tmp_path, "socket", **urls)
        limits = Limits(slack_call_s=0.3, api_s=0.5, database_s=0.5)
        try:
            results = await asyncio.to_thread(lambda: asyncio.run(all_results(settings, limits)))
        finally:
            released.set()
    found = {result.name: result for result in results}
    assert broken(found) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SWEEPPEA_API_KEY", "DATABASE_URL"}
    assert found["settings"].ok
    assert found["DATABASE_URL"].text == "no answer within 0.5 s"


async def test_a_name_server_that_hangs_is_not_waited_for(
    empty_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        released.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    urls = {"slack_api_url": "https://slack.test/api", "sweeppea_base_url": "https://tickets.test"}
    settings = settings_of(empty_world, tmp_path, "socket", **urls)
    limits = Limits(slack_call_s=0.3, api_s=0.5)
    try:
        results = await asyncio.to_thread(lambda: asyncio.run(all_results(settings, limits)))
    finally:
        released.set()
    found = {result.name: result for result in results}
    assert broken(found) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SWEEPPEA_API_KEY"}


@pytest.mark.parametrize("url", ["sqlite:///ticket-bot.db", "postgresql://u@localhost/tickets"])
async def test_all_of_it_is_given_less_than_ten_seconds(empty_world: World, tmp_path: Path, url: str) -> None:
    key = {"encryption_keys": "A" * 43 + "="}
    settings = settings_of(empty_world, tmp_path, "socket", audit_channel="C09AUDIT", database_url=url, **key)
    limits = [subject.limit_s for subject in subjects(settings, Runtime(), Limits())]
    to_close_s, to_start_s = 2.0, 1.0  # a pool's connections, or the thread of a file; Python
    assert max(*limits[:3], limits[3] + to_close_s) + to_start_s < 10


async def test_a_fault_of_the_check_itself_leaves_the_other_lines(
    empty_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("commands.check.slack._clock", lambda *_, **__: 1 / 0)
    found = await check(settings_of(empty_world, tmp_path), empty_world)
    assert broken(found) == {"clock"}
    assert found["clock"].text == "the check itself failed: ZeroDivisionError"
    assert found["SWEEPPEA_API_KEY"].ok
    assert "ZeroDivisionError at " in caplog.text
