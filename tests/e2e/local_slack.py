"""The Slack emulator local-slack: installed from npm at the locked version, configured, started, stopped.

It checks no token and enforces no limit of Slack's, shows private messages to everybody, and listens on every
network interface: for sample data, on a machine that is yours.
"""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.e2e.processes import Process
from tests.support.ports import free_port, is_free

APP_NAME = "Tickets"
SUPPORT = "C01SUPPORT"
PEOPLE = {"U01ALICE": "Alice", "U01BOB": "Bob", "U01CAROL": "Carol"}
_BOT = "U01TICKETS"
_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class LocalSlack:
    """A running emulator and what a bot needs to know of it; new secrets at every start."""

    port: int = field(default_factory=free_port)
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(16)}")
    app_token: str = field(default_factory=lambda: f"xapp-{secrets.token_hex(16)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    domain: str = field(default_factory=lambda: f"sweepstakes-{secrets.token_hex(4)}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def traffic(self) -> str:
        """Everything that went between the emulator and the bot, but what the bot sent to a response_url: JSON."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            return (await client.get("/_control/log")).raise_for_status().text


@asynccontextmanager
async def start(folder: Path, *, port: int | None = None, request_url: str | None = None) -> AsyncIterator[LocalSlack]:
    """The emulator until the context is left. With `request_url` it speaks signed HTTP, else Socket Mode."""
    if port and not is_free(port):
        raise RuntimeError(f"Port {port} is in use: choose another with --port")
    slack = LocalSlack(port=port) if port else LocalSlack()
    config = folder / "local-slack.json"
    config.write_text(json.dumps(_config(slack, request_url)))
    command: list[str | Path] = [installed(), "--config", config, "--port", str(slack.port), "--base-host", "127.0.0.1"]
    command += ["--files-dir", folder / "files"]
    async with Process("The Slack emulator", command, env={}, cwd=folder, log=folder / "local-slack.log") as process:
        await process.ready(f"{slack.url}/_control/state", saying=slack.domain)
        yield slack


def installed() -> Path:
    """The emulator's binary, brought by npm if it isn't there; `LOCAL_SLACK` names one of your own."""
    if own := os.environ.get("LOCAL_SLACK"):
        return Path(own)
    if found := _locked():
        return found
    if not (npm := shutil.which("npm")):
        raise RuntimeError("npm is needed to install the Slack emulator (Debian: apt-get install npm)")
    done = subprocess.run(
        [npm, "ci"], cwd=_HERE, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode or not (found := _locked()):
        own = "If there is a build of it for this system elsewhere, LOCAL_SLACK may name it."
        raise RuntimeError(f"npm could not install the Slack emulator. {own}\n{done.stdout}")
    return found


def _locked() -> Path | None:
    """The installed binary, if it is of the version that package.json asks for."""
    wanted: dict[str, str] = json.loads((_HERE / "package.json").read_text())["dependencies"]
    for name, version in wanted.items():
        package = _HERE / "node_modules" / name
        manifest = package / "package.json"
        if manifest.exists() and json.loads(manifest.read_text())["version"] == version:
            return package / "bin" / "local-slack"
    return None


def _config(slack: LocalSlack, request_url: str | None) -> dict[str, object]:
    app = {
        "appId": "A01TICKETS",
        "botUserId": _BOT,
        "botName": APP_NAME,
        "botToken": slack.bot_token,
        "appToken": slack.app_token,
        "signingSecret": slack.signing_secret,
        "mode": "events" if request_url else "socket",
    }
    everybody = [*PEOPLE, _BOT]
    return {
        "workspace": {"name": "Sweepstakes", "domain": slack.domain, "teamId": "T01SWEEP"},
        "app": app | ({"requestUrl": request_url} if request_url else {}),
        "users": [{"id": id_, "name": name.lower(), "real_name": name} for id_, name in PEOPLE.items()],
        # The page opens on the first one.
        "channels": [
            {"id": SUPPORT, "name": "support", "members": everybody},
            {"id": "C01GENERAL", "name": "general", "members": everybody},
        ],
    }
