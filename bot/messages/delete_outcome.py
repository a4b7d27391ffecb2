"""What came of a request, in words chosen from the outcome alone.

First what happened, then what did not, then what to do.
"""

from collections.abc import Callable, Iterable

from bot.api.errors import InvalidResponseError, StatusError
from bot.blockkit import blocks
from bot.blockkit.blocks import Block, Message, context, date, reference, section, user
from bot.changes.outcome import Kind, Outcome
from bot.changes.request import Click
from bot.messages import card
from bot.messages.commands import DELETE, VIEW
from bot.messages.contact import who_to_ask
from bot.messages.delete_check import DONE, may_still_happen, unknown
from bot.messages.delete_request import RequestOptions, changed, request_message
from bot.messages.errors import quoted_api, read_error
from bot.tickets import CaseNumber, Ticket

_SIGN = {"delete": ":wastebasket:", "resolve": ":white_check_mark:"}


def outcome_message(click: Click, outcome: Outcome, options: RequestOptions) -> Message:
    """For the message with the request; privately where `outcome.leaves_request`."""
    if outcome.has_buttons_again and outcome.renewed and outcome.ticket:
        note = _note(click, outcome)
        return request_message(outcome.ticket, outcome.renewed, options, note=note)
    if outcome.kind is Kind.NOT_READ and outcome.error:
        number = click.request.case_number
        return read_error(outcome.error, number, click.ref, options.contact, nothing_changed=True)
    return _MESSAGES[outcome.kind](click, outcome, options)


def _note(click: Click, outcome: Outcome) -> str:
    if outcome.kind is Kind.CHANGED:
        return changed(outcome.differences, click.ref)
    why = {
        Kind.BUSY: "The ticket system is busy.",
        Kind.INTERRUPTED: "The bot was interrupted, and nothing was sent to the ticket system.",
        Kind.UNREACHABLE: "The ticket system could not be reached.",
        Kind.API_ERROR: f"The ticket system answered with an error. {quoted_api(_message_of(outcome))}",
    }[outcome.kind].strip()
    unread = "" if outcome.verified else " The ticket could not be read since."
    title = f"Not {DONE[click.change]}." if outcome.verified else f"This click did not {click.change} the ticket."
    return f":electric_plug: *{title}* {why}{unread} Try again.{blocks.SEPARATOR}{reference(click.ref)}"


def _message_of(outcome: Outcome) -> str | None:
    return outcome.error.message if isinstance(outcome.error, StatusError | InvalidResponseError) else None


def _done(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    """The record."""
    title = f"Ticket {click.request.case_number} {DONE[click.change]}"
    instead = ", not deleted" if click.change == "resolve" else ""
    first = f"{_SIGN[click.change]} *{title}*{instead}"
    return Message(f"{title}{instead}. {_confirmed(click)}.", (section(first), *_subject(outcome), _record(click)))


def _found_done(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    if click.change == "delete":
        title = f"Ticket {click.request.case_number} can't be found any more."
        body = "The ticket system never confirmed the deletion. Most likely this request deleted it."
    else:
        title = f"Ticket {click.request.case_number} is closed."
        body = "The ticket system never confirmed it. Most likely this request resolved it."
    first = section(f"{_SIGN[click.change]} *{title}*", body)
    return Message(f"{title} {body}", (first, *_subject(outcome), _record(click)))


def _cancelled(click: Click, _: Outcome, __: RequestOptions) -> Message:
    """Of the request alone: another one may be deleting the ticket at this moment."""
    title = f"Request to delete {click.request.case_number} cancelled"
    return _line(":no_entry_sign:", title, f"by {user(click.user_id)}", date(click.at))


def _expired(click: Click, _: Outcome, options: RequestOptions) -> Message:
    title = f"Request to delete {click.request.case_number} expired"
    again = f"ask again: `{DELETE} {click.request.case_number}`"
    expired_at = click.request.expires_at(options.ttl_s)
    if 0 < click.at < click.request.requested_at:  # a clock was set back: nobody is told of the future
        expired_at = click.at
    return _line(":alarm_clock:", title, date(expired_at), again)


def _line(sign: str, title: str, *more: str) -> Message:
    return Message(f"{title} {', '.join(more)}.", (context(f"{sign} *{title}* {more[0]}", *more[1:]),))


def _not_open(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    return not_open(outcome.ticket, click.ref) if outcome.ticket else _closed(click.request.case_number, click.ref)


def not_open(ticket: Ticket, ref: str) -> Message:
    """Closed, or the ticket system did not say."""
    if ticket.status:
        return _closed(ticket.case_number, ref)
    title = f"We don't know whether ticket {ticket.case_number} is open."
    why = "The ticket system didn't say, and only open tickets can be deleted."
    body = f"{why} To see it: `{VIEW} {ticket.case_number}`"
    return _end(":warning:", title, body, reference(ref))


def _closed(number: CaseNumber, ref: str) -> Message:
    title = f"Ticket {number} is closed"
    first = section(f":lock: *{title}*, so it can't be deleted.", f"To see it: `{VIEW} {number}`")
    return Message(f"{title}, so it can't be deleted.", (first, context(reference(ref))))


def _found_closed(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    if click.change == "delete":
        return _closed(click.request.case_number, click.ref)
    title, done_by = f"Ticket {click.request.case_number} is closed.", outcome.rivals.done_by
    body = f"The request of {user(done_by)} closed it." if done_by else "Somebody else may have closed it."
    return _end(":lock:", title, body, _confirmed(click), reference(click.ref))


def _found_open(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    """With the time: the message stands for longer than the ticket may."""
    title = f"Ticket {click.request.case_number} was not {DONE[click.change]}."
    when = f" {date(int(outcome.seen_at))}" if outcome.seen_at else ""
    body = f"It was still open{when}. To ask again: `{DELETE} {click.request.case_number}`"
    return _end(":information_source:", title, body, _confirmed(click), reference(click.ref))


def _not_found(click: Click, _: Outcome, __: RequestOptions) -> Message:
    title = f"Ticket {click.request.case_number} can't be found any more."
    body = "This click changed nothing. Somebody deleted the ticket before, or this bot may not see it any more."
    return _end(":mag:", title, body, reference(click.ref))


def _found_gone(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    title = f"Ticket {click.request.case_number} can't be found any more."
    body = "The ticket system never confirmed this request, so we don't know who deleted the ticket."
    rivals = outcome.rivals
    if rivals.done_by and click.change == "delete":
        body = f"The request of {user(rivals.done_by)} deleted it: the ticket system confirmed that one, and not this."
    elif rivals.users and click.change == "delete":
        who = " and ".join(user(user_id) for user_id in dict.fromkeys((click.user_id, *rivals.users)))
        body = f"Most likely it was deleted by one of the requests of {who}. The ticket system confirmed neither."
    return _end(":mag:", title, body, _confirmed(click), date(click.at), reference(click.ref))


def _refused(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    """The API's one 404 has several causes."""
    number, change = click.request.case_number, click.change
    foreign = "the ticket was created with someone else's account"
    if outcome.verified:
        why = f"Most likely {foreign}." if change == "delete" else "The ticket system refused it, without a reason."
        return _end(":no_entry:", f"Ticket {number} was not {DONE[change]}.", why, reference(click.ref))
    causes = ["it was deleted before", "it was closed in the meantime", *[foreign] * (change == "delete")]
    body = f"The ticket system refused it: {', or '.join([', '.join(causes[:-1]), causes[-1]])}."
    title = f"This click did not {change} ticket {number}."
    return _end(":no_entry:", title, f"{body} To see: `{VIEW} {number}`", reference(click.ref))


def _rejected_key(click: Click, _: Outcome, options: RequestOptions) -> Message:
    title = f"This click did not {click.change} ticket {click.request.case_number}."
    body = "The ticket system doesn't accept the bot's API key, and trying again won't help."
    who = who_to_ask(options.contact, private=False)
    return _end(":key:", title, f"{body} Tell {who}.", reference(click.ref))


def _may_still_happen(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    return may_still_happen(click.pending_check(outcome.last_try or click.at), click.ref, outcome.ticket)


def _unknown(click: Click, outcome: Outcome, _: RequestOptions) -> Message:
    return unknown(click.pending_check(outcome.last_try or click.at), click.ref, outcome.ticket)


def _not_updatable(click: Click, _: Outcome, __: RequestOptions) -> Message:
    why = "Slack didn't let the bot change the message with the buttons, so nothing was sent to the ticket system."
    return _not_sent(click, f"{why} Click again, or ask again: `{DELETE} {click.request.case_number}`")


def _not_recorded(click: Click, _: Outcome, options: RequestOptions) -> Message:
    why = "The bot can't put this on record, so nothing was sent to the ticket system."
    return _not_sent(click, f"{why} Tell {who_to_ask(options.contact, private=True)}.")


def _not_saved(click: Click, _: Outcome, options: RequestOptions) -> Message:
    why = "The bot's database didn't answer, so nothing was sent to the ticket system."
    again = f"Ask again in a minute: `{DELETE} {click.request.case_number}`"
    return _not_sent(click, f"{why} {again}. If it goes on, tell {who_to_ask(options.contact, private=False)}.")


def _interrupted(click: Click, _: Outcome, __: RequestOptions) -> Message:
    return _without_buttons(click, "The bot was interrupted, and nothing was sent to the ticket system.")


def _busy(click: Click, _: Outcome, __: RequestOptions) -> Message:
    return _without_buttons(click, "The ticket system was busy, and carried nothing out.")


def _without_buttons(click: Click, why: str) -> Message:
    """Where no new buttons can be offered."""
    title = f"Ticket {click.request.case_number} was not {DONE[click.change]} by this click."
    body = f"{why} Ask again: `{DELETE} {click.request.case_number}`"
    return _end(":electric_plug:", title, body, _confirmed(click), reference(click.ref))


def _not_sent(click: Click, body: str) -> Message:
    title = f"This click did not {click.change} ticket {click.request.case_number}."
    return _end(":electric_plug:", title, body, reference(click.ref))


def _end(sign: str, title: str, body: str, *foot: str) -> Message:
    return Message(f"{title} {body}", (section(f"{sign} *{title}*", body), context(*foot)))


def _confirmed(click: Click) -> str:
    asked = f", asked by {user(click.request.requester)}"
    return f"Confirmed by {user(click.user_id)}{asked}"


def _record(click: Click) -> Block:
    return context(_confirmed(click), date(click.at), reference(click.ref))


def _subject(outcome: Outcome) -> Iterable[Block]:
    return (card.subject_line(outcome.ticket),) if outcome.ticket else ()


_MESSAGES: dict[Kind, Callable[[Click, Outcome, RequestOptions], Message]] = {
    Kind.DONE: _done,
    Kind.FOUND_DONE: _found_done,
    Kind.CANCELLED: _cancelled,
    Kind.EXPIRED: _expired,
    Kind.NOT_OPEN: _not_open,
    Kind.NOT_FOUND: _not_found,
    Kind.NOT_UPDATABLE: _not_updatable,
    Kind.NOT_RECORDED: _not_recorded,
    Kind.NOT_SAVED: _not_saved,
    Kind.INTERRUPTED: _interrupted,
    Kind.BUSY: _busy,
    Kind.REJECTED_KEY: _rejected_key,
    Kind.REFUSED: _refused,
    Kind.MAY_STILL_HAPPEN: _may_still_happen,
    Kind.UNKNOWN: _unknown,
    Kind.FOUND_GONE: _found_gone,
    Kind.FOUND_CLOSED: _found_closed,
    Kind.FOUND_OPEN: _found_open,
}
