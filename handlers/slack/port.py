"""Whether the bot could listen on its port, and who does so already."""

import asyncio
import errno
from typing import NamedTuple

import aiohttp

from bot import logs
from handlers.slack.transports import HEALTH

_ANSWERS = {"ok", "degraded", "not ready"}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not where to listen


class Port(NamedTuple):
    """`reason` is why the bot can't listen there, in words; empty where the port is free."""

    reason: str = ""
    is_bots: bool = False
    """A bot answers there."""


async def try_port(host: str, port: int, limit_s: float) -> Port:
    """Binds, and does not listen. Whoever has the port may take `limit_s` to say that it is a bot."""
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, start_serving=False)
    except OSError as error:
        return Port(logs.cause_of(error), error.errno == errno.EADDRINUSE and await _is_bot(host, port, limit_s))
    server.close()
    return Port()


async def _is_bot(host: str, port: int, limit_s: float) -> bool:
    there = _EVERYWHERE.get(host, host)
    url = f"http://[{there}]:{port}{HEALTH}" if ":" in there else f"http://{there}:{port}{HEALTH}"
    try:
        timeout = aiohttp.ClientTimeout(limit_s)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return (await response.content.read(100)).decode(errors="replace").strip() in _ANSWERS
    except (aiohttp.ClientError, OSError):
        return False
