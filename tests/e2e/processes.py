"""A child process that never outlives its parent."""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

_POLL_S = 0.05


class Process:
    """Started at once and ended when its `async with` is left.

    `log` takes both of its output streams; without it they are the parent's.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(log.open("ab")) if log else None
            # A session of its own: Ctrl-C reaches the parent alone, which ends its children in good order.
            self._popen = subprocess.Popen(
                [*_leash(), *command],
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
            )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def exit_code(self) -> int | None:
        return self._popen.poll()

    async def ready(self, url: str, *, saying: str = "", timeout_s: float = 30) -> None:
        """Returns once `url` answers 2xx, and with that text: somebody else may have the port.

        Raises RuntimeError if the process ends first, or the time.
        """
        try:
            async with asyncio.timeout(timeout_s), httpx.AsyncClient(trust_env=False) as client:
                while self.exit_code is None:
                    with contextlib.suppress(httpx.TransportError):
                        answer = await client.get(url)
                        if answer.is_success and saying in answer.text:
                            return
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise RuntimeError(f"{self.name}: no answer within {timeout_s:g} s. {self._words()}") from None
        raise RuntimeError(f"{self.name} ended with exit code {self.exit_code}. {self._words()}")

    async def ended(self) -> int:
        """Returns its exit code once it has ended."""
        while (code := self.exit_code) is None:  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(_POLL_S)
        return code

    async def stop(self, *, timeout_s: float = 30) -> int:
        """Asks it to end by SIGTERM; kills it after `timeout_s`. Returns the exit code, negative for a signal."""
        if self.exit_code is None:
            self._popen.terminate()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self.ended()
        finally:
            self.kill()
        return self._popen.wait()

    def kill(self) -> None:
        if self.exit_code is None:
            self._popen.kill()
        self._popen.wait()

    def _words(self) -> str:
        return f"Its last words:\n{self.log.read_text(errors='replace')[-2000:]}" if self.log else ""


def _leash() -> list[str]:
    """Linux ends the child with its parent, even one that was killed and had no time to clean up."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
