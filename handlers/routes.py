"""Every route, on one screen."""

import re

from slack_bolt.async_app import AsyncApp

from bot import logs
from bot.blockkit.blocks import Message
from bot.messages import commands, errors
from bot.messages.action_ids import ActionId
from bot.tickets import Change
from handlers.access import Access, May
from handlers.answers import Answers
from handlers.asked import Asked
from handlers.check import Checking
from handlers.confirm import Confirmation
from handlers.delete import Deletion
from handlers.delivery import Delivery
from handlers.details import SHORTCUT, TicketDetails
from handlers.finish import Finish
from handlers.receipts import Receipts
from handlers.record import Recorder
from handlers.recover import Recovery
from handlers.resume import Resume
from handlers.services import Services
from handlers.slack.interaction import Interaction
from handlers.slack.runner import Handler, Listener
from handlers.ticket import TicketView

ROUTES = (commands.VIEW, commands.DELETE, *ActionId)
"""What an Interaction's `route` is; with a suffix where a button has several kinds."""


def register(app: AsyncApp, services: Services) -> Recovery:
    """Beside each route: who may use it. See handlers.access. What is returned goes on with what was interrupted."""
    view = TicketView(services)
    details = TicketDetails(services)
    recorder = Recorder(services)
    receipts = Receipts(services)
    finish = Finish(services, recorder, receipts, Delivery(services, receipts), Answers(services.ledger))
    confirmation = Confirmation(services, recorder, finish)
    deletion = Deletion(services, recorder, Asked(services), confirmation)
    resume = Resume(services, finish)
    recovery = Recovery(services, finish, resume)
    checking = Checking(services, recorder, finish, resume)
    access = Access(services, recorder)

    async def tell(interaction: Interaction, message: Message) -> None:
        await (details.tell if interaction.view else services.replies.send)(interaction, message)

    async def stale(interaction: Interaction) -> None:
        logs.note(outcome="refused: the button is out of date")
        await services.replies.send(interaction, errors.stale_button())

    def guarded(handler: Handler, may: May) -> Listener:
        return services.runner.listener(access.guarded(handler, may, tell))

    def audited(handler: Handler, may: May, change: Change = "delete") -> Listener:
        """For a deletion: what the bot refuses is on record."""
        return services.runner.listener(access.audited(handler, may, change), access.while_stopping(change))

    app.command(commands.VIEW)(guarded(view.command, access.viewers_or_help))
    app.action(ActionId.REFRESH)(guarded(_by_place(view.refresh, details.refresh), access.viewers))
    app.action(ActionId.SHARE)(guarded(_by_place(view.share, details.share), access.viewers))
    app.action(ActionId.DETAILS)(guarded(details.open, access.viewers))
    app.action(re.compile(rf"^{ActionId.DETAILS_PAGE}_[a-z]+$"))(guarded(details.page, access.viewers))
    app.message_shortcut(SHORTCUT)(guarded(details.look_up, access.viewers))
    app.action(re.compile(rf"^{ActionId.LOOK_UP}_\d+$"))(guarded(view.look_up, access.viewers))

    app.command(commands.DELETE)(audited(deletion.command, access.askers_or_help))
    app.action(ActionId.ASK_TO_DELETE)(audited(deletion.from_card, access.askers))
    app.action(ActionId.DELETE)(audited(confirmation.delete, access.confirmers))
    app.action(ActionId.RESOLVE)(audited(confirmation.resolve, access.confirmers, "resolve"))
    app.action(ActionId.CANCEL)(audited(deletion.cancel, access.cancellers))
    app.action(ActionId.CHECK)(audited(checking.check, access.members))

    # Last: the button of an older version gets an answer too.
    app.action(re.compile(""))(guarded(stale, access.anybody))
    return recovery


def _by_place(in_message: Handler, in_modal: Handler) -> Handler:
    """One button in two places: a click in a modal has no channel and no response_url."""

    async def click(interaction: Interaction) -> None:
        await (in_modal if interaction.view else in_message)(interaction)

    return click
