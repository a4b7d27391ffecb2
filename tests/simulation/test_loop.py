"""The simulated event loop: time is virtual, the seed chooses, and a dead process has no last word."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from random import Random

import pytest

from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import PROCESS, Process


def run(live: Callable[[SimulatedLoop], Awaitable[None]], seed: int = 1) -> SimulatedLoop:
    loop = SimulatedLoop(Random(seed))  # type: ignore[abstract]

    async def main() -> None:
        await live(loop)

    loop.run(main())
    return loop


def begin(loop: SimulatedLoop, process: Process, work: Awaitable[None]) -> None:
    context = Context()
    context.run(PROCESS.set, process)
    loop.create_task(work, context=context)


def test_an_hour_passes_at_once_and_in_order() -> None:
    heard: list[tuple[float, str]] = []

    async def live(loop: SimulatedLoop) -> None:
        async def wait(seconds: float, what: str) -> None:
            await asyncio.sleep(seconds)
            heard.append((loop.time(), what))

        await asyncio.gather(wait(3600, "late"), wait(1, "soon"), wait(60, "between"))

    run(live)
    assert heard == [(1, "soon"), (60, "between"), (3600, "late")]


def test_the_seed_alone_chooses_among_what_is_ready() -> None:
    def order(seed: int) -> list[int]:
        heard: list[int] = []

        async def live(_: SimulatedLoop) -> None:
            async def work(number: int) -> None:
                heard.append(number)

            await asyncio.gather(*(work(number) for number in range(8)))

        run(live, seed)
        return heard

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(20)}) > 10
    assert all(sorted(order(seed)) == list(range(8)) for seed in range(20))


def test_what_a_killed_process_was_about_to_do_never_happens() -> None:
    heard: list[str] = []
    process = Process("killed")

    async def work() -> None:
        try:
            heard.append("began")
            await asyncio.sleep(10)
            heard.append("went on")
        finally:
            heard.append("cleaned up")

    async def live(loop: SimulatedLoop) -> None:
        begin(loop, process, work())
        await asyncio.sleep(5)
        process.is_dead = True
        await asyncio.sleep(100)
        heard.append("over")

    run(live)
    assert heard[:2] == ["began", "over"]


def frozen_from_5_to_300(kind: str, sleeps_s: float) -> tuple[Process, list[tuple[float, float]]]:
    """When it wakes up: in the world's time, and in its own loop's."""
    heard: list[tuple[float, float]] = []
    process = Process("frozen")

    async def live(loop: SimulatedLoop) -> None:
        async def work() -> None:
            await asyncio.sleep(sleeps_s)
            heard.append((loop.now(), loop.time()))
            await asyncio.sleep(1)
            heard.append((loop.now(), loop.time()))

        begin(loop, process, work())
        await asyncio.sleep(5)
        loop.freeze(process, kind)
        await asyncio.sleep(295)
        loop.thaw(process)
        await asyncio.sleep(600)

    run(live)
    return process, heard


@pytest.mark.parametrize(
    ("kind", "sleeps_s", "wakes_up"),
    [
        ("freeze", 10, [(300, 300), (301, 301)]),  # overdue
        ("freeze", 400, [(400, 400), (401, 401)]),
        ("suspend", 10, [(305, 10), (306, 11)]),  # there are five seconds to go yet
        ("suspend", 400, [(695, 400), (696, 401)]),
        ("pause", 10, [(305, 10), (306, 11)]),
    ],
)
def test_a_frozen_process_goes_on_where_it_was_once_it_is_thawed(
    kind: str, sleeps_s: float, wakes_up: list[tuple[float, float]]
) -> None:
    process, heard = frozen_from_5_to_300(kind, sleeps_s)
    assert heard == wakes_up
    assert process.boottime_stopped_s == (295 if kind == "pause" else 0)
    assert (process.frozen_s(0, 1000), process.frozen_s(100, 200), process.frozen_s(300, 400)) == (295, 100, 0)


def test_a_process_that_dies_frozen_is_never_thawed() -> None:
    heard: list[str] = []
    process = Process("frozen")

    async def live(loop: SimulatedLoop) -> None:
        async def work() -> None:
            await asyncio.sleep(10)
            heard.append("went on")

        begin(loop, process, work())
        await asyncio.sleep(5)
        loop.freeze(process)
        loop.freeze(process)  # it is already
        process.is_dead = True
        loop.thaw(process)
        loop.thaw(process)
        loop.freeze(process)  # it is past that
        await asyncio.sleep(100)

    run(live)
    assert heard == []
    assert process.frozen is None


def test_what_a_frozen_process_had_handed_over_keeps_the_worlds_time() -> None:
    heard: list[tuple[float, str]] = []
    process = Process("frozen")

    async def live(loop: SimulatedLoop) -> None:
        async def work() -> None:
            loop.call_later(10, lambda: heard.append((loop.now(), "nobody's")), context=Context())
            loop.call_later(10, lambda: heard.append((loop.now(), "its own")))

        for begins_at in (0, 100):
            loop.call_later(begins_at, lambda: begin(loop, process, work()))
        await asyncio.sleep(5)
        loop.freeze(process, "suspend")
        await asyncio.sleep(40)
        loop.thaw(process)
        await asyncio.sleep(200)

    run(live)
    assert heard[:2] == [(10, "nobody's"), (50, "its own")]
    assert sorted(heard[2:]) == [(110, "its own"), (110, "nobody's")]


def test_a_thread_is_a_moment_of_the_same_loop() -> None:
    heard: list[int] = []

    async def live(_: SimulatedLoop) -> None:
        heard.append(await asyncio.to_thread(lambda: 7))

    run(live)
    assert heard == [7]


def test_nobody_can_open_a_socket() -> None:
    async def live(_: SimulatedLoop) -> None:
        await asyncio.open_connection("127.0.0.1", 80)

    with pytest.raises(NotImplementedError):
        run(live)


def test_a_world_in_which_everybody_waits_for_ever_is_told() -> None:
    async def live(loop: SimulatedLoop) -> None:
        await loop.create_future()

    with pytest.raises(RuntimeError, match="everybody waits"):
        run(live)
