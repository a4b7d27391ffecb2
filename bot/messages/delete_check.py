"""A change whose end is not known: the messages with the button *Check now*, and what it answers."""

import math

from bot.blockkit import blocks
from bot.blockkit.blocks import Block, Message, context, date, reference, section, user
from bot.changes.outcome import Kind
from bot.changes.request import Click, PendingCheck
from bot.messages import card
from bot.messages.action_ids import ActionId
from bot.messages.commands import DELETE, VIEW
from bot.tickets import CaseNumber, Ticket

DONE = {"delete": "deleted", "resolve": "resolved"}
_DOING = {"delete": "Deleting", "resolve": "Resolving"}
RESTARTING = "The bot is restarting. Click again in a minute."
AWAY = "The bot's database didn't answer. Click again in a minute: the bot goes on looking by itself."
FOR_MEMBERS = "This is for members of this workspace. Ask one of them."
OTHER_VERSION = f"This button belongs to another version of this bot. To see a ticket: `{VIEW}` and its case number."


def under_way(click: Click, ticket: Ticket, check: PendingCheck) -> Message:
    """Shown before the call. Should this be the last that is heard, *Check now* finds out."""
    title = f"{_DOING[click.change]} ticket {ticket.case_number}…"
    return Message(
        title,
        (
            section(f":hourglass_flowing_sand: *{title}*"),
            card.subject_line(ticket),
            context(_who(check), date(click.at)),
            check_button(check, "Stuck? Check now"),
        ),
    )


def may_still_happen(check: PendingCheck, ref: str, ticket: Ticket | None = None, *by: str) -> Message:
    title = f"Ticket {check.case_number} isn't {DONE[check.change]} yet, but that may still happen."
    when = date(minute_after(check.settled_at), "{time}")
    body = f"The ticket system didn't answer. The bot looks again by itself, and knows more at {when}."
    return _to_check(title, body, check, ref, ticket, *by)


def minute_after(at: float) -> int:
    """Slack shows minutes: the first whole one after that."""
    return -(-math.ceil(at) // 60) * 60


def unknown(check: PendingCheck, ref: str, ticket: Ticket | None = None, *by: str) -> Message:
    title = f"We don't know whether ticket {check.case_number} was {DONE[check.change]}."
    body = "The ticket system didn't answer, and the ticket could not be read since. The bot goes on looking by itself."
    return _to_check(title, body, check, ref, ticket, *by)


def _to_check(title: str, body: str, check: PendingCheck, ref: str, ticket: Ticket | None, *by: str) -> Message:
    subject = (card.subject_line(ticket),) if ticket else ()
    foot = context(_who(check), date(check.confirmed_at), *by, reference(ref))
    parts = (section(f":warning: *{title}*", body), *subject, check_button(check, "Check now"), foot)
    return Message(f"{title} {body}", parts)


def _who(check: PendingCheck) -> str:
    return f"Confirmed by {user(check.confirmer)}, asked by {user(check.requester)}"


def check_button(check: PendingCheck, label: str) -> Block:
    hint = f"{label}: whether ticket {check.case_number} was {DONE[check.change]}"
    return blocks.actions(blocks.button(label, ActionId.CHECK, check.encode(), hint=hint))


def check_message(check: PendingCheck, kind: Kind, by: str, at: int, ref: str) -> Message:
    """`by` clicked *Check now* at `at`, in seconds since the epoch."""
    checked = f"checked by {user(by)} {date(at)}"
    if kind is Kind.MAY_STILL_HAPPEN:
        return may_still_happen(check, ref, None, checked)
    if kind is Kind.UNKNOWN:
        return unknown(check, ref, None, checked)
    number = check.case_number
    sign, title, body = {
        Kind.FOUND_GONE: (
            ":wastebasket:",
            f"Ticket {number} can't be found any more.",
            f"The ticket system never said whether this request {DONE[check.change]} it.",
        ),
        Kind.FOUND_CLOSED: (
            ":lock:",
            f"Ticket {number} is closed" + (", so it can't be deleted." if check.change == "delete" else "."),
            f"To see it: `{VIEW} {number}`",
        ),
        Kind.FOUND_OPEN: (
            ":information_source:",
            f"Ticket {number} was not {DONE[check.change]}.",
            f"It was still open when it was checked. To ask again: `{DELETE} {number}`",
        ),
    }[kind]
    button = "Delete" if check.change == "delete" else "Resolve instead"
    clicked = f"*{button}* clicked by {user(check.confirmer)} {date(check.confirmed_at)}"
    foot = context(f"{clicked}, asked by {user(check.requester)}", checked, reference(ref))
    return Message(f"{title} {body}", (section(f"{sign} *{title}*", body), foot))


def at_it(number: CaseNumber) -> Message:
    """To a check that comes while the bot itself looks."""
    title = f"The bot is looking up ticket {number} just now."
    body = "The message with the button shows what it finds. If the button is still there in a minute, click it again."
    return Message(f"{title} {body}", (section(f":mag: *{title}*", body),))


def shown_before(number: CaseNumber) -> Message:
    """To a check of what was settled since, and whose message shows something newer, or is forgotten here."""
    return _see(number, f"The result of this click on ticket {number} was shown before.")


def in_its_message(number: CaseNumber) -> Message:
    """To a check in another message than the request's, which has buttons again, or is at somebody else's."""
    return _see(number, f"The result of this click on ticket {number} is in the message of the request.")


def _see(number: CaseNumber, title: str) -> Message:
    body = f"To see the ticket: `{VIEW} {number}`"
    return Message(f"{title} {body}", (section(f":information_source: *{title}*", body),))


def not_looked_up(why: str) -> Message:
    """To a check that is refused. It does not say that nothing was changed: that would be taken for what was found."""
    title = "The ticket was not looked up."
    return Message(f"{title} {why}", (section(f":mag: *{title}*", why),))
