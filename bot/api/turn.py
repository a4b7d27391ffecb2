"""The turn at an endpoint of the ticket API, which serves one request at a time: wait for it, have it, give it back.

Who of this process comes next is not decided here: see bot.api.queue.
"""

from collections.abc import Callable
from typing import Protocol


class Turn(Protocol):
    """One for each endpoint. Several processes on one API key can share it, as by a lock in a database."""

    async def wait(self) -> None:
        """Returns once the turn is ours. Whoever is cancelled meanwhile does not have it."""

    def give_back(self) -> None:
        """Called once for each turn, when the API has answered or the request was given up. Raises nothing."""


class SoleProcess:
    """For a process that shares its API key with no other: whoever is first in the queue has the turn."""

    async def wait(self) -> None:
        pass

    def give_back(self) -> None:
        pass


TurnAt = Callable[[str], Turn]
"""Makes the turn at an endpoint, which is named by its path."""


def sole_process(_: str) -> Turn:
    return SoleProcess()
