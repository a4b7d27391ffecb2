"""A bot under test: a process of its own, on a core of its own; its time and its memory as the kernel counts them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import SECRET, Slack
from benchmarks.model import Model
from tests.support.ports import free_port

ROOT = Path(__file__).parent.parent
OURS = ROOT / "app.py"
ORDINARY = ROOT / "benchmarks" / "ordinary.py"
_START_S = 60.0  # a busy machine takes ten times as long as a quiet one
_STOP_S = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Bot:
    """`start_s` is from the process's start to its first acknowledgement."""

    pid: int
    slack: Slack
    start_s: float

    def cpu_s(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mib(self) -> float:
        """What is resident."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@asynccontextmanager
async def running(program: Path, model: Model, core: int | None, **settings: object) -> AsyncIterator[Bot]:
    """Until the block ends; has acknowledged and answered one command."""
    loop = asyncio.get_running_loop()
    port = free_port()
    with TemporaryDirectory() as empty, (Path(empty) / "log").open("wb") as log:  # no .env in it
        started = loop.time()
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(program), cwd=empty, env=_environment(model, port, settings), stdout=log, stderr=log
        )
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            slack = Slack(model, port)
            try:
                start_s = await _first_acknowledgement(slack, process) - started
            except (RuntimeError, TimeoutError) as error:
                raise RuntimeError(f"the bot does not start:\n{_end_of(Path(log.name))}") from error
            yield Bot(process.pid, slack, start_s)
            slack.close()
        finally:
            await _stop(process)


def _end_of(log: Path) -> str:
    return log.read_text()[-2000:]


def _environment(model: Model, port: int, settings: dict[str, object]) -> dict[str, str]:
    given = {
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{model.url}/api",
        "SWEEPPEA_API_KEY": "benchmark-key",
        "SWEEPPEA_BASE_URL": model.url,
        "HOST": "127.0.0.1",
        "PORT": port,
        **settings,
    }
    return {"PATH": os.environ["PATH"]} | {name.upper(): str(value) for name, value in given.items()}


async def _first_acknowledgement(slack: Slack, process: asyncio.subprocess.Process) -> float:
    async with asyncio.timeout(_START_S):
        while process.returncode is None:
            try:
                command = await slack.command()
            except OSError:
                await asyncio.sleep(0.002)
            else:
                await command.done
                return command.acknowledged_at or 0.0
    raise RuntimeError(f"the bot ended with {process.returncode}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
