"""Who may use a route, decided before its handler runs; and the answer to everybody else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot import logs
from bot.blockkit.blocks import Message
from bot.changes.request import ChangeRequest, PendingCheck
from bot.messages import delete_check, errors
from bot.messages.details_page import DetailsPage
from bot.messages.help import asks_about, asks_for_help
from bot.policy import Actor, Denial
from bot.tickets import Change, parse_case_number
from handlers.record import About, Recorder
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.runner import Handler

STOPPING = "the bot is stopping"  # on record

May = Callable[[Interaction], Denial | None]
Tell = Callable[[Interaction, Message], Awaitable[object]]


@dataclass(frozen=True)
class Access:
    """First the groups of people, by the rules of bot.policy: None for a member, else the reason why not.

    A button whose value can't be read is of another version: its handler says so, to whoever clicks.
    """

    services: Services
    recorder: Recorder

    def anybody(self, _: Interaction) -> Denial | None:
        return None

    def viewers(self, by: Interaction) -> Denial | None:
        """A click in a modal has no channel: what the modal carries says in which channel it was opened."""
        if not by.view:
            return self.services.policy.view(by.actor)
        page = DetailsPage.parse(by.action_value) or DetailsPage.opened_in(by.view)
        return self.services.policy.view(replace(by.actor, channel_id=page.channel)) if page else None

    def viewers_or_help(self, by: Interaction) -> Denial | None:
        """A command: `help`, `about` and an empty one are for everybody."""
        is_help = asks_for_help(by.command_text) or asks_about(by.command_text)
        return None if is_help else self.viewers(by)

    def askers(self, by: Interaction) -> Denial | None:
        return self.services.policy.ask_to_delete(by.actor)

    def askers_or_help(self, by: Interaction) -> Denial | None:
        """A command: `help` and an empty one are for everybody."""
        return None if asks_for_help(by.command_text) else self.askers(by)

    def confirmers(self, by: Interaction) -> Denial | None:
        request = ChangeRequest.parse(by.action_value)
        return self.services.policy.confirm(_in_channel(by, request), requester=request.requester) if request else None

    def cancellers(self, by: Interaction) -> Denial | None:
        request = ChangeRequest.parse(by.action_value)
        return self.services.policy.cancel(_in_channel(by, request), requester=request.requester) if request else None

    def members(self, by: Interaction) -> Denial | None:
        return self.services.policy.check(by.actor) if PendingCheck.parse(by.action_value) else None

    def guarded(self, handler: Handler, may: May, tell: Tell) -> Handler:
        """For what only looks. `tell` takes a denial to the person."""

        async def handle(interaction: Interaction) -> None:
            if denial := may(interaction):
                logs.note(outcome=f"refused: {denial.value}")
                await tell(interaction, self._denied(denial, None))
            else:
                await handler(interaction)

        return handle

    def audited(self, handler: Handler, may: May, change: Change = "delete") -> Handler:
        """For what belongs to a deletion: a denial is on record."""

        async def handle(interaction: Interaction) -> None:
            if denial := may(interaction):
                about = _about(interaction)
                await self._refuse(interaction, denial.value, self._denied(denial, about), about, change)
            else:
                await handler(interaction)

        return handle

    def while_stopping(self, change: Change = "delete") -> Handler:
        """What a stopping bot refuses is on record too."""

        async def handle(interaction: Interaction) -> None:
            about = _about(interaction)
            is_check = isinstance(about, PendingCheck)
            message = delete_check.not_looked_up(delete_check.RESTARTING) if is_check else errors.restarting()
            await self._refuse(interaction, STOPPING, message, about, change)

        return handle

    async def _refuse(self, by: Interaction, reason: str, message: Message, about: About, change: Change) -> None:
        if by.action_value or about:
            # Whoever checks a deletion must not read "nothing was changed" because a stop cut this off.
            await self.services.runner.complete(self.recorder.refuse(by, reason, message, about, change=change))
        else:  # a command without a case number, be it for help or mistyped: no event
            await self.services.replies.send(by, message)

    def _denied(self, denial: Denial, about: About) -> Message:
        if isinstance(about, PendingCheck):
            return delete_check.not_looked_up(delete_check.FOR_MEMBERS)
        request = about if isinstance(about, ChangeRequest) else None
        return errors.denied(
            denial,
            self.services.replies.bot_contact,
            channels=self.services.policy.channels,
            workspace=self.services.workspace,
            requester=request.requester if request else "",
            case_number=request.case_number if request else None,
        )


def _in_channel(by: Interaction, request: ChangeRequest) -> Actor:
    """Buttons that the bot sent as a direct message count for the channel that their request is of."""
    is_direct = by.actor.channel_id.startswith("D")
    return replace(by.actor, channel_id=request.channel) if is_direct and request.channel else by.actor


def _about(interaction: Interaction) -> About:
    """What the click or the command is about, as far as that can be read."""
    value = interaction.action_value
    about = ChangeRequest.parse(value) or PendingCheck.parse(value)
    return about or parse_case_number(value or interaction.command_text)
