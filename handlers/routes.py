"""Every route, on one screen."""

import re
from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.messages import commands, errors
from bot.messages.action_ids import ActionId
from handlers.check import DeletionCheck
from handlers.delete import Deletion
from handlers.details import SHORTCUT, TicketDetails
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.runner import Handler
from handlers.ticket import TicketView


def register(app: AsyncApp, services: Services) -> None:
    listener = services.runner.listener
    view = TicketView(services)
    details = TicketDetails(services)
    deletion = Deletion(services)
    checking = DeletionCheck(services, deletion.claims)

    app.command(commands.VIEW)(listener(view.command))
    app.action(ActionId.REFRESH)(listener(_on_surface(view.refresh, details.refresh)))
    app.action(ActionId.SHARE)(listener(_on_surface(view.share, details.share)))

    app.action(ActionId.DETAILS)(listener(details.open))
    app.action(re.compile(rf"^{ActionId.DETAILS_PAGE}_[a-z]+$"))(listener(details.page))
    app.message_shortcut(SHORTCUT)(listener(details.look_up))
    app.action(re.compile(rf"^{ActionId.LOOK_UP}_\d+$"))(listener(view.look_up))

    # What they refuse while the bot is stopping has to be on record.
    app.command(commands.DELETE)(listener(deletion.command, deletion.command_while_stopping))
    app.action(ActionId.ASK_TO_DELETE)(listener(deletion.from_card, deletion.press_while_stopping))
    app.action(ActionId.DELETE)(listener(deletion.delete, deletion.press_while_stopping))
    app.action(ActionId.RESOLVE)(listener(deletion.resolve, partial(deletion.press_while_stopping, change="resolve")))
    app.action(ActionId.CANCEL)(listener(deletion.cancel, deletion.press_while_stopping))
    app.action(ActionId.CHECK)(listener(checking.check, checking.check_while_stopping))

    async def stale(interaction: Interaction) -> None:
        await services.replies.send(interaction, errors.stale_button())

    # Last: a button of a version gone by is answered too.
    app.action(re.compile(""))(listener(stale))


def _on_surface(in_message: Handler, in_modal: Handler) -> Handler:
    """A press in a modal has no channel and no response_url: the modal knows where it was opened."""

    async def press(interaction: Interaction) -> None:
        await (in_modal if interaction.view else in_message)(interaction)

    return press
