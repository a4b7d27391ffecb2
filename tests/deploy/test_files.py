"""What stands in deploy/ and .slack/ is what is there: files, settings, the time to stop, the health check."""

import asyncio
import json
import re
import shlex
import shutil
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
CHECK = (DEPLOY / "ticket-bot-check.service").read_text()
_OF_A_RUN = ("Type=", "ExecStart=", "Restart", "Timeout")
CONTAINER = (DEPLOY / "Containerfile").read_text()
COMPOSE: dict[str, dict[str, Any]] = {
    path.name: yaml.safe_load(path.read_text()) for path in sorted(DEPLOY.glob("compose*.yaml"))
}
TWO = COMPOSE["compose-two-bots.yaml"]
BOTS = [
    pytest.param(composed, service, id=f"{file}-{name}")
    for file, composed in COMPOSE.items()
    for name, service in composed["services"].items()
    if name.startswith("ticket-bot")
]
HOOKS: dict[str, Any] = json.loads((ROOT / ".slack" / "hooks.json").read_text())
SETTINGS = {*NAMES, *(f"{name}_FILE" for name in NAMES)}


def unit(name: str) -> list[str]:
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT)


def test_the_service_waits_longer_for_the_bots_end_than_that_takes() -> None:
    assert [float(value) for value in unit("TimeoutStopSec")] == [30]
    assert STOP_TIMEOUT_S < 30
    assert f"up to {STOP_TIMEOUT_S:.0f} s" in UNIT


@pytest.mark.parametrize(("composed", "service"), BOTS)
def test_the_container_waits_longer_for_the_bots_end_than_that_takes(
    composed: dict[str, Any], service: dict[str, Any]
) -> None:
    assert service["stop_grace_period"] == "30s"
    for file in COMPOSE:
        assert f"up to {STOP_TIMEOUT_S:.0f} s" in (DEPLOY / file).read_text()


def test_the_check_runs_as_the_service_would() -> None:
    """Only what a single run needs is different."""
    both = [re.findall(r"(?m)^\w+=.*$", text.partition("[Service]")[2]) for text in (UNIT, CHECK)]
    service, check = ({line for line in lines if not line.startswith(_OF_A_RUN)} for lines in both)
    assert check == {line for line in service if not line.startswith("WantedBy=")}
    assert f"{unit('ExecStart')[0]} check" in CHECK


def test_an_operators_command_runs_as_the_service_would(tmp_path: Path) -> None:
    """With its drop-ins and secrets, and with its output on the terminal alone: a receipt has a ticket's text."""
    drop_in = (DEPLOY / "ticket-bot.service.d" / "postgresql.conf").read_text()
    (tmp_path / "unit").write_text(f"# /etc/systemd/system/ticket-bot.service\n{UNIT}\n# drop-in\n{drop_in}")
    for name, does in {
        "id": "echo 0",
        "systemctl": f"[ \"$*\" = 'cat ticket-bot.service' ] && cat {tmp_path}/unit",
        "systemd-run": "printf '%s\\n' \"$@\"",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SUDO_USER": "dana"}
    said = subprocess.check_output([DEPLOY / "ticket-bot", "receipt", "a b"], env=path, text=True).splitlines()
    assert said[:4] == ["--quiet", "--pipe", "--wait", "--collect"]
    (name,) = (word.removeprefix("--unit=") for word in said if word.startswith("--unit="))
    both = [*UNIT.partition("[Service]")[2].partition("[Install]")[0].splitlines(), *drop_in.splitlines()]
    lines = [line for line in both if re.match(r"[A-Z]\w+=", line) and not line.startswith(_OF_A_RUN)]
    properties = [word.removeprefix("--property=") for word in said if word.startswith("--property=")]
    assert properties == [line.replace("%d", f"/run/credentials/{name}.service") for line in lines]
    assert "--setenv=SUDO_USER=dana" in said
    assert said[-len(unit("ExecStart")[0].split()) - 2 :] == [*unit("ExecStart")[0].split(), "receipt", "a b"]


def test_without_a_command_no_second_bot_is_started() -> None:
    done = subprocess.run([DEPLOY / "ticket-bot"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_wrong_setting_is_not_started_again_and_again() -> None:
    assert (unit("Restart"), unit("RestartPreventExitStatus")) == (["on-failure"], ["2"])


@pytest.mark.parametrize("file", COMPOSE)
def test_containers_are_started_again_after_a_reboot_of_their_machine(file: str) -> None:
    """`on-failure` is for a container that ended by itself: it leaves out one that went with its machine."""
    assert {service["restart"] for service in COMPOSE[file]["services"].values()} == {"unless-stopped"}


def test_the_service_has_a_user_and_a_folder_of_its_own() -> None:
    assert unit("DynamicUser") == ["yes"]
    assert unit("WorkingDirectory") == [f"/var/lib/{folder}" for folder in unit("StateDirectory")]


def test_the_service_reads_each_secret_from_the_credential_that_it_loads() -> None:
    handed = {value.partition(":")[0] for value in unit("LoadCredential")}
    files = [value.partition("=") for value in unit("Environment")]
    assert {path for _, _, path in files} == {f"%d/{name}" for name in handed}
    assert {name for name, _, _ in files} <= SETTINGS
    assert all(name == path.removeprefix("%d/").replace("-", "_").upper() + "_FILE" for name, _, path in files)


@pytest.mark.parametrize(("composed", "service"), BOTS)
def test_the_container_reads_each_secret_from_the_file_that_it_is_given(
    composed: dict[str, Any], service: dict[str, Any]
) -> None:
    files = {name: value for name, value in service["environment"].items() if name.endswith("_FILE")}
    assert files == {f"{name.replace('-', '_').upper()}_FILE": f"/run/secrets/{name}" for name in service["secrets"]}
    assert service["environment"].keys() <= SETTINGS
    used = {name for one in composed["services"].values() for name in one["secrets"]}
    assert {name: f"secrets/{name}" for name in used} == {
        name: secret["file"] for name, secret in composed["secrets"].items()
    }


def test_the_containers_database_is_on_a_volume_that_its_user_may_write_to() -> None:
    (folder,) = re.findall(r"(?m)^RUN install -d -o 10001 -g 10001 -m 700 (\S+)$", CONTAINER)
    assert re.findall(r"(?m)^WORKDIR (\S+)$", CONTAINER)[-1] == folder  # of sqlite:///ticket-bot.db
    one = COMPOSE["compose.yaml"]
    assert [volume.split(":") for volume in one["services"]["ticket-bot"]["volumes"]] == [["ledger", folder]]
    assert set(one["volumes"]) == {"ledger"}


def test_two_bots_share_a_postgresql_that_is_open_to_nobody_else() -> None:
    postgres = TWO["services"]["postgres"]
    one, two = TWO["services"]["ticket-bot-1"], TWO["services"]["ticket-bot-2"]
    assert one == two
    assert one["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert {"DATABASE_URL_FILE", "ENCRYPTION_KEYS_FILE"} <= one["environment"].keys()
    assert not any("ports" in service for service in TWO["services"].values())
    assert postgres["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres-password"
    assert [volume.split(":")[0] for volume in postgres["volumes"]] == list(TWO["volumes"])
    named = postgres["environment"]["POSTGRES_USER"], postgres["environment"]["POSTGRES_DB"]
    assert {f"--username={named[0]}", f"--dbname={named[1]}"} < set(postgres["healthcheck"]["test"])


def test_the_settings_of_the_example_are_taken(tmp_path: Path) -> None:
    lines = re.findall(r"(?m)^(?:# )?([A-Z_]+)=(.*)$", (DEPLOY / "settings.env.example").read_text())
    assert {name for name, _ in lines} <= set(NAMES)
    required = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SWEEPPEA_API_KEY": "k"}
    assert Settings.load({**required, **{name: value for name, value in lines if value}}, tmp_path / "none")


def test_the_image_has_what_the_bot_needs_and_is_not_root() -> None:
    copied = [line.split()[1] for line in CONTAINER.splitlines() if line.startswith("COPY ") and "--from" not in line]
    assert set(copied) == {"requirements.txt", "app.py", "bot", "commands", "handlers"}
    assert all((ROOT / name).exists() for name in copied)
    allowed = re.findall(r"(?m)^!(.+)$", (DEPLOY / "Containerfile.dockerignore").read_text())
    assert set(allowed) == set(copied)  # .env stays outside
    assert "--require-hashes" in CONTAINER
    assert re.findall(r"(?m)^USER (\d+):", CONTAINER) == ["10001"]
    assert f"PORT={DEFAULT_PORT}" in CONTAINER


async def test_what_the_image_has_is_enough_for_the_bot_to_start(tmp_path: Path) -> None:
    for line in CONTAINER.splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            source = ROOT / line.split()[1]
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, tmp_path / source.name)
    command = [sys.executable, "-B", str(tmp_path / "app.py"), "new-key"]
    done = await asyncio.to_thread(subprocess.run, command, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("composed", "service"), BOTS)
def test_the_container_is_built_from_files_that_are_there_and_may_do_nothing(
    composed: dict[str, Any], service: dict[str, Any]
) -> None:
    context = (DEPLOY / service["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / service["build"]["dockerfile"]).exists()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


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
