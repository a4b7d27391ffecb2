"""Which process a connection on loopback belongs to, as Linux knows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_ESTABLISHED = "01"


class Socket(NamedTuple):
    """Two ports, and the name that a process's file descriptor has."""

    local: int
    remote: int
    name: str


def sockets_of(pid: int) -> list[Socket]:
    """A process's own, of those that stand. Empty where the process has gone."""
    own = set(_names(pid))
    return [one for one in _all(pid) if one.name in own]


def _names(pid: int) -> Iterator[str]:
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            yield str(descriptor.readlink())
    except OSError:
        return


def _all(pid: int) -> Iterator[Socket]:
    """Of the process's network."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        (
            _,
            local,
            remote,
            state,
            *_,
        ) = parts = line.split()
        if state == _ESTABLISHED:
            yield Socket(_port(local), _port(remote), f"socket:[{parts[9]}]")


def _port(address: str) -> int:
    return int(address.partition(":")[2], 16)
