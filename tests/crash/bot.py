"""The bot as its operators start it: a process that can be killed, frozen and stopped."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import aiohttp

ROOT = Path(__file__).parents[2]
PATIENCE_S = 240.0
"""For what has to come, however busy the machine is; so long it takes only where it never would."""
_POLL_S = 0.05
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


@dataclass
class Bot:
    """`name` is for the story; the JSON lines and the log go into the world's folder.

    `within` is a command that starts it somewhere else, as in a network of its own; `root` has another copy of it.
    """

    name: str
    folder: Path
    port: int
    settings: Mapping[str, str]
    host: str = "127.0.0.1"
    within: Sequence[str] = ()
    root: Path = ROOT
    is_frozen: bool = False
    was_killed: bool = False
    _process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # Linux ends it with whoever started it, frozen or not.
        setpriv = shutil.which("setpriv")
        leash = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
        with self.lines.open("ab") as out, self.log.open("ab") as err:
            self._process = subprocess.Popen(
                [*leash, *self.within, sys.executable, str(self.root / "app.py")],
                env=passed_on | {"HOST": self.host, "PORT": str(self.port)} | dict(self.settings),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def lines(self) -> Path:
        return self.folder / f"{self.name}.jsonl"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    async def ready(self) -> None:
        """Once it serves. Raises RuntimeError where it does not come to that."""
        until = monotonic() + PATIENCE_S
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as session:
            while monotonic() < until and not self.has_ended:
                try:
                    async with session.get(f"{self.url}/healthz") as answer:
                        if answer.ok:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(_POLL_S)
        raise RuntimeError(f"{self.name} does not start:\n{self.last_words()}")

    def last_words(self) -> str:
        """Its exit code, where it has ended, and the end of its log."""
        return f"exit code {self._process.poll()}\n{self.log.read_text(errors='replace')[-2000:]}"

    def kill(self) -> None:
        self.was_killed = True
        self._signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        self.is_frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.is_frozen = False
        self._signal(signal.SIGCONT)

    def pause(self) -> None:
        """For a moment: whoever asks goes on by `go_on` at once, or makes something else of it."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """As `systemctl stop` does. See `ended`."""
        self._signal(signal.SIGTERM)

    async def ended(self, within_s: float = PATIENCE_S) -> int:
        """Its exit code. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while (code := self._process.poll()) is None:  # noqa: ASYNC110 - a process sets no event
                await asyncio.sleep(_POLL_S)
        return code

    def _signal(self, number: signal.Signals) -> None:
        if not self.has_ended:
            self._process.send_signal(number)
