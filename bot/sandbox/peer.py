"""Who a request comes from."""

from aiohttp import web


def client_of(request: web.Request) -> str:
    """As HOST:PORT."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return f"{peer[0]}:{peer[1]}" if peer else ""
