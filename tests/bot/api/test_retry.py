"""The loop that tries again, and the pauses between two tries."""

import asyncio
import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api.errors import BusyError, NoResponseError, NotSentError, SweeppeaError
from bot.api.retry import Backoff, retry
from tests.bot.api.calls import within
from tests.support import virtual_time

BACKOFF = Backoff()


@settings(deadline=None)
@given(st.integers(1, 10_000), st.none() | st.floats(0, 1e6), st.floats(0, 1))
def test_the_wait_is_what_the_api_asked_for_or_a_short_one_of_our_own(
    attempt: int, retry_after_s: float | None, jitter: float
) -> None:
    delay_s = BACKOFF.delay_s(attempt, retry_after_s, jitter)
    assert math.isfinite(delay_s)
    if retry_after_s is None:
        assert BACKOFF.first_s / 2 <= delay_s <= BACKOFF.max_s
    else:
        assert retry_after_s <= delay_s <= retry_after_s + BACKOFF.max_s / 4


def test_the_wait_doubles_and_two_processes_that_met_wait_differently() -> None:
    assert [BACKOFF.delay_s(attempt, None, 1) for attempt in range(1, 7)] == [0.25, 0.5, 1, 2, 4, 4]
    assert [BACKOFF.delay_s(attempt, None, 0) for attempt in range(1, 7)] == [0.125, 0.25, 0.5, 1, 2, 2]
    assert BACKOFF.delay_s(1, 10, 0) < BACKOFF.delay_s(1, 10, 1)


class Attempts:
    """Fails with each of the errors in turn, then answers with the number of tries."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0

    async def __call__(self) -> int:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.tries


def is_not_sent(error: Exception) -> bool:
    return isinstance(error, NotSentError)


async def test_the_first_answer_ends_it() -> None:
    assert await retry(Attempts(NotSentError(), NotSentError()), is_not_sent, within, lambda *_: 0) == 3


@pytest.mark.parametrize("error", [BusyError(503), NoResponseError(), ValueError()], ids=repr)
async def test_an_error_that_is_not_to_be_tried_again_is_raised_at_once(error: Exception) -> None:
    attempts = Attempts(NotSentError(), error)
    with pytest.raises(type(error)):
        await retry(attempts, is_not_sent, within, lambda *_: 0)
    assert attempts.tries == 2


async def test_nobody_waits_for_a_try_beyond_the_deadline() -> None:
    attempts, first, last = Attempts(), NotSentError("first"), NotSentError("last")
    attempts.errors = [first, last]
    pauses: list[tuple[int, Exception]] = []

    def pause_s(tries: int, error: Exception) -> float:
        pauses.append((tries, error))
        return 0 if tries == 1 else 20

    with pytest.raises(SweeppeaError, match="last"):
        await retry(attempts, is_not_sent, lambda: within(10), pause_s)
    assert pauses == [(1, first), (2, last)]


async def test_whoever_joins_puts_the_deadline_off() -> None:
    deadlines = iter([asyncio.get_running_loop().time() - 1])
    with pytest.raises(NotSentError):
        await retry(Attempts(NotSentError()), is_not_sent, lambda: next(deadlines), lambda *_: 0)
    deadlines = iter([within(1), within(2)])
    answer = await retry(Attempts(NotSentError(), NotSentError()), is_not_sent, lambda: next(deadlines), lambda *_: 0)
    assert answer == 3


def test_the_first_pause_may_be_shorter_than_usual_and_never_longer() -> None:
    assert [BACKOFF.delay_s(attempt, None, 1, 0.125) for attempt in (1, 2, 3)] == [0.125, 0.25, 0.5]
    assert BACKOFF.delay_s(1, None, 1, 60) == BACKOFF.first_s
    assert BACKOFF.delay_s(1, None, 1, 0) == 0


def test_what_the_api_asked_for_is_waited_for_and_a_quarter_of_our_own_pause() -> None:
    assert BACKOFF.delay_s(1, 10, 1) == 10 + 0.25 / 4
    assert BACKOFF.delay_s(99, 10, 0) == 10 + 2 / 4
    assert BACKOFF.delay_s(3, 0, 1) == 0.25


@pytest.mark.parametrize(("pause", "tries"), [(9.0, 2), (10.0, 1), (11.0, 1)])
def test_a_try_at_the_deadline_is_made_no_more(pause: float, tries: int) -> None:
    async def tried() -> int:
        attempts, deadline = Attempts(NotSentError()), asyncio.get_running_loop().time() + 10
        with contextlib.suppress(NotSentError):
            await retry(attempts, is_not_sent, lambda: deadline, lambda *_: pause)
        return attempts.tries

    assert virtual_time.run(tried()) == tries


@pytest.mark.parametrize("most", [1, 2])
async def test_no_more_tries_are_made_than_allowed(most: int) -> None:
    attempts = Attempts(*[NotSentError()] * 3)
    with pytest.raises(NotSentError):
        await retry(attempts, is_not_sent, within, lambda *_: 0, max_tries=most)
    assert attempts.tries == most


def test_the_pause_is_waited_for() -> None:
    async def waited() -> float:
        began = asyncio.get_running_loop().time()
        await retry(Attempts(NotSentError()), is_not_sent, lambda: began + 10, lambda *_: 3)
        return asyncio.get_running_loop().time() - began

    assert virtual_time.run(waited()) == 3
