"""What the handlers work with, and what all of them do alike."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

from bot import audit
from bot.api.client import SweeppeaClient
from bot.api.errors import SweeppeaError
from bot.blockkit.blocks import Message
from bot.messages import errors, receipt
from bot.messages.help import still_looking
from bot.policy import Denial, Policy
from bot.settings import Settings
from bot.tickets import CaseNumber, Change, Ticket, parse_case_number
from handlers.slack.audit_channel import AuditChannel
from handlers.slack.interaction import Interaction
from handlers.slack.replies import Replies
from handlers.slack.runner import Runner

SLOW_S = 1.5  # after this long somebody who waits is told so
STOPPING = "the bot is stopping"  # the outcome of what comes too late for it

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Services:
    """`now` is the time of day in seconds since the epoch."""

    settings: Settings
    policy: Policy
    sweeppea: SweeppeaClient
    replies: Replies
    runner: Runner
    workspace: str = ""
    audit_channel: AuditChannel | None = None
    now: Callable[[], float] = time.time
    slow_s: float = SLOW_S

    async def case_number_to_view(self, interaction: Interaction, text: str, otherwise: Message) -> CaseNumber | None:
        """None where the person may not look, or meant no ticket, and was told so; the latter by `otherwise`."""
        case_number = parse_case_number(text)
        if refusal := self.policy.view(interaction.actor):
            await self.replies.send(interaction, self.denied(refusal))
            return None
        if case_number is None:
            await self.replies.send(interaction, otherwise)
        return case_number

    async def look(self, interaction: Interaction, case_number: CaseNumber) -> Ticket:
        """For whoever only looks. Raises SweeppeaError. Somebody who has to wait is told so, once."""
        async with self._telling_if_slow(interaction, case_number):
            return await self.sweeppea.look(case_number, deadline=interaction.deadline)

    async def read(self, interaction: Interaction, case_number: CaseNumber) -> Ticket:
        """For whoever decides: see SweeppeaClient.read. Otherwise as `look`."""
        async with self._telling_if_slow(interaction, case_number):
            return await self.sweeppea.read(case_number, deadline=interaction.deadline)

    def _telling_if_slow(self, interaction: Interaction, case_number: CaseNumber) -> AbstractAsyncContextManager[None]:
        async def tell() -> None:
            ahead = self.sweeppea.ahead_of(case_number)
            await self.replies.send(interaction, still_looking(case_number, ahead))

        return _if_slow(self.slow_s, tell)

    async def tell_failure(
        self, interaction: Interaction, error: SweeppeaError, case_number: CaseNumber, *, nothing_changed: bool = False
    ) -> None:
        """`nothing_changed` where the person wanted to change something."""
        log.warning("%s: %s", case_number, error)
        message = errors.read_error(
            error, case_number, interaction.reference, self.replies.bot_contact, nothing_changed=nothing_changed
        )
        await self.replies.send(interaction, message)

    def denied(self, denial: Denial, *, requester: str = "", case_number: CaseNumber | None = None) -> Message:
        """`requester` and `case_number` are those of a request."""
        return errors.denied(
            denial,
            self.replies.bot_contact,
            channels=self.policy.channels,
            workspace=self.workspace,
            requester=requester,
            case_number=case_number,
        )

    async def settle(self, interaction: Interaction, message: Message) -> None:
        """Changes the message that was pressed; where that fails the person is told directly, or else privately."""
        if not await self.replies.replace(interaction, message):
            await self.tell_directly(interaction, message)

    async def tell_directly(self, interaction: Interaction, message: Message) -> None:
        if not await self.replies.direct(interaction, message):
            await self.replies.send(interaction, message)

    async def insist(self, tell: Callable[[], Awaitable[object]]) -> None:
        """However often a stop cuts it off: else the runner tells that nothing was changed, which may not be true."""
        while True:
            try:
                await tell()
            except asyncio.CancelledError:  # perhaps it was told, perhaps not
                continue
            return

    def send_receipt(self, interaction: Interaction, ticket: Ticket) -> None:
        """As soon as may be; should it fail, then what was said of the deletion stands all the same."""
        if self.settings.delete_receipt:
            self.runner.start(self._send_receipt(interaction, ticket))

    async def _send_receipt(self, interaction: Interaction, ticket: Ticket) -> None:
        try:
            large = receipt.is_large(ticket)
            for message in await asyncio.to_thread(receipt.receipt, ticket) if large else receipt.receipt(ticket):
                if not await self.replies.direct(interaction, message):
                    await self.replies.send(interaction, receipt.shortened(ticket))
                    return
        except asyncio.CancelledError:  # the bot is being stopped, and the text is nowhere else
            await self.insist(partial(self.replies.send, interaction, receipt.shortened(ticket)))

    def audit(
        self,
        interaction: Interaction,
        event: audit.Event,
        case_number: CaseNumber | None,
        outcome: str,
        change: Change = "delete",
    ) -> None:
        """Written at once; told in AUDIT_CHANNEL as soon as may be, which fails nothing."""
        actor = interaction.actor
        line = audit.AuditEvent(
            event=event,
            change=change,
            user=actor.user_id,
            team=actor.team_id,
            channel=actor.channel_id,
            case_number=case_number,
            outcome=outcome,
            reference=interaction.reference,
        )
        audit.write(line, self.now())
        if self.audit_channel:
            self.audit_channel.post(line, self.now())

    @contextmanager
    def on_record(self, interaction: Interaction, case_number: CaseNumber, change: Change) -> Iterator[None]:
        """Around what a deletion waits for before anything is tried, since a stop cuts it off."""
        try:
            yield
        except asyncio.CancelledError:
            self.audit(interaction, "failed", case_number, "stopped before anything was tried", change)
            raise


@asynccontextmanager
async def _if_slow(after_s: float, tell: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Tells once, if the block takes longer; what follows the block comes after what was told."""
    telling: list[asyncio.Future[None]] = []
    timer = asyncio.get_running_loop().call_later(after_s, lambda: telling.append(asyncio.ensure_future(tell())))
    try:
        yield
    finally:
        timer.cancel()
        if telling:
            await telling[0]
