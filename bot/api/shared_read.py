"""A read of a ticket, which several people may wait for."""

import asyncio
import math
from dataclasses import dataclass, field

from bot.api.errors import NoResponseError, QueueTimeoutError, SweeppeaError
from bot.api.place import Place, Rank
from bot.tickets import CaseNumber, Ticket


@dataclass(eq=False)
class SharedRead:
    """`deadline` is the latest of the `readers`'; `reuse` as in Transport.post_idempotent.

    `failure` is what the last try met; `is_in_flight`: the API is working on one; `is_probe`: there is but one.
    """

    case_number: CaseNumber
    by: str
    rank: Rank
    reuse: bool
    is_probe: bool = False
    deadline: float = 0.0
    readers: int = 0
    place: Place | None = None
    is_sent: bool = False
    is_in_flight: bool = False
    failure: SweeppeaError | None = None
    task: "asyncio.Task[Ticket]" = field(init=False)

    @property
    def last_moment(self) -> float:
        """When it is too late for another try, in the loop's time: always, once nobody waits any more."""
        return self.deadline if self.readers and not self.is_probe else -math.inf

    @property
    def is_given_up(self) -> bool:
        """Whether nobody waits for it, nor anybody who comes could have its answer."""
        return not self.readers and not self.is_in_flight

    def on_timeout(self) -> SweeppeaError:
        """What it means should a deadline pass now."""
        return self.failure or (NoResponseError("no answer in time") if self.is_sent else QueueTimeoutError())

    async def answer(self, deadline: float) -> Ticket:
        """For one more reader, until the deadline.

        Whoever gives up last takes the request out of the queue. One that the API is working on goes on, and the turn
        stays with it: the API is busy with it either way, and would answer the next one 503.
        """
        self.deadline = max(self.deadline, deadline)
        self.readers += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(self.task)
        except TimeoutError:
            raise self.on_timeout() from None
        finally:
            self.readers -= 1
            if self.is_given_up:
                self.task.cancel()
