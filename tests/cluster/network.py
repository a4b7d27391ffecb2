"""One process's network, and how its packets are dropped: nobody hears that they are.

A network namespace where the machine allows it: two ends of a cable, both in 127.0.0.0/8, and a neighbour's hardware
address that is nobody's while packets are to be lost. Elsewhere the process reaches PostgreSQL and Slack over a relay
that swallows bytes.
"""

import asyncio
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol
from urllib.parse import urlsplit

NOBODY = "02:00:00:00:00:01"
_CHUNK = 65_536


class Network(Protocol):
    """`outside` is where everybody else listens, `inside` where the process does; `within` starts it there."""

    outside: str
    inside: str

    @property
    def within(self) -> Sequence[str]: ...

    async def reach(self, url: str) -> str:
        """The URL by which the process reaches that one."""

    def drop(self) -> None: ...

    def heal(self) -> None: ...


@contextmanager
def network() -> Iterator[Network]:
    try:
        opened = Namespace()
    except (OSError, RuntimeError):
        yield Relays()
        return
    try:
        yield opened
    finally:
        opened.close()


class Namespace:
    """Goes with the process that holds it, which goes with this one. Raises OSError and RuntimeError."""

    def __init__(self) -> None:
        number = secrets.randbelow(64 * 256)  # of as many cables as tests may have on a machine at a time
        prefix = f"127.{64 + number // 256}.{number % 256}"
        self.outside, self.inside = f"{prefix}.1", f"{prefix}.2"
        self._ends = f"bot{number}a", f"bot{number}b"
        leash = (shutil.which("setpriv") or "setpriv", "--pdeathsig", "KILL", "--")
        command = [*leash, "unshare", "--net", "sh", "-c", "echo; exec sleep infinity"]
        self._holder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.within = ("nsenter", f"--net=/proc/{self._holder.pid}/ns/net")
        try:
            self._lay_cable()
        except BaseException:
            self.close()
            raise

    def _lay_cable(self) -> None:
        if not self._holder.stdout or not self._holder.stdout.readline():
            raise RuntimeError("this machine allows no network namespace")
        here, there = self._ends
        _run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", str(self._holder.pid))
        for command, end, own in ((), here, self.outside), (self.within, there, self.inside):
            # Else Linux takes no address of loopback from a cable.
            _run(*command, "sysctl", "-qw", f"net.ipv4.conf.{end}.route_localnet=1")
            _run(*command, "ip", "address", "add", f"{own}/30", "dev", end)
            _run(*command, "ip", "link", "set", end, "up")
        _run("ip", "route", "add", f"{self.inside}/32", "dev", here, "src", self.outside, "table", "local")

    async def reach(self, url: str) -> str:
        return url

    def drop(self) -> None:
        here, there = self._ends
        _run("ip", "neigh", "replace", self.inside, "lladdr", NOBODY, "dev", here, "nud", "permanent")
        _run(*self.within, "ip", "neigh", "replace", self.outside, "lladdr", NOBODY, "dev", there, "nud", "permanent")

    def heal(self) -> None:
        here, there = self._ends
        with suppress(RuntimeError):  # it was not dropping
            _run("ip", "neigh", "del", self.inside, "dev", here)
            _run(*self.within, "ip", "neigh", "del", self.outside, "dev", there)

    def close(self) -> None:
        self._holder.kill()
        self._holder.communicate()


class Relays:
    """A connection that lost bytes is broken off once bytes go through again: what follows would make no sense."""

    outside = inside = "127.0.0.1"
    within: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._is_swallowing = False
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._robbed: set[asyncio.StreamWriter] = set()

    async def reach(self, url: str) -> str:
        parts = urlsplit(url)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                onward = await asyncio.open_connection(parts.hostname, parts.port)
                both = {writer, onward[1]}
                self._open |= both
                pumps = self._pump(reader, onward[1], both), self._pump(onward[0], writer, both)
                try:
                    await asyncio.gather(*pumps)
                finally:
                    self._open -= both
                    for one in both:
                        one.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self._servers.append(server)
        return url.replace(f":{parts.port}", f":{server.sockets[0].getsockname()[1]}")

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, both: set[asyncio.StreamWriter]
    ) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._is_swallowing:
                self._robbed |= both
                continue
            writer.write(chunk)
            await writer.drain()
        while self._is_swallowing:  # noqa: ASYNC110 - that the other end has gone does not get through either
            await asyncio.sleep(0.1)
        writer.close()

    def drop(self) -> None:
        self._is_swallowing = True

    def heal(self) -> None:
        self._is_swallowing = False
        for writer in self._robbed & self._open:
            writer.transport.abort()
        self._robbed.clear()


def _run(*command: str) -> None:
    """Raises RuntimeError."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
