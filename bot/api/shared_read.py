"""A read of a ticket, which several people may wait for."""

import asyncio
from dataclasses import dataclass, field

from bot.api.errors import NoResponseError, QueueTimeoutError, SweeppeaError
from bot.api.queue import Slot
from bot.tickets import CaseNumber, Ticket


@dataclass(eq=False)
class SharedRead:
    """`deadline` is the latest of the `readers`'; `reuse` as in Transport.post_idempotent."""

    case_number: CaseNumber
    reuse: bool
    deadline: float = 0.0
    readers: int = 0
    slot: Slot | None = None
    is_sent: bool = False
    failure: SweeppeaError | None = None
    task: "asyncio.Task[Ticket]" = field(init=False)

    def on_timeout(self) -> SweeppeaError:
        """What it means should a deadline pass now."""
        return self.failure or (NoResponseError("no answer in time") if self.is_sent else QueueTimeoutError())

    async def answer(self, deadline: float) -> Ticket:
        """For one more reader, until the deadline; whoever gives up last leaves no request behind."""
        self.deadline = max(self.deadline, deadline)
        self.readers += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(self.task)
        except TimeoutError:
            raise self.on_timeout() from None
        finally:
            self.readers -= 1
            if not self.readers:
                self.task.cancel()
