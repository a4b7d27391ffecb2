"""Why a connection failed, and to where, in words that are nobody's secret.

An error's own text is never taken: it may quote an address, and with it a response_url, or an answer. What the
operating system and TLS say of a connection is taken.
"""

import os
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

_CLOSED = {"ServerDisconnectedError", "RemoteProtocolError"}  # aiohttp's name for it, and httpx's
_MARKUP = re.compile("[<>&]")  # these words also go on record, and from there into a channel


def cause_of(error: BaseException) -> str:
    """The first cause that the operating system or TLS has words for; the error's type where none has."""
    for inner in _chain(error):
        if words := _words(inner):
            return _MARKUP.sub("", words)
    kind = type(error).__name__
    return "it closed the connection" if kind in _CLOSED else kind


def place_of(url: str, proxy: str | None = None) -> str:
    """Host, port if it is an unusual one, and the proxy on the way there; no path, no password."""
    through = f" through the proxy {_host(proxy)}" if proxy else ""
    return f"{_host(url)}{through}"


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted, {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS, {(getattr(error, 'reason', None) or 'no reason given').replace('_', ' ').lower()}"
    if isinstance(error, socket.gaierror):
        return "its name can't be resolved"
    if isinstance(error, TimeoutError) and not error.errno:
        return "no answer in time"
    number = error.errno or 0 if isinstance(error, OSError) else 0
    return os.strerror(number) if number > 0 else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it was raised from; what aiohttp and a group of errors hold comes first."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        inner = waiting.pop(0)
        if not isinstance(inner, BaseException) or id(inner) in seen:
            continue
        seen.add(id(inner))
        held = [getattr(inner, name, None) for name in ("certificate_error", "os_error")]
        waiting[:0] = [*held, *getattr(inner, "exceptions", ()), inner.__cause__, inner.__context__]
        yield inner
