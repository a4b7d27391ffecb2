"""The operator restarts the bots with another API key, be it of the same account: rows keep the key they began with."""

import asyncio
from contextlib import AsyncExitStack

from bot.sandbox.ticket_api import Fault
from handlers.serve import RunningBot
from tests.handlers.deletions import asked, deletions
from tests.handlers.test_recovery import clicked, first
from tests.support.world import BOB, World, words

__all__ = ["first"]


async def test_a_deletion_that_was_sent_with_the_old_key_locks_the_ticket(
    empty_world: World, first: RunningBot
) -> None:
    bobs = await asked(empty_world, BOB)
    request = await asked(empty_world)
    await clicked(empty_world, request, Fault(until=asyncio.Event()), carried_out=False)
    empty_world.ticket_api.key = None  # any key is taken
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(empty_world.bot(sweeppea_api_key="new-key"))
        assert "is under way" in words(await asked(empty_world, BOB))
        assert "is under way" in words(await empty_world.click(BOB, bobs, "Delete 2531581"))
        assert deletions(empty_world) == 0
