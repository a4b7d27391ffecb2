"""The turn that a world's processes share: in order, and never lost with the process that has it."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from contextvars import Context
from random import Random

from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import PROCESS, Process
from tests.simulation.turn import LATE_S, Line, ProcessTurn


class Stage:
    """An endpoint, and processes that each have it for ten seconds. `got` is who had the turn, and from when."""

    def __init__(self) -> None:
        self.loop = SimulatedLoop(Random(1))  # type: ignore[abstract]
        self.line = Line(self.loop)
        self.got: list[tuple[str, float]] = []
        self.processes = {name: Process(name) for name in ("one", "two", "three")}

    def start(self, name: str, after_s: float) -> "asyncio.Task[None]":
        context = Context()
        context.run(PROCESS.set, self.processes[name])
        return self.loop.create_task(self._have(name, after_s), context=context)

    async def _have(self, name: str, after_s: float) -> None:
        turn = ProcessTurn(self.line, self.processes[name])
        await asyncio.sleep(after_s)
        await turn.wait()
        self.got.append((name, round(self.loop.now())))
        await asyncio.sleep(10)
        turn.give_back()

    def run(self, *works: Awaitable[object]) -> list[tuple[str, float]]:
        async def main() -> None:
            await asyncio.gather(*works)
            await asyncio.sleep(100)

        self.loop.run(main())
        return self.got


def test_who_comes_first_is_served_first() -> None:
    stage = Stage()
    for name, after_s in (("two", 1), ("three", 2), ("one", 0)):
        stage.start(name, after_s)
    assert stage.run() == [("one", 0), ("two", 10), ("three", 20)]


def test_the_turn_of_a_killed_process_is_free_for_who_waits() -> None:
    stage = Stage()
    stage.start("one", 0)
    stage.start("two", 1)

    async def kill() -> None:
        await asyncio.sleep(3)
        stage.processes["one"].is_dead = True

    [_, (name, at)] = stage.run(kill())
    assert name == "two"
    assert at <= 5


def test_the_turn_of_a_process_that_stands_still_is_taken_away_and_not_given_back_twice() -> None:
    stage = Stage()
    for name, after_s in (("one", 0), ("two", 1), ("three", 2)):
        stage.start(name, after_s)

    async def freeze() -> None:
        await asyncio.sleep(3)
        stage.loop.freeze(stage.processes["one"])
        await asyncio.sleep(12)
        stage.loop.thaw(stage.processes["one"])

    [_, (second, at), (third, later)] = stage.run(freeze())
    assert (second, third) == ("two", "three")
    assert 3 + LATE_S <= at <= 3 + LATE_S + 2
    assert later == at + 10


def test_who_waits_no_more_does_not_get_the_turn() -> None:
    stage = Stage()
    stage.start("one", 0)
    waiting = stage.start("two", 1)
    stage.start("three", 2)

    async def cancel() -> None:
        await asyncio.sleep(5)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting

    assert stage.run(cancel()) == [("one", 0), ("three", 10)]
