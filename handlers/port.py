"""Whether the bot could listen on a port of its settings, and who does so already."""

import asyncio
import errno
import re
from typing import NamedTuple

import aiohttp

from bot import logs
from handlers.scrape import PATH as METRICS
from handlers.slack.limited import LimitedResponse
from handlers.slack.transports import HEALTH

_SIGNS = {
    HEALTH: re.compile(r"(ok|degraded|not ready)\n"),
    METRICS: re.compile(r"(?s).*^ticketbot_build_info\b.*", re.MULTILINE),
}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not where to listen


class Port(NamedTuple):
    """`reason` is why the bot can't listen there, in words; empty where the port is free."""

    reason: str = ""
    is_bots: bool = False
    """A bot answers there."""


async def try_port(host: str, port: int, limit_s: float, path: str = HEALTH) -> Port:
    """Binds, and does not listen. Whoever has the port may take `limit_s` to say that it is a bot."""
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, start_serving=False)
    except OSError as error:
        is_bots = error.errno == errno.EADDRINUSE and await _is_bot(host, port, limit_s, path)
        return Port(logs.cause_of(error) if error.errno else str(error), is_bots)  # Python 3.13 sums up several errors
    server.close()
    return Port()


async def _is_bot(host: str, port: int, limit_s: float, path: str) -> bool:
    there = _EVERYWHERE.get(host, host)
    url = f"http://[{there}]:{port}{path}" if ":" in there else f"http://{there}:{port}{path}"
    try:
        timeout = aiohttp.ClientTimeout(limit_s)
        async with (
            aiohttp.ClientSession(timeout=timeout, response_class=LimitedResponse) as session,
            session.get(url) as response,
        ):
            text = (await response.read()).decode(errors="replace")
            return _SIGNS[path].fullmatch(text) is not None
    except (aiohttp.ClientError, OSError):
        return False
