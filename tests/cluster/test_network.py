"""A network whose packets are dropped and come through again, and whose connection it was."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.cluster.network import Namespace, Network, Relays
from tests.cluster.sockets import has_socket, ports_to

_SOON_S = 10.0
_SHOUT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 20) as own:
    while word := own.recv(1):
        own.sendall(word)
"""


@asynccontextmanager
async def echo_inside(network: Network) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Outside's end of a connection that a process inside has made; the process gives back what it gets."""
    came: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *both: came.put_nowait(both), network.outside, 0)
    port = server.sockets[0].getsockname()[1]
    reached = await network.reach(f"tcp://{network.outside}:{port}")
    host, _, seen = reached.removeprefix("tcp://").partition(":")
    process = await asyncio.create_subprocess_exec(*network.within, sys.executable, "-c", _SHOUT, host, seen)
    try:
        reader, writer = await asyncio.wait_for(came.get(), _SOON_S)
        yield reader, writer
        writer.close()
    finally:
        process.kill()
        await process.wait()
        server.close()
        await network.leave()


async def echoed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"


async def test_a_namespace_keeps_packets_until_it_is_healed() -> None:
    """TCP sends them again."""
    try:
        network = Namespace()
    except (OSError, RuntimeError):
        pytest.skip("this machine allows no network namespace")
    try:
        async with echo_inside(network) as both, asyncio.timeout(3 * _SOON_S):
            await echoed(*both)
            network.drop()
            waiting = asyncio.create_task(echoed(*both))
            await asyncio.wait([waiting], timeout=0.5)
            assert not waiting.done()
            network.heal()
            await waiting
    finally:
        network.close()


async def test_a_relay_breaks_off_what_lost_bytes() -> None:
    network = Relays()
    async with echo_inside(network) as (reader, writer), asyncio.timeout(_SOON_S):
        await echoed(reader, writer)
        network.drop()
        writer.write(b"lost")
        network.heal()
        with pytest.raises(ConnectionResetError):
            await reader.read()


def test_a_connection_is_known_by_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            own = connection.getsockname()[1]
            assert has_socket(os.getpid(), own)
            assert own in ports_to(os.getpid(), port)
            assert not has_socket(os.getppid(), own)
