"""Which process a connection on loopback belongs to, as Linux knows it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

_ESTABLISHED = "01"


def has_socket(pid: int, port: int) -> bool:
    """Whether a process has a connection whose own end is that port."""
    names = {name for local, _, name in _sockets(pid, f":{port:04X} ") if local == port}
    return bool(names) and any(name in names for name in _names(pid))


def ports_to(pid: int, port: int) -> list[int]:
    """The ports of a process's own ends of its connections to that port."""
    own = set(_names(pid))
    return [local for local, remote, name in _sockets(pid, f":{port:04X} ") if remote == port and name in own]


def _names(pid: int) -> Iterator[str]:
    """Of its open files."""
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            yield str(descriptor.readlink())
    except OSError:
        return


def _sockets(pid: int, port: str) -> Iterator[tuple[int, int, str]]:
    """Both ports, and the name that a process's file has, of those in its network that have that port."""
    for line in _lines(pid):
        if port in line:
            parts = line.split()
            if parts[3] == _ESTABLISHED:
                yield _port(parts[1]), _port(parts[2]), f"socket:[{parts[9]}]"


def _lines(pid: int) -> Iterable[str]:
    try:
        return Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return ()


def _port(address: str) -> int:
    return int(address.partition(":")[2], 16)
