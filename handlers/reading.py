"""Reading a ticket for somebody who waits: a notice where it takes long, and a sentence where it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot import logs
from bot.api.errors import SweeppeaError
from bot.messages import errors
from bot.messages.help import still_looking
from bot.tickets import CaseNumber, Ticket
from handlers.failures import note_failure
from handlers.services import Services
from handlers.slack.interaction import Interaction


async def look(services: Services, interaction: Interaction, case_number: CaseNumber) -> Ticket:
    """For somebody who only looks. Raises SweeppeaError. Whoever has to wait gets one notice."""
    async with _notice_if_slow(services, interaction, case_number):
        return await services.client.look(case_number, deadline=interaction.deadline)


async def read(services: Services, interaction: Interaction, case_number: CaseNumber) -> Ticket:
    """For somebody who decides: the request begins now. Otherwise as `look`."""
    ticket, _ = await read_timed(services, interaction, case_number)
    return ticket


async def read_timed(services: Services, interaction: Interaction, case_number: CaseNumber) -> tuple[Ticket, float]:
    """As `read`, with the loop's time of the answer: until Slack has taken a notice, seconds may pass."""
    async with _notice_if_slow(services, interaction, case_number):
        ticket = await services.client.read(case_number, deadline=interaction.deadline)
        return ticket, asyncio.get_running_loop().time()


async def tell_failure(
    services: Services,
    interaction: Interaction,
    error: SweeppeaError,
    case_number: CaseNumber,
    *,
    nothing_changed: bool = False,
) -> None:
    """`nothing_changed` where the person wanted to change something."""
    message = errors.read_error(
        error, case_number, interaction.reference, services.replies.bot_contact, nothing_changed=nothing_changed
    )
    await services.replies.send(interaction, message)


@asynccontextmanager
async def _notice_if_slow(services: Services, interaction: Interaction, case_number: CaseNumber) -> AsyncIterator[None]:
    async def notify() -> None:
        ahead = services.client.ahead_of(case_number)
        await services.replies.send(interaction, still_looking(case_number, ahead))

    logs.note(case_number=case_number)
    try:
        async with _notify_after(services.slow_s, notify):
            yield
    except SweeppeaError as error:
        note_failure(error)
        raise


@asynccontextmanager
async def _notify_after(delay_s: float, notify: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Notifies once, if the block takes longer; what follows the block comes after the notice."""
    notices: list[asyncio.Future[None]] = []
    timer = asyncio.get_running_loop().call_later(delay_s, lambda: notices.append(asyncio.ensure_future(notify())))
    try:
        yield
    finally:
        timer.cancel()
        if notices:
            await notices[0]
