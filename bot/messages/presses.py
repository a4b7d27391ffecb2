"""Private answers to presses that change nothing: those that come after another, and checks that are refused."""

from bot.blockkit.blocks import Message, date, section, user
from bot.changes.claims import Claim
from bot.messages.commands import DELETE, VIEW
from bot.tickets import CaseNumber

_UNMOVED = "so this press changed nothing"


def already(number: CaseNumber, claim: Claim) -> Message:
    """To a press that came after another. Of what others did it says no more than is known here."""
    by, when, see = user(claim.user_id), date(claim.at), f"`{VIEW} {number}`"
    elsewhere = f"If the message does not tell what came of it: {see}"
    told = {
        "working": f":hourglass_flowing_sand: {by} pressed a button here just before, and it is being worked on.",
        "deleted": f":wastebasket: Ticket {number} was deleted by {by} {when}.",
        "resolved": f":white_check_mark: Ticket {number} was resolved by {by} {when}.",
        "cancelled": f":no_entry_sign: {by} cancelled this {when}, {_UNMOVED}. To see the ticket: {see}",
        "expired": f":hourglass: This question ran out, {_UNMOVED}. Ask again: `{DELETE} {number}`",
        "answered": f":information_source: {by} answered this {when}, {_UNMOVED}. {elsewhere}",
    }[claim.state]
    return Message(told, (section(told),))


RESTARTING = "The bot is restarting: press again in a minute."
FOR_MEMBERS = "That is for members of this workspace: ask one of them."
OTHER_VERSION = f"This button belongs to another version of this bot. To see a ticket: `{VIEW}` and its number."


def not_looked_up(why: str) -> Message:
    """To a check that is refused. It does not say that nothing was changed: that would be taken for what was found."""
    title = "The ticket was not looked up."
    return Message(f"{title} {why}", (section(f":mag: *{title}*", why),))
