"""The parts that the handlers work with."""

from dataclasses import dataclass

from bot.api.client import SweeppeaClient
from bot.audit import AuditLog
from bot.ledger.ledger import Ledger
from bot.messages.delete_request import RequestOptions
from bot.policy import Policy
from bot.runtime import Runtime
from bot.settings import Settings
from handlers.slack.audit_channel import AuditChannel
from handlers.slack.replies import Replies
from handlers.slack.runner import Runner

SLOW_S = 1.5  # a person who waits longer for a ticket gets a notice


@dataclass(frozen=True, kw_only=True)
class Services:
    """`workspace` is the name of the workspace that the bot is installed in, `workspace_url` its address in Slack."""

    settings: Settings
    policy: Policy
    client: SweeppeaClient
    replies: Replies
    runner: Runner
    runtime: Runtime
    audit: AuditLog
    ledger: Ledger
    audit_channel: AuditChannel | None = None
    workspace: str = ""
    workspace_url: str = ""
    slow_s: float = SLOW_S

    @property
    def request_options(self) -> RequestOptions:
        return request_options(self.settings)

    def link_to(self, channel: str, message_ts: str) -> str:
        """Of a message; empty where it is not known which one, or seen by one person alone."""
        if not (self.workspace_url and channel and message_ts):
            return ""
        return f"{self.workspace_url.rstrip('/')}/archives/{channel}/p{message_ts.replace('.', '')}"


def request_options(settings: Settings) -> RequestOptions:
    return RequestOptions(
        ttl_s=settings.delete_prompt_ttl_s,
        resolve=settings.ticket_resolve,
        second_person=settings.delete_second_person,
        contact=settings.bot_contact,
    )
