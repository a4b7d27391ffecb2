"""Slow deletions: a living process ends its own, whatever becomes of PostgreSQL; another one ends a stopped one's."""

import asyncio
from collections.abc import Callable
from itertools import cycle

from bot.sandbox.ticket_api import Fault
from tests.cluster.cluster import CHANNELS, LOOKED_AT, PEOPLE, Cluster
from tests.cluster.rules import owners
from tests.cluster.trouble import STOP_S, restart_postgres
from tests.crash.bot import Bot
from tests.crash.listening import DELETE, READ, now
from tests.crash.rules import Click, Conversation, has_ended
from tests.crash.world import last_of, until

_PATIENCE_S = 30.0
_TRIES = 10
_AWAY_S = 1.0
_SLOW_S = 8.5


async def postgres_restarted_in_a_slow_deletion(cluster: Cluster) -> None:
    """It takes longer than a lease, and less than a try at the ticket API."""
    slow = asyncio.Event()
    began = now()
    case, bot = await under_way(cluster, slow)
    await restart_postgres(cluster, _AWAY_S)
    await asyncio.sleep(max(began + _SLOW_S - now(), 0))
    slow.set()
    await _comes(lambda: has_ended(cluster, case), f"{case}: its end")
    names = {one.new for one in await owners(cluster) if one.case == case}
    if names != {bot.name}:
        cluster.problems.append(f"{case}: was taken from {bot.name}, which was at work on it, by one of {names}")


async def stopped_in_a_slow_deletion(cluster: Cluster) -> None:
    """The ticket system answers nothing, so that the time in which a process may end what it began is not enough.

    People go on asking meanwhile.
    """
    slow = asyncio.Event()
    _, bot = await under_way(cluster, slow)
    cluster.ticket_api.fail(READ, *[Fault(until=slow)] * 20)
    trouble = cluster.begin("stop", bot)
    bot.stop()
    asking = asyncio.create_task(_look(cluster))
    try:
        await bot.ended(STOP_S)
    finally:
        asking.cancel()
        slow.set()
        cluster.ticket_api.heal()
    trouble.until = now()
    cluster.many.balancer.take_out(bot)
    cluster.tell(f"{bot.name} has ended")


async def _look(cluster: Cluster) -> None:
    """Once a second, until it is cancelled."""
    for case in cycle(LOOKED_AT):
        await asyncio.sleep(1.0)
        await cluster.slack.command(PEOPLE[1], "/ticket", case, CHANNELS[1])


async def under_way(cluster: Cluster, until_set: asyncio.Event) -> tuple[str, Bot]:
    """A ticket that is being deleted until the event is set, and the process that sent the request."""
    case, person = cluster.open_ticket(), PEOPLE[0]
    conversation = cluster.conversations[case] = Conversation(case, person, CHANNELS[0])
    for _ in range(_TRIES):  # "did not respond", says Slack
        if (await cluster.slack.command(person, "/ticket-delete", case, conversation.channel)).status == 200:
            break
        await asyncio.sleep(1.0)
    await _comes(lambda: last_of(cluster, case), f"{case}: the request")
    request = last_of(cluster, case)
    assert request
    cluster.ticket_api.fail(DELETE, Fault(until=until_set))
    clicked = Click(request.posted.ts, now())
    conversation.clicks.append(clicked)
    before = len(cluster.ticket_api.calls(DELETE))
    await cluster.slack.click(person, request.posted, "Delete")
    clicked.until = now()
    await _comes(lambda: len(cluster.ticket_api.calls(DELETE)) > before, f"{case}: the deletion")
    name = cluster.callers.of(cluster.ticket_api.calls(DELETE)[-1])
    return case, next(bot for bot in cluster.slots.values() if bot.name == name)


async def _comes(condition: Callable[[], object], what: str) -> None:
    """Raises RuntimeError where it does not."""
    if not await until(condition, _PATIENCE_S):
        raise RuntimeError(f"{what} did not come within {_PATIENCE_S:g} s")
