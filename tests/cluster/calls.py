"""Which process sent what to the ticket API, and what came while another request of the same endpoint was served."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.ticket_api import Call

_SAME_S = 2.0
"""Within which no other process gets the port of a connection that has ended."""


@dataclass(frozen=True)
class Overlap:
    """`served` was at work when `refused` came; the names are those of their processes, "" where they had died."""

    at: float
    endpoint: str
    served_by: str
    refused_by: str
    served_since: float


class Calls(list[Call]):
    """The ticket API's log, which hears of each call as it comes."""

    def __init__(self, hear: Callable[[Call], None]) -> None:
        super().__init__()
        self._hear = hear

    def append(self, call: Call) -> None:
        super().append(call)
        self._hear(call)


@dataclass
class Callers:
    """`bot_at` names the process that a connection comes from."""

    bot_at: Callable[[str], str]
    overlaps: list[Overlap] = field(default_factory=list)
    _connections: dict[str, tuple[str, float]] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)
    _served: dict[str, Call] = field(default_factory=dict)

    def hear(self, call: Call) -> None:
        name, at = self._connections.get(call.client, ("", 0.0))
        if not name or call.started - at > _SAME_S:
            name = self.bot_at(call.client)
        self._connections[call.client] = name, call.started
        self._names[id(call)] = name
        served = self._served.get(call.endpoint)
        if served is None or served.ended is not None:
            self._served[call.endpoint] = call
        else:
            names = self.of(served), self.of(call)
            self.overlaps.append(Overlap(call.started, call.endpoint, *names, served.started))

    def of(self, call: Call) -> str:
        """The calls of the log are kept, and so are their ids."""
        return self._names.get(id(call), "")

    def at_work(self, name: str) -> bool:
        """Whether the API works on a request of that process."""
        return any(call.ended is None and self.of(call) == name for call in self._served.values())
