"""What an operator reads when the bot starts and stops, and where it does not start."""

import asyncio
import json
import os
import platform
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ledger.database import LedgerStartError, UnavailableError, UnclearCommitError
from bot.ledger.encryption import Cipher
from bot.ledger.keys import new_key
from bot.runtime import Runtime
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import Fault
from handlers import VERSION
from handlers.open_ledger import connect_ledger
from handlers.serve import STOP_TIMEOUT_S
from handlers.slack.startup import StartupError, check_tokens
from handlers.slack.web_errors import explained
from tests.bot.settings.loading import HTTP, load
from tests.support.process import environ, started
from tests.support.world import ALICE, Transport, World, words


async def test_all_that_is_wrong_with_the_settings_is_named_at_once(tmp_path: Path) -> None:
    async with started(cwd=tmp_path, SLACK_BOT_TOKEN="nonsense", TICKET_DELETERS="bob") as bot:
        ended = await bot.ends()
    assert ended.code == 2
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SWEEPPEA_API_KEY", "TICKET_DELETERS"):
        assert name in ended.err
    assert "nonsense" not in ended.err
    assert "Traceback" not in ended.err


async def test_what_the_operator_should_look_at_is_logged_at_the_start(empty_world: World, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TICKET_VIEWERS=U01BOB")
    (tmp_path / ".env").chmod(0o644)
    async with started(cwd=tmp_path, **environ(empty_world, "http")) as bot:
        log = await bot.says("listening on")
        bot.process.send_signal(signal.SIGTERM)
        assert (await bot.ends()).code == 0
    assert "WARNING app [-] .env holds secrets, and every user of this machine may open it: chmod 600 .env" in log
    assert "WARNING app [-] TICKET_DELETERS names U01ALICE, who may not delete" in log


@pytest.mark.parametrize(
    ("team_id", "sentence"), [(None, "names no workspace"), ("", "names no workspace"), ("E01ORG", "E01ORG")]
)
async def test_a_token_without_a_workspace_is_refused(
    empty_world: World, tmp_path: Path, team_id: str, sentence: str
) -> None:
    empty_world.slack.team_id = team_id
    async with started(cwd=tmp_path, **environ(empty_world, "http")) as bot:
        ended = await bot.ends()
    assert ended.code == 2
    assert "The bot works in one workspace, and can't tell which:\n  SLACK_BOT_TOKEN: " in ended.err
    assert sentence in ended.err


async def test_a_database_of_another_workspace_is_refused_whatever_its_keys_are(
    empty_world: World, tmp_path: Path, database_url: str
) -> None:
    settings = environ(empty_world, "http", DATABASE_URL=database_url)
    keys = [new_key(Runtime().random) for _ in range(2)]
    async with started(cwd=tmp_path, ENCRYPTION_KEYS=keys[0], **settings) as bot:
        await bot.says("listening on")
        bot.process.send_signal(signal.SIGTERM)
        assert (await bot.ends()).code == 0
    empty_world.slack.team_id = "T02OTHER"
    async with started(cwd=tmp_path, ENCRYPTION_KEYS=keys[1], **settings) as bot:
        ended = await bot.ends()
    assert ended.code == 2
    assert "belongs to the bot of the workspace T01SWEEP, and SLACK_BOT_TOKEN is of T02OTHER" in ended.err
    assert "Traceback" not in ended.err


async def test_a_secret_of_the_database_that_is_damaged_is_named(empty_world: World, tmp_path: Path) -> None:
    settings = environ(empty_world, "http", DATABASE_URL="sqlite:///ticket-bot.db")
    async with started(cwd=tmp_path, **settings) as bot:
        await bot.says("listening on")
        bot.process.send_signal(signal.SIGTERM)
        assert (await bot.ends()).code == 0
    with closing(sqlite3.connect(tmp_path / "ticket-bot.db")) as raw:
        damaged = "substr(value, 1, length(value) - 4) || 'AAAA'"
        raw.execute(f"update ledger_meta set value = {damaged} where key = 'fingerprint_secret'")
        raw.commit()
    async with started(cwd=tmp_path, **settings) as bot:
        ended = await bot.ends()
    assert ended.code == 2
    assert "ledger_meta.value:fingerprint_secret is damaged" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("error", [UnavailableError, UnclearCommitError])
async def test_a_database_that_goes_away_before_its_keys_are_read_may_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async def is_away(*_: object) -> Cipher:
        raise error("PostgreSQL: no answer")

    monkeypatch.setattr("handlers.open_ledger.load_cipher", is_away)
    settings = load(**HTTP, DATABASE_URL=f"sqlite:///{tmp_path / 'ticket-bot.db'}")
    with pytest.raises(LedgerStartError, match="PostgreSQL: no answer") as caught:
        async with connect_ledger(settings, Runtime(), "T01SWEEP"):
            pass
    assert caught.value.exit_code == 1


async def test_refused_tokens_are_both_named(empty_world: World, tmp_path: Path) -> None:
    settings = environ(empty_world, "socket", SLACK_BOT_TOKEN="xoxb-wrong", SLACK_APP_TOKEN="xapp-wrong")
    async with started(cwd=tmp_path, **settings) as bot:
        ended = await bot.ends()
    assert ended.code == 2
    assert "SLACK_BOT_TOKEN: invalid_auth (copy it again from Install App;" in ended.err
    assert "SLACK_APP_TOKEN: invalid_auth (copy it again from Basic Information, App-Level Tokens)" in ended.err
    assert "wrong" not in ended.err


async def test_an_app_token_without_its_scope_is_named(empty_world: World) -> None:
    empty_world.slack.faults["apps.connections.open"].append(SlackFault(error="missing_scope"))
    web = AsyncWebClient(empty_world.slack.bot_token, f"{empty_world.slack.url}/api/")
    with pytest.raises(StartupError, match=r"SLACK_APP_TOKEN: missing_scope \(it needs the scope connections:write"):
        await check_tokens(empty_world.settings("socket"), web)


async def test_the_first_line_says_with_what_the_bot_starts(
    empty_world: World, transport: Transport, tmp_path: Path
) -> None:
    access = {"TICKET_VIEWERS": "U01ALICE,U02BOB", "TICKET_CHANNELS": "C01SUPPORT", "AUDIT_CHANNEL": "C09AUDIT"}
    async with started(cwd=tmp_path, **environ(empty_world, transport, BOT_CONTACT="the desk", **access)) as bot:
        log = await bot.says("this is Sweeppea (T01SWEEP)")
    assert log.splitlines()[0].partition(" INFO app [-] ")[2] == (
        f"ticket-bot {VERSION}, Python {platform.python_version()} starts; "
        f"{'HTTP' if transport == 'http' else 'Socket Mode'}; "
        f"settings from the environment alone (there is no {tmp_path / '.env'}); viewers: 2; deleters: 1; channels: 1; "
        "AUDIT_CHANNEL C09AUDIT; database: SQLite; contact: the desk"
    )


async def test_the_last_line_says_what_is_under_way_and_how_long_that_may_take(
    empty_world: World, tmp_path: Path
) -> None:
    slack = empty_world.slack
    async with started(cwd=tmp_path, **environ(empty_world, "socket")) as bot:
        await slack.socket.connected.wait()
        go_on = asyncio.Event()
        empty_world.ticket_api.fail("fetchSingleTicket", *[Fault(until=go_on)] * 2)
        for number in ("HYXTNJV", "2531581"):
            await slack.command(ALICE, "/ticket", number)
        await empty_world.ticket_api.arrived.get()
        bot.process.send_signal(signal.SIGTERM)
        await bot.says(f"stopping: 2 under way, at most {STOP_TIMEOUT_S:.0f} s")
        go_on.set()
        assert (await bot.ends()).code == 0


async def test_a_bot_whose_standard_files_are_closed_comes_up_refuses_what_it_cant_record_and_stops(
    empty_world: World, tmp_path: Path
) -> None:
    slack = empty_world.slack
    async with started(cwd=tmp_path, redirect="<&- >&-", **environ(empty_world, "socket")) as bot:
        await slack.socket.connected.wait()
        await slack.command(ALICE, "/ticket-delete", "2531581")
        request = await slack.changed.get()
        await slack.click(ALICE, request, "Delete 2531581")
        assert "can't put this on record" in words(await slack.changed.get())
        bot.process.send_signal(signal.SIGTERM)
        ended = await bot.ends()
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert empty_world.ticket_api.calls("delete") == []


@contextmanager
def pipe_that_nobody_reads(path: Path) -> Iterator[Path]:
    """Full."""
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        with suppress(BlockingIOError):
            while os.write(pipe, b"x" * 4_096):
                pass
        yield path
    finally:
        os.close(pipe)


@pytest.mark.parametrize("output", ["/dev/full", "pipe"])
async def test_a_bot_whose_output_is_full_refuses_what_it_cant_record_and_stops(
    empty_world: World, tmp_path: Path, output: str
) -> None:
    slack = empty_world.slack
    with pipe_that_nobody_reads(tmp_path / "pipe"):
        redirect = f"> {tmp_path / output}"
        async with started(cwd=tmp_path, redirect=redirect, **environ(empty_world, "socket")) as bot:
            await slack.socket.connected.wait()
            await slack.command(ALICE, "/ticket-delete", "2531581")
            request = await slack.changed.get()
            await slack.click(ALICE, request, "Delete 2531581")
            assert "can't put this on record" in words(await slack.changed.get())
            bot.process.send_signal(signal.SIGTERM)
            ended = await bot.ends()
    assert ended.code == 0
    assert "Exception ignored" not in ended.err
    assert empty_world.ticket_api.calls("delete") == []


async def test_a_bot_whose_log_nobody_reads_stops(empty_world: World, tmp_path: Path) -> None:
    with pipe_that_nobody_reads(tmp_path / "pipe") as pipe:
        async with started(cwd=tmp_path, redirect=f"2> {pipe}", **environ(empty_world, "socket")) as bot:
            await empty_world.slack.socket.connected.wait()
            bot.process.send_signal(signal.SIGTERM)
            assert (await bot.ends()).code == 0


async def test_every_line_of_json_is_an_object_and_a_command_has_its_ref(empty_world: World, tmp_path: Path) -> None:
    slack = empty_world.slack
    async with started(cwd=tmp_path, **environ(empty_world, "socket", LOG_FORMAT="json", LOG_LEVEL="DEBUG")) as bot:
        log = await bot.says("connected over Socket Mode")
        await slack.socket.connected.wait()
        await slack.command(ALICE, "/ticket", "NONE000")
        await slack.changed.get()
        bot.process.send_signal(signal.SIGTERM)
        ended = await bot.ends()
    lines = [json.loads(line) for line in (log + ended.err).splitlines()]
    (told,) = [line for line in lines if line.get("route")]
    assert (told["user"], told["case_number"], told["outcome"]) == (ALICE, "NONE000", "not found")
    assert len(told["ref"]) == 5
    assert {line["ref"] for line in lines if "NONE000" in line["message"]} == {told["ref"]}


async def test_the_version_is_printed_without_any_setting(tmp_path: Path) -> None:
    async with started("--version", cwd=tmp_path) as bot:
        ended = await bot.ends()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"ticket-bot {VERSION}, Python {platform.python_version()}\n"


async def test_a_token_comes_from_a_file_and_is_in_no_line(empty_world: World, tmp_path: Path) -> None:
    settings = environ(empty_world, "socket")
    token = tmp_path / "slack-bot-token"
    token.write_text(settings.pop("SLACK_BOT_TOKEN") + "\n")
    async with started(cwd=tmp_path, SLACK_BOT_TOKEN_FILE=str(token), **settings) as bot:
        log = await bot.says("connected over Socket Mode")
    assert empty_world.slack.bot_token not in log


@pytest.mark.parametrize(
    ("method", "answer", "sentence"),
    [
        (
            "auth.test",
            "not_allowed_token_type",
            "SLACK_BOT_TOKEN: not_allowed_token_type (it must be the bot",
        ),
        ("auth.test", "access_denied", "SLACK_BOT_TOKEN: access_denied (an admin of the workspace has to approve"),
        (
            "apps.connections.open",
            "not_allowed_token_type",
            "SLACK_APP_TOKEN: not_allowed_token_type (it must be an",
        ),
        ("apps.connections.open", "forbidden_team", "SLACK_APP_TOKEN: forbidden_team (this workspace may not use"),
    ],
)
async def test_a_refusal_of_slacks_comes_with_what_to_do(
    empty_world: World, method: str, answer: str, sentence: str
) -> None:
    empty_world.slack.faults[method].append(SlackFault(error=answer))
    web = AsyncWebClient(empty_world.slack.bot_token, f"{empty_world.slack.url}/api/")
    with pytest.raises(StartupError) as caught:
        await check_tokens(empty_world.settings("socket"), web)
    assert sentence in str(caught.value)


def test_a_scope_that_is_missing_is_named() -> None:
    answer = {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "commands"}
    response = AsyncSlackResponse(
        client=None, http_verb="", api_url="", req_args={}, data=answer, headers={}, status_code=200
    )
    error = SlackApiError("s3cret", response)
    assert explained(error) == (
        "missing_scope (it needs the scope chat:write: add it under OAuth & Permissions, then install the app again)"
    )


async def test_slack_out_of_reach_is_named_with_host_and_reason(empty_world: World) -> None:
    web = AsyncWebClient(empty_world.slack.bot_token, "http://127.0.0.1:9/api/", retry_handlers=[])
    with pytest.raises(StartupError, match=r"within 1 seconds \(127\.0\.0\.1:9: Connection refused\)"):
        await check_tokens(empty_world.settings(), web, patience_s=1, pause_s=60)
