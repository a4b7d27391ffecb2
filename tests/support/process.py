"""The bot as its operators start it: a process of its own, with settings in its environment."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.sandbox.ticket_api import KEY
from tests.support.world import ALICE, Transport, World

ROOT = Path(__file__).parent.parent.parent
_KEPT = ("PATH", "HOME", "LANG")


def environ(world: World, transport: Transport, **more: str) -> dict[str, str]:
    world.slack.clock = time.time  # a process has the machine's clock
    secret = {"SLACK_SIGNING_SECRET": world.slack.signing_secret, "PORT": "0"}
    return {
        "SLACK_BOT_TOKEN": world.slack.bot_token,
        "SLACK_API_URL": f"{world.slack.url}/api/",
        "SWEEPPEA_API_KEY": KEY,
        "SWEEPPEA_BASE_URL": world.ticket_api.url,
        "HOST": "127.0.0.1",
        "TICKET_DELETERS": ALICE,
        **(secret if transport == "http" else {"SLACK_APP_TOKEN": world.slack.app_token}),
        **more,
    }


@dataclass
class Ended:
    code: int
    out: str
    err: str


@dataclass
class Process:
    process: asyncio.subprocess.Process

    async def says(self, words: str) -> str:
        """Waits for a line of the log."""
        assert self.process.stderr
        output = ""
        while words not in output:
            line = (await asyncio.wait_for(self.process.stderr.readline(), 30)).decode()
            assert line, f"it ended without saying {words!r}:\n{output}"
            output += line
        return output

    async def ends(self, stdin: str | bytes = "") -> Ended:
        typed = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = await asyncio.wait_for(self.process.communicate(typed), 60)
        return Ended(self.process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def started(*arguments: str, cwd: Path = ROOT, redirect: str = "", **environ: str) -> AsyncIterator[Process]:
    """`python app.py` with nothing in its environment but what is given; `redirect` is for a shell.

    Where that has a pipe, the exit code is the command's unless that is 0.
    """
    shell = ("bash", "-o", "pipefail", "-c", f'exec "$@" {redirect}', "bash") if redirect else ()
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("COVERAGE")}
    folder = TemporaryDirectory()  # its database is nobody else's
    environ.setdefault("DATABASE_URL", f"sqlite:///{folder.name}/ticket-bot.db")
    process = await asyncio.create_subprocess_exec(
        *shell,
        sys.executable,
        str(ROOT / "app.py"),
        *arguments,
        cwd=cwd,
        env=kept | environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Process(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
        folder.cleanup()
