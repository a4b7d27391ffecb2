"""What goes on record: a line in the ledger, the audit line, and the same in words in AUDIT_CHANNEL."""

import logging
from dataclasses import dataclass

from bot import logs
from bot.audit import AuditEvent, Event
from bot.blockkit.blocks import Message
from bot.changes.request import ChangeRequest, Click, PendingCheck
from bot.ledger.database import LedgerError
from bot.tickets import CaseNumber, Change
from handlers.services import Services
from handlers.slack.interaction import Interaction

About = Click | ChangeRequest | PendingCheck | CaseNumber | None
"""What an event is about: as much as is known."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recorder:
    services: Services

    async def record(
        self, by: Interaction, event: Event, outcome: str, about: About, *, change: Change = "delete"
    ) -> bool:
        """For an event that belongs to no step of a change. Whether the audit line is flushed."""
        line = audit_event(by, event, outcome, about, change)
        try:
            await self.services.ledger.record(line)
        except LedgerError as error:  # nothing depends on these: the audit line has them all the same
            log.warning("the ledger misses an audit line: %s", error)
        return await self.publish(line)

    async def publish(self, line: AuditEvent) -> bool:
        """What the ledger has already. AUDIT_CHANNEL hears of the event as soon as may be; that fails nothing."""
        services = self.services
        level = logging.WARNING if line.event == "unclear" else logging.INFO
        logs.note(case_number=line.case_number or "", outcome=f"{line.event}: {line.outcome}", level=level)
        recorded = await services.audit.record(line, services.runtime.now())
        if services.audit_channel:
            services.audit_channel.post(line, services.runtime.now())
        return recorded

    async def refuse(
        self, by: Interaction, reason: str, message: Message, about: About = None, *, change: Change = "delete"
    ) -> None:
        await self.record(by, "refused", reason, about, change=change)
        await self.services.replies.send(by, message)


def audit_event(by: Interaction, event: Event, outcome: str, about: About, change: Change = "delete") -> AuditEvent:
    case_number: CaseNumber | None = None
    asker = confirmer = request = replaces = ""
    match about:
        case Click():
            change, case_number, asker = about.change, about.request.case_number, about.request.requester
            confirmer = "" if event in {"cancelled", "expired"} else about.user_id
            request, replaces = about.request.id, about.request.replaces or ""
        case ChangeRequest():
            case_number, asker, request, replaces = about.case_number, about.requester, about.id, about.replaces or ""
        case PendingCheck():
            change, case_number, request = about.change, about.case_number, about.request_id
            asker, confirmer = about.requester, about.confirmer
        case _:
            case_number = about
    return AuditEvent(
        event=event,
        change=change,
        user=by.actor.user_id,
        asker=asker,
        confirmer=confirmer,
        team=by.actor.team_id,
        channel=by.actor.channel_id,
        case_number=case_number,
        request=request,
        replaces=replaces,
        outcome=outcome,
        ref=by.reference,
    )
