"""One process's network, and how its packets are dropped: nobody hears that they are.

A network namespace where the machine allows it: two ends of a cable, both in 127.0.0.0/8, and a neighbour's hardware
address that is nobody's while packets are to be lost. Elsewhere the process reaches PostgreSQL and Slack over a relay
that swallows bytes.
"""

import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import Protocol
from urllib.parse import urlsplit

from tests.support.network import HalfDead, half_dead

NOBODY = "02:00:00:00:00:01"


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

    async def leave(self) -> None:
        """Before the loop ends."""


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

    async def leave(self) -> None:
        pass

    def close(self) -> None:
        self._holder.kill()
        self._holder.communicate()


class Relays:
    """A connection that lost bytes is broken off once bytes go through again: what follows would make no sense."""

    outside = inside = "127.0.0.1"
    within: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._relays: list[HalfDead] = []

    async def reach(self, url: str) -> str:
        port = urlsplit(url).port or 0
        relay = next((one for one in self._relays if one.server_port == port), None)
        if relay is None:
            relay = await self._stack.enter_async_context(half_dead(port))
            self._relays.append(relay)
        return url.replace(f":{port}", f":{relay.port}")

    def drop(self) -> None:
        for relay in self._relays:
            relay.swallow()

    def heal(self) -> None:
        for relay in self._relays:
            relay.pass_on()
            relay.cut()

    async def leave(self) -> None:
        await self._stack.aclose()


def _run(*command: str) -> None:
    """Raises RuntimeError."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
