"""Every route, on one screen."""

import re

from slack_bolt.async_app import AsyncApp

from bot.messages import commands, errors
from bot.messages.action_ids import ActionId
from bot.tickets import Change
from handlers.access import Access, May
from handlers.check import Checking
from handlers.confirm import Confirmation
from handlers.delete import Deletion
from handlers.details import SHORTCUT, TicketDetails
from handlers.finish import Finish
from handlers.record import Recorder
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.runner import Handler, Listener
from handlers.ticket import TicketView


def register(app: AsyncApp, services: Services) -> None:
    listener = services.runner.listener
    view = TicketView(services)
    details = TicketDetails(services)
    recorder = Recorder(services)
    finish = Finish(services, recorder)
    confirmation = Confirmation(services, recorder, finish)
    deletion = Deletion(services, recorder, confirmation)
    checking = Checking(services, recorder, finish)
    access = Access(services, recorder)

    def audited(handler: Handler, may: May, change: Change = "delete") -> Listener:
        return listener(access.guarded(handler, may, change), access.while_stopping(change))

    app.command(commands.VIEW)(listener(view.command))
    app.action(ActionId.REFRESH)(listener(_on_surface(view.refresh, details.refresh)))
    app.action(ActionId.SHARE)(listener(_on_surface(view.share, details.share)))

    app.action(ActionId.DETAILS)(listener(details.open))
    app.action(re.compile(rf"^{ActionId.DETAILS_PAGE}_[a-z]+$"))(listener(details.page))
    app.message_shortcut(SHORTCUT)(listener(details.look_up))
    app.action(re.compile(rf"^{ActionId.LOOK_UP}_\d+$"))(listener(view.look_up))

    # A deletion: who may use each route, and what they are refused is on record.
    app.command(commands.DELETE)(audited(deletion.command, access.askers))
    app.action(ActionId.ASK_TO_DELETE)(audited(deletion.from_card, access.askers))
    app.action(ActionId.DELETE)(audited(confirmation.delete, access.confirmers))
    app.action(ActionId.RESOLVE)(audited(confirmation.resolve, access.confirmers, "resolve"))
    app.action(ActionId.CANCEL)(audited(deletion.cancel, access.cancellers))
    app.action(ActionId.CHECK)(audited(checking.check, access.members))

    async def stale(interaction: Interaction) -> None:
        await services.replies.send(interaction, errors.stale_button())

    # Last: a button of a version gone by is answered too.
    app.action(re.compile(""))(listener(stale))


def _on_surface(in_message: Handler, in_modal: Handler) -> Handler:
    """A press in a modal has no channel and no response_url: the modal knows where it was opened."""

    async def press(interaction: Interaction) -> None:
        await (in_modal if interaction.view else in_message)(interaction)

    return press
