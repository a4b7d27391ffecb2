"""The loop that tries again, and the pause between two tries."""

import asyncio
import math
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

    def delay_s(self, attempt: int, retry_after_s: float | None, jitter: float, first_s: float | None = None) -> float:
        """How long to wait after the given attempt, from 1: what the API asked for, else doubling, half of it jitter.

        `jitter` from 0 to 1. Two processes on one key that met would otherwise meet again. `first_s` where the first
        pause can be shorter than usual.
        """
        first_s = self.first_s if first_s is None else min(first_s, self.first_s)
        backoff = min(first_s * 2.0 ** min(attempt - 1, 10), self.max_s) * (0.5 + jitter / 2)
        return backoff if retry_after_s is None else retry_after_s + backoff / 4


async def retry(
    attempt: Callable[[], Awaitable[Answer]],
    is_retryable: Callable[[Exception], bool],
    deadline: Callable[[], float],
    pause_s: Callable[[int, Exception], float],
    max_tries: float = math.inf,
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
            is_last = tries >= max_tries or not is_retryable(error)
            if is_last or asyncio.get_running_loop().time() + delay_s >= deadline():
                raise
        await asyncio.sleep(delay_s)
