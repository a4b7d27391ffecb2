"""What is printed where a rule breaks: what happened to that conversation, and the bots' log lines beside it.

Neither a ticket's content nor a token: of a message its claims, and the bots' own lines, which have none.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from tests.crash.bot import Bot
from tests.crash.world import World

_MOST_LINES = 400
_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\S+) (?P<level>\w+) \S+ \[(?P<ref>[\w-]+)\]")


def story(world: World, seed: str) -> list[str]:
    cases = {case for case in world.journal.cases if any(case in problem for problem in world.problems)}
    told = timeline(world, cases)
    return ["", f"BROKEN in {world.name}, SEED={seed}:", *world.problems, "", *told[-_MOST_LINES:], ""]


def timeline(world: World, cases: set[str]) -> list[str]:
    """What happened, and the logs, in order; all of it where no ticket is named."""
    journal = [(at, line) for at, line in world.journal.lines if not cases or _is_about(line, cases)]
    lines = sorted([*journal, *(line for bot in world.bots for line in logged(bot, cases, world.journal.began_at))])
    return [f"{at:8.2f}  {line}" for at, line in lines]


def _is_about(line: str, cases: set[str]) -> bool:
    return any(case in line for case in cases) or line.startswith(("bot", "──", "-:", "Slack"))


def logged(bot: Bot, cases: set[str], began_at: float) -> Iterator[tuple[float, str]]:
    """All that has to do with the tickets, or went wrong; in seconds of the story."""
    lines = bot.log.read_text(errors="replace").splitlines()
    found = [(_LINE.match(line), line) for line in lines]
    refs = {match["ref"] for match, line in found if match and any(case in line for case in cases)} - {"-"}
    at = 0.0
    for match, line in found:
        if match:
            at = datetime.fromisoformat(match["time"]).timestamp() - began_at
        is_wanted = match is None or match["ref"] in refs or match["level"] not in {"INFO", "DEBUG"} or not cases
        if is_wanted:
            yield at, f"    {bot.name} {line[match.end('time') + 1 :] if match else line}"
