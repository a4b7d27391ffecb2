"""The loop that tries again, and the pause between two tries."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.api.errors import SweeppeaError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Backoff:
    """Seconds: of the first pause, and of the longest."""

    first_s: float = 0.25
    max_s: float = 4.0

    def delay_s(self, attempt: int, retry_after_s: float | None, jitter: float) -> float:
        """How long to wait after the given attempt, from 1: what the API asked for, else doubling, half of it jitter.

        `jitter` from 0 to 1. Two processes on one key that met would otherwise meet again.
        """
        backoff = min(self.first_s * 2.0 ** min(attempt - 1, 10), self.max_s) * (0.5 + jitter / 2)
        return backoff if retry_after_s is None else retry_after_s + backoff / 4


async def retry(
    attempt: Callable[[], Awaitable[Answer]],
    is_retryable: Callable[[Exception], bool],
    deadline: Callable[[], float],
    pause_s: Callable[[int, Exception], float],
) -> Answer:
    """Tries until the answer comes, the error is none to try again after, or the pause would last past the deadline.

    Raises the last error. `deadline` in the loop's time, a function since whoever joins may put it off; `pause_s` is
    given the number of tries so far and the last error.
    """
    tries = 0
    while True:
        tries += 1
        try:
            return await attempt()
        except SweeppeaError as error:
            delay_s = pause_s(tries, error)
            if not is_retryable(error) or asyncio.get_running_loop().time() + delay_s >= deadline():
                raise
        await asyncio.sleep(delay_s)
