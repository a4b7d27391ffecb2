"""A failure made small: leave out decisions of the seed for as long as the same rule still breaks."""

import re
from collections.abc import Sequence
from time import monotonic

from tests.simulation.world import BrokenRuleError, World

PATIENCE_S = 60.0


def shrink(seed: int, failure: BrokenRuleError, world: World, patience_s: float = PATIENCE_S) -> World:
    """The world with the fewest decisions that was found; the given one where none is smaller.

    First all decisions of one place at once (a person, Slack's faults, the operator), then ever smaller parts.
    """
    deadline, best = monotonic() + patience_s, world
    for place in dict.fromkeys(_place(name) for name in world.chance.drawn):
        if monotonic() < deadline:
            best = _without([name for name in best.chance.drawn if _place(name) == place], seed, failure, best) or best
    size = max(len(best.chance.drawn) // 2, 1)
    while size and monotonic() < deadline:
        smaller = _without_some(seed, failure, best, size, deadline)
        best = smaller or best
        size = min(size, max(len(best.chance.drawn) // 2, 1)) if smaller else size // 2
    return best


def _place(name: str) -> str:
    """Whose decision it is: of all that is named "… U01BOB#3#1", Bob's."""
    return re.sub(r"#.*| again", "", name)


def _without_some(seed: int, failure: BrokenRuleError, best: World, size: int, deadline: float) -> World | None:
    """The given world with some parts of this size left out; None where each is needed."""
    names = list(best.chance.drawn)
    for start in range(len(names) - size, -size, -size):
        if monotonic() > deadline:
            break
        part = [name for name in names[max(start, 0) : start + size] if name in best.chance.drawn]
        smaller = _without(part, seed, failure, best) if part else None
        best = smaller or best
    return best if len(best.chance.drawn) < len(names) else None


def _without(part: Sequence[str], seed: int, failure: BrokenRuleError, best: World) -> World | None:
    found = fails(seed, best.left_out | frozenset(part), best.without)
    same = found and found.failure and found.failure.rule == failure.rule
    return found if same and found and len(found.chance.drawn) < len(best.chance.drawn) else None


def fails(seed: int, left_out: frozenset[str] = frozenset(), without: frozenset[str] = frozenset()) -> World | None:
    """The world, after it has broken a rule; None where it breaks none."""
    world = World(seed, left_out, without)
    try:
        world.run()
    except BrokenRuleError:
        return world
    return None


def story(world: World, most: int = 120) -> Sequence[str]:
    """What led to the failure: its decisions, then the timeline."""
    decisions = [f"  {name}: {what}" for name, what in world.chance.drawn.items()]
    lines = world.journal.lines
    left = [f"  ({len(lines) - most} lines before)"] if len(lines) > most else []
    return [f"{len(decisions)} decisions are left:", *decisions, "", *left, *(f"  {line}" for line in lines[-most:])]
