"""What is said of a deletion beside its message: to a click that came second, to who asks meanwhile, directly."""

from bot.blockkit.blocks import Message, context, date, reference, section, user
from bot.changes.outcome import Standing
from bot.changes.request import Click
from bot.messages.commands import DELETE, VIEW
from bot.messages.delete_check import minute_after
from bot.tickets import CaseNumber


def already_handled(number: CaseNumber, standing: Standing) -> Message:
    """To a click that came after another. Of what others did it says no more than is known here."""
    by, when, see = user(standing.user_id), date(standing.at), f"`{VIEW} {number}`"
    nothing = "This click changed nothing."
    body = {
        "working": f":hourglass_flowing_sand: {by} clicked a button here {when}, and the bot is at it.",
        "deleted": f":wastebasket: Ticket {number} was deleted. {by} confirmed it {when}.",
        "resolved": f":white_check_mark: Ticket {number} was resolved. {by} confirmed it {when}.",
        "cancelled": f":no_entry_sign: {by} cancelled this request {when}. {nothing} To see the ticket: {see}",
        "expired": f":alarm_clock: This request expired. {nothing} Ask again: `{DELETE} {number}`",
        "closed": f":information_source: {by} clicked here {when}. {nothing} If the message doesn't say what came of"
        f" that: {see}",
    }[standing.state]
    return Message(body, (section(body),))


def other_request(other: Click) -> Message:
    """To a click on a request while another one for the same ticket is being carried out, or may still be."""
    number, by, when = other.request.case_number, user(other.user_id), date(other.at)
    title = f"Another request for ticket {number} is under way."
    body = f"{by} confirmed it {when}. This click changed nothing. The buttons here work again once that is over."
    return Message(f"{title} {body}", (section(f":hourglass_flowing_sand: *{title}*", body),))


def under_way_already(other: Click, settled_at: float | None, ref: str) -> Message:
    """To who asks to delete a ticket while a change of the ticket is under way."""
    number, by, when = other.request.case_number, user(other.user_id), date(other.at)
    noun = "deletion" if other.change == "delete" else "resolution"
    title = f"A {noun} of ticket {number} is under way."
    until = f" That is settled {date(minute_after(settled_at), '{time}')} at the latest." if settled_at else ""
    body = f"{by} confirmed it {when}, and the ticket system hasn't answered yet.{until} Then ask again."
    first = section(f":hourglass_flowing_sand: *{title}*", body)
    return Message(f"{title} {body}", (first, context(reference(ref))))


def sent_to_another(user_id: str, link: str, *, is_sent: bool) -> Message:
    """To whoever checks and may not look at tickets, in place of `out_of_date`, which goes to `user_id`."""
    what = "what came of the request"
    sent = f"The bot has sent {user(user_id)} {what}."
    unsent = f"{user(user_id)} is to hear {what}, but Slack doesn't take a message to them just now."
    body = f"couldn't be changed. {sent if is_sent else unsent}"
    return Message(
        f"The message in the channel {body}", (section(f":information_source: {_the_message(link)} {body}"),)
    )


def went_on(number: CaseNumber, user_id: str) -> Message:
    """For the message of a request whose new buttons came as a direct message, and were clicked there."""
    title, where = f"Request to delete {number} went on", f"in a message to {user(user_id)}"
    see = f"to see the ticket: `{VIEW} {number}`"
    first = f":leftwards_arrow_with_hook: *{title}* {where}"
    return Message(f"{title} {where}, {see}.", (context(first, see),))


def out_of_date(message: Message, link: str) -> Message:
    """A direct message, in place of an edit that Slack did not take."""
    note = f":information_source: {_the_message(link)} couldn't be changed, and is out of date. What came of it:"
    return Message(f"What came of an earlier message: {message.text}", (section(note), *message.blocks))


def _the_message(link: str) -> str:
    return f"<{link}|The message in the channel>" if link else "The message in the channel"
