"""Ports for servers that are started as processes, and can't be asked which port they took."""

import socket
from random import SystemRandom

_FROM, _TO = 11_000, 32_000  # below the ports that Linux gives to outgoing connections, which come and go
_random = SystemRandom()
_given: set[int] = set()


def free_port() -> int:
    """A port on loopback that nobody listens on; never the same one twice in a process.

    Between this call and the server's start somebody else could be given the same port, and a test would talk to the
    wrong server.
    """
    while (port := _random.randrange(_FROM, _TO)) in _given or not is_free(port):
        pass
    _given.add(port)
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
