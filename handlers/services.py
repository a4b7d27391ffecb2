"""What the handlers work with, and reading a ticket for somebody who waits."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.api.client import SweeppeaClient
from bot.api.errors import SweeppeaError
from bot.audit import AuditLog
from bot.blockkit.blocks import Message
from bot.changes.claims import Claims
from bot.messages import errors
from bot.messages.delete_request import RequestOptions
from bot.messages.help import still_looking
from bot.policy import Denial, Policy
from bot.runtime import Runtime
from bot.settings import Settings
from bot.tickets import CaseNumber, Ticket, parse_case_number
from handlers.slack.audit_channel import AuditChannel
from handlers.slack.interaction import Interaction
from handlers.slack.replies import Replies
from handlers.slack.runner import Runner

SLOW_S = 1.5  # after this long somebody who waits is told so

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Services:
    settings: Settings
    policy: Policy
    client: SweeppeaClient
    replies: Replies
    runner: Runner
    runtime: Runtime
    audit: AuditLog
    audit_channel: AuditChannel | None = None
    claims: Claims = field(default_factory=Claims)
    workspace: str = ""
    slow_s: float = SLOW_S

    @property
    def request_options(self) -> RequestOptions:
        settings = self.settings
        return RequestOptions(
            ttl_s=settings.delete_prompt_ttl_s,
            resolve=settings.ticket_resolve,
            second_person=settings.delete_second_person,
            contact=settings.bot_contact,
        )

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
        """For somebody who only looks. Raises SweeppeaError. Whoever has to wait is told so, once."""
        async with self._patience(interaction, case_number):
            return await self.client.look(case_number, deadline=interaction.deadline)

    async def read(self, interaction: Interaction, case_number: CaseNumber) -> Ticket:
        """For somebody who decides: the request begins now. Otherwise as `look`."""
        async with self._patience(interaction, case_number):
            return await self.client.read(case_number, deadline=interaction.deadline)

    @asynccontextmanager
    async def _patience(self, interaction: Interaction, case_number: CaseNumber) -> AsyncIterator[None]:
        async def notify() -> None:
            ahead = self.client.ahead_of(case_number)
            await self.replies.send(interaction, still_looking(case_number, ahead))

        async with _notify_if_slow(self.slow_s, notify):
            yield

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


@asynccontextmanager
async def _notify_if_slow(after_s: float, notify: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Notifies once, if the block takes longer; what follows the block comes after the notice."""
    notices: list[asyncio.Future[None]] = []
    timer = asyncio.get_running_loop().call_later(after_s, lambda: notices.append(asyncio.ensure_future(notify())))
    try:
        yield
    finally:
        timer.cancel()
        if notices:
            await notices[0]
