"""Who may use a route, asked before its handler runs; and what is said while the bot is stopping."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.blockkit.blocks import Message
from bot.changes.request import ChangeRequest, PendingCheck
from bot.messages import delete_check, errors
from bot.messages.help import asks_for_help
from bot.policy import Denial
from bot.tickets import Change, parse_case_number
from handlers.record import About, Recorder
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.runner import Handler

STOPPING = "the bot is stopping"  # on record

May = Callable[[Interaction], Denial | None]


@dataclass(frozen=True)
class Access:
    """The people are those of bot.policy: each method says whether this interaction is theirs."""

    services: Services
    recorder: Recorder

    def anybody(self, _: Interaction) -> Denial | None:
        return None

    def askers(self, by: Interaction) -> Denial | None:
        """Of what was typed, `help` and nothing at all are for everybody."""
        is_help = not by.action_value and asks_for_help(by.command_text)
        return None if is_help else self.services.policy.ask_to_delete(by.actor)

    def confirmers(self, by: Interaction) -> Denial | None:
        """A value that is no request is told to be out of date: by the handler, to whoever clicks."""
        request = ChangeRequest.parse(by.action_value)
        return self.services.policy.confirm(by.actor, requester=request.requester) if request else None

    def cancellers(self, by: Interaction) -> Denial | None:
        request = ChangeRequest.parse(by.action_value)
        return self.services.policy.cancel(by.actor, requester=request.requester) if request else None

    def members(self, by: Interaction) -> Denial | None:
        return self.services.policy.check(by.actor) if PendingCheck.parse(by.action_value) else None

    def guarded(self, handler: Handler, may: May, change: Change = "delete") -> Handler:
        """For what belongs to a deletion: a denial is on record."""

        async def handle(interaction: Interaction) -> None:
            if denial := may(interaction):
                about = _about(interaction)
                message = self._denied(denial, about)
                if _is_no_event(interaction):
                    await self.services.replies.send(interaction, message)
                else:
                    await self.recorder.refuse(interaction, denial.value, message, about, change=change)
            else:
                await handler(interaction)

        return handle

    def while_stopping(self, change: Change = "delete") -> Handler:
        """Also what a stopping bot refuses is on record."""

        async def refuse(interaction: Interaction) -> None:
            about = _about(interaction)
            is_check = isinstance(about, PendingCheck)
            message = delete_check.not_looked_up(delete_check.RESTARTING) if is_check else errors.restarting()
            if _is_no_event(interaction):
                await self.services.replies.send(interaction, message)
            else:
                await self.recorder.refuse(interaction, STOPPING, message, about, change=change)

        return refuse

    def _denied(self, denial: Denial, about: About) -> Message:
        if isinstance(about, PendingCheck):
            return delete_check.not_looked_up(delete_check.FOR_MEMBERS)
        if isinstance(about, ChangeRequest):
            return self.services.denied(denial, requester=about.requester, case_number=about.case_number)
        return self.services.denied(denial)


def _is_no_event(interaction: Interaction) -> bool:
    """Somebody asks for help, or a slip of the hand: nothing for the record."""
    return not interaction.action_value and parse_case_number(interaction.command_text) is None


def _about(interaction: Interaction) -> About:
    """What can be told of what somebody clicked or typed."""
    value = interaction.action_value
    about = ChangeRequest.parse(value) or PendingCheck.parse(value)
    return about or parse_case_number(value or interaction.command_text)
