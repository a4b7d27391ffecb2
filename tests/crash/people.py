"""What people do: they ask, again where Slack says that the app did not respond or the bot says "later", and click."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from bot.sandbox.slack_messages import Acknowledgement
from tests.crash.figures import Figures
from tests.crash.listening import now
from tests.crash.plan import Ask
from tests.crash.rules import Click, Conversation
from tests.crash.world import World, last_of, until

_TRIES = 60
_AGAIN_S = 1.0
_SOON_S = 5.0


async def ask(world: World, figures: Figures, asking: Ask) -> Conversation:
    """Returns once the request is in the channel.

    A private no, as of a bot that is too busy, is an answer, and the person asks again. That there is none at all is a
    problem, unless something happened to a bot meanwhile.
    """
    conversation = Conversation(world.open_ticket(), asking.person, asking.channel)
    case = conversation.case
    figures.counts["conversations"] += 1
    for _ in range(_TRIES):
        world.tell(f"{case}: {asking.person} asks")
        asked_at = now()
        status = await _acknowledged(world.slack.command(asking.person, "/ticket-delete", case, asking.channel))
        if world.bot.has_ended:
            world.problems.append(f"{world.bot.name} ended by itself: {world.bot.last_words()}")
            return conversation
        if status != HTTPStatus.OK:
            figures.counts["(asked again, since no bot took it)"] += 1
        elif await _answered(world, conversation, asked_at):
            if last_of(world, case):
                return conversation
            figures.counts["(asked again, after a private answer)"] += 1
        elif not world.journal.is_troubled(asked_at):
            world.problems.append(f"{case}: {asking.person} asked, and heard nothing")
            return conversation
        await asyncio.sleep(_AGAIN_S)
    world.problems.append(f"{case}: {asking.person} asked {_TRIES} times, and no request was posted; HTTP {status}")
    return conversation


async def click(world: World, figures: Figures, conversation: Conversation, pause_s: float) -> None:
    """On *Delete*, in the ticket's latest message; not where that has no such button."""
    case, request = conversation.case, last_of(world, conversation.case)
    if request is None or not any(label.startswith("Delete") for label in request.buttons):
        return
    await asyncio.sleep(pause_s)
    clicked = Click(request.posted.ts, now())
    conversation.clicks.append(clicked)
    figures.counts["clicks"] += 1
    world.tell(f"{case}: {conversation.person} clicks Delete")
    with suppress(LookupError):  # the button went meanwhile
        await _acknowledged(world.slack.click(conversation.person, request.posted, "Delete"))
    clicked.until = now()


async def _answered(world: World, conversation: Conversation, since: float) -> bool:
    """Where a bot is killed meanwhile nobody waits for long."""
    await until(lambda: _is_answered(world, conversation, since) or world.journal.is_troubled(since))
    return await until(lambda: _is_answered(world, conversation, since), _SOON_S)


def _is_answered(world: World, conversation: Conversation, since: float) -> bool:
    """Posted, or in private: that says no ticket's number where it is about the bot."""
    if last_of(world, conversation.case):
        return True
    private = (said for said in world.journal.said if said.at > since and said.posted.visible_to == conversation.person)
    return any(not said.is_direct and said.case in {"", conversation.case} for said in private)


async def _acknowledged(sending: Coroutine[Any, Any, Acknowledgement]) -> int:
    """The HTTP status of the bot's answer, 200 where it took the payload; 0: a bot that has just died gave none."""
    try:
        return (await sending).status
    except (OSError, RuntimeError):
        return 0
