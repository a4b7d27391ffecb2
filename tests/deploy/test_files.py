"""What stands in deploy/ and .slack/ is what is there: files, settings, the time to stop, the health check."""

import asyncio
import json
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import NAMES, Settings
from handlers.serve import DEFAULT_PORT, STOP_TIMEOUT_S
from tests.support.process import environ, started
from tests.support.world import World

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "ticket-bot.service").read_text()
CONTAINER = (DEPLOY / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICE: dict[str, Any] = COMPOSE["services"]["ticket-bot"]
HOOKS: dict[str, Any] = json.loads((ROOT / ".slack" / "hooks.json").read_text())
SETTINGS = {*NAMES, *(f"{name}_FILE" for name in NAMES)}


def unit(name: str) -> list[str]:
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT)


def test_the_service_waits_longer_for_the_bots_end_than_that_takes() -> None:
    assert [float(value) for value in unit("TimeoutStopSec")] == [30]
    assert STOP_TIMEOUT_S < 30
    assert f"up to {STOP_TIMEOUT_S:.0f} s" in UNIT


def test_the_container_waits_longer_for_the_bots_end_than_that_takes() -> None:
    assert SERVICE["stop_grace_period"] == "30s"
    assert f"up to {STOP_TIMEOUT_S:.0f} s" in (DEPLOY / "compose.yaml").read_text()


def test_a_wrong_setting_is_not_started_again_and_again() -> None:
    assert (unit("Restart"), unit("RestartPreventExitStatus")) == (["on-failure"], ["2"])


def test_the_service_has_a_user_and_a_folder_of_its_own() -> None:
    assert unit("DynamicUser") == ["yes"]
    assert unit("WorkingDirectory") == [f"/var/lib/{folder}" for folder in unit("StateDirectory")]


def test_the_service_reads_each_secret_from_the_credential_that_it_loads() -> None:
    handed = {value.partition(":")[0] for value in unit("LoadCredential")}
    files = [value.partition("=") for value in unit("Environment")]
    assert {path for _, _, path in files} == {f"%d/{name}" for name in handed}
    assert {name for name, _, _ in files} <= SETTINGS
    assert all(name == path.removeprefix("%d/").replace("-", "_").upper() + "_FILE" for name, _, path in files)


def test_the_container_reads_each_secret_from_the_file_that_it_is_given() -> None:
    files = {name: value for name, value in SERVICE["environment"].items() if name.endswith("_FILE")}
    assert sorted(files.values()) == sorted(f"/run/secrets/{name}" for name in SERVICE["secrets"])
    assert set(SERVICE["secrets"]) == set(COMPOSE["secrets"])
    assert SERVICE["environment"].keys() <= SETTINGS


def test_the_settings_of_the_example_are_taken(tmp_path: Path) -> None:
    lines = re.findall(r"(?m)^(?:# )?([A-Z_]+)=(.*)$", (DEPLOY / "settings.env.example").read_text())
    assert {name for name, _ in lines} <= set(NAMES)
    required = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SWEEPPEA_API_KEY": "k"}
    assert Settings.load({**required, **{name: value for name, value in lines if value}}, tmp_path / "none")


def test_the_image_has_what_the_bot_needs_and_is_not_root() -> None:
    copied = [line.split()[1] for line in CONTAINER.splitlines() if line.startswith("COPY ") and "--from" not in line]
    assert set(copied) == {"requirements.txt", "app.py", "bot", "handlers"}
    assert all((ROOT / name).exists() for name in copied)
    allowed = re.findall(r"(?m)^!(.+)$", (DEPLOY / "Containerfile.dockerignore").read_text())
    assert set(allowed) == set(copied)  # .env stays outside
    assert "--require-hashes" in CONTAINER
    assert re.findall(r"(?m)^USER (\d+):", CONTAINER) == ["10001"]
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert f"PORT={DEFAULT_PORT}" in CONTAINER


def test_the_container_is_built_from_files_that_are_there() -> None:
    context = (DEPLOY / SERVICE["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / SERVICE["build"]["dockerfile"]).exists()


async def test_the_health_check_passes_while_the_bot_works_and_fails_without_it(
    empty_world: World, tmp_path: Path
) -> None:
    (command,) = re.findall(r"(?m)^  CMD (\[.*\])$", CONTAINER)
    check = [sys.executable, *json.loads(command)[1:]]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    async with started(cwd=tmp_path, **environ(empty_world, "socket", PORT=port)) as bot:
        await bot.says("connected over Socket Mode")
        assert await code(check, PORT=port) == 0
        bot.process.send_signal(signal.SIGTERM)
        assert (await bot.ends()).code == 0
    assert await code(check, PORT=port) == 1


async def code(command: list[str], **environ: str) -> int | None:
    process = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.DEVNULL)
    return await asyncio.wait_for(process.wait(), 30)


def test_slacks_command_line_gets_the_manifest_as_json() -> None:
    program, *arguments = shlex.split(HOOKS["hooks"]["get-manifest"])
    assert program == "python3"  # of .venv, which Slack's command line activates
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == yaml.safe_load((ROOT / "manifest.yml").read_text())


@pytest.mark.parametrize("hook", HOOKS["hooks"].values())
def test_a_hook_is_no_shell_command_and_its_file_is_there(hook: str) -> None:
    program, path = hook.split()
    assert program == "python3"
    assert (ROOT / path).exists()
