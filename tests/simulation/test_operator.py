"""Processes are killed and frozen in the midst of their work, and the world goes on."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.ledger.database import UnavailableError
from tests.simulation import parts
from tests.simulation.faults import OPERATOR, STRIKES
from tests.simulation.parts import RunningBot, memory_in_place_of_sockets
from tests.simulation.process import FREEZES
from tests.simulation.world import BrokenRuleError, World

MOMENTS = ("before a request", "when a request is sent", "after a request", "after a message")


@pytest.fixture(autouse=True, scope="module")
def _memory() -> Iterator[None]:
    with memory_in_place_of_sockets():
        yield


def lived(seed: int, **weather: Mapping[str, float]) -> World:
    """What breaks is not asked here: a bot without a ledger can't stand all of it."""
    world = World(seed)
    world.weather = replace(replace(world.weather, operator={}, strikes={}, aim=""), **weather)  # type: ignore[arg-type]
    with suppress(BrokenRuleError):
        world.run()
    return world


def told(world: World, what: str) -> int:
    return sum("OPERATOR" in line and what in line for line in world.journal.lines)


@pytest.mark.parametrize("kind", STRIKES)
def test_a_process_is_struck_at_any_step(kind: str) -> None:
    worlds = [lived(seed, strikes={kind: 0.1}) for seed in range(1, 9)]
    for moment in MOMENTS:
        assert any(told(world, f"is {kind}, {moment}") for world in worlds), moment
    assert {bot for world in worlds for bot in world.operator.bots if bot.is_dead} == set()


@pytest.mark.parametrize("kind", FREEZES)
def test_a_frozen_process_is_thawed_in_the_end_and_has_done_nothing_meanwhile(kind: str) -> None:
    assert kind in OPERATOR
    worlds = [lived(seed, operator={kind: 1.0}) for seed in range(1, 5)]
    assert all(told(world, f"{kind}, bot") and told(world, "is thawed") for world in worlds)
    for world in worlds:
        assert world.failure or not [bot for bot in world.operator.bots if bot.frozen is not None]
        begun = [call for call in world.journal.calls if call.bot.freezes]
        assert begun
        assert not [call for call in begun if _was_frozen_at(call.began_at, call.bot.freezes)]


def _was_frozen_at(moment: float, freezes: list[tuple[float, float]]) -> bool:
    return any(since < moment < until for since, until in freezes)


@pytest.mark.parametrize("weather", [{"strikes": {kind: 0.1}} for kind in STRIKES])
def test_one_seed_is_one_world_with_strikes_too(weather: Mapping[str, Mapping[str, float]]) -> None:
    assert lived(1, **weather).journal.digest() == lived(1, **weather).journal.digest()


def test_a_bot_that_finds_no_database_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run, failures = parts.run, iter([UnavailableError("database down")] * 2)

    async def run_later(
        bot: RunningBot, ready: Callable[[], None], stop: Callable[[], Awaitable[object]], look_s: float
    ) -> None:
        for error in failures:
            raise error
        await run(bot, ready, stop, look_s)

    monkeypatch.setattr(parts, "run", run_later)
    world = lived(1)
    assert sum("ends at its start: database down" in line for line in world.journal.lines) == 2
    assert any(line.endswith("bot 3 is up") for line in world.journal.lines)
    assert world.failure is None
