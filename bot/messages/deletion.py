"""The conversation of a deletion, state by state. Each message says what has, or has not, been done."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.blockkit import blocks
from bot.blockkit.blocks import Block, Message, code, context, count, date, reference, section, user
from bot.changes.request import ChangeRequest, Check, Difference
from bot.messages import card
from bot.messages.action_ids import ActionId
from bot.messages.commands import DELETE, VIEW
from bot.messages.errors import quoted_api
from bot.tickets import CaseNumber, Change, Ticket

_DOING = {"delete": "Deleting", "resolve": "Resolving"}
_DONE = {"delete": "deleted", "resolve": "resolved"}
_FOUND = {"delete": "gone", "resolve": "closed"}
_STILL = {"delete": "there", "resolve": "open"}
_SIGN = {"delete": ":wastebasket:", "resolve": ":white_check_mark:"}


@dataclass(frozen=True)
class Press:
    """Who pressed, when (seconds since the epoch), and the reference under which the log has it."""

    user_id: str
    at: int
    reference: str


@dataclass(frozen=True)
class Offer:
    """What a prompt offers: until when (seconds after it was asked), to whom, and whether resolving too."""

    ttl_s: int
    resolve: bool = True
    second_person: bool = False


def prompt(ticket: Ticket, question: ChangeRequest, offer: Offer, *, note: str = "", seen: bool = True) -> Message:
    """The question, with what would be lost. `note` is what happened since it was asked before.

    Not `seen`: the ticket could not be read after that, so that somebody else may have deleted it by now.
    """
    title = f"Delete ticket {ticket.case_number}?"
    facts = (card.status_words(ticket), card.priority(ticket), card.product(ticket))
    opened = f"opened {date(ticket.date, '{date_short_pretty}')}" if ticket.date else ""
    told = f":warning: *This cannot be undone.* Gone with it: {_loss(ticket)}."
    if offer.resolve:
        told += " Resolving closes the ticket and keeps all of it."
    asked = f"Asked by {user(question.requester)}"
    if offer.second_person:
        asked += ", *somebody else has to confirm*"
    holds = f"holds until {date(question.expires_at(offer.ttl_s), '{time}')}"
    said = f"{note} " if note else ""
    nothing = "nothing has been deleted yet"
    text = f"{title} {said}{card.summary(ticket)}. This cannot be undone."
    return Message(
        f"{text} N{nothing[1:]}." if seen else text,
        (
            blocks.header(title),
            *([section(note)] if note else []),
            card.subject_line(ticket),
            section(blocks.DOT.join(part for part in (*facts, opened) if part)),
            section(told),
            _choices(ticket.case_number, question, resolve=offer.resolve),
            context(asked, holds, *[nothing] * seen),
        ),
    )


def _loss(ticket: Ticket) -> str:
    counted = (
        (len(ticket.notes), "note"),
        (len(ticket.files), "file"),
        (len(ticket.collaborators), "collaborator"),
    )
    lost = ["the description"] * bool(ticket.description)
    lost += [count(number, thing) for number, thing in counted if number]
    return f"{', '.join(lost)} and the history" if lost else "the history"


def _choices(number: CaseNumber, question: ChangeRequest, *, resolve: bool) -> Block:
    value = question.encode()
    keep = blocks.button(
        "Resolve instead",
        ActionId.RESOLVE,
        value,
        style="primary",
        hint=f"Resolve instead: ticket {number} keeps its history",
    )
    return blocks.actions(
        *([keep] if resolve else []),
        blocks.button(f"Delete {number}", ActionId.DELETE, value, style="danger", hint=f"Delete {number} for good"),
        blocks.button("Cancel", ActionId.CANCEL, value, hint=f"Cancel: ticket {number} stays"),
    )


def changed(differences: Iterable[Difference]) -> str:
    """The note of a prompt whose ticket is not the one that was shown before."""
    told = ", ".join(_difference(difference) for difference in differences)
    return f":arrows_counterclockwise: *The ticket changed since you were asked*, so nothing was done. Changed: {told}."


def _difference(difference: Difference) -> str:
    if not difference.more:
        was = card.PRIORITY_NAMES.get(difference.was)
        return f"the {difference.field}" + (f", which was {was}" if was else "")
    thing = difference.field.removesuffix("s")
    return f"{count(abs(difference.more), thing)} {'more' if difference.more > 0 else 'fewer'}"


def not_done(change: Change, why: str, *, seen: bool = True) -> str:
    """The note of a prompt whose buttons come back; `seen` as there."""
    if seen:
        title = "Nothing was deleted." if change == "delete" else "The ticket was not resolved."
    else:
        title = f"This press did not {change} the ticket."
    return f":electric_plug: *{title}* {why} Press again to try once more."


BUSY = "The ticket system is busy."
UNREACHABLE = "The ticket system could not be reached."


def unusable(message: str | None) -> str:
    return f"The ticket system answered with an error. {quoted_api(message)}The ticket is still there, and open."


def under_way(ticket: Ticket, change: Change, check: Check) -> Message:
    """Shown before the call is made. Should this be the last that is heard, whoever presses Check gets the truth."""
    title = f"{_DOING[change]} ticket {ticket.case_number}…"
    shown = section(f":hourglass_flowing_sand: *{title}*")
    told = context(_pressed(check), "if this stays, *Check now* tells what came of it")
    return Message(title, (shown, card.subject_line(ticket), _check(check), told))


def done(ticket: Ticket, change: Change, press: Press, *, late: bool = False) -> Message:
    """The record. `late`: the ticket system's confirmation was lost, and reading the ticket again showed it."""
    title = f"Ticket {ticket.case_number} was {_DONE[change]}"
    told = f"{_SIGN[change]} *{title}*" + (" instead of deleted" if change == "resolve" else "")
    if late:
        told += f"\nThe confirmation was lost, so the ticket was read again: it is {_FOUND[change]}."
    by = (f"By {user(press.user_id)}", date(press.at), reference(press.reference))
    shown = (section(told), card.subject_line(ticket), context(*by))
    return Message(f"{title} by {user(press.user_id)}.", shown)


def unclear(check: Check, ref: str) -> Message:
    """No answer, and the ticket could not be read afterwards."""
    title = f"It cannot be told whether ticket {check.case_number} was {_DONE[check.change]}."
    why = "No usable answer was seen, and the ticket could not be read since."
    told = f"{why} Nothing more will be tried by itself: *Check now* looks again."
    return _to_check(":grey_question:", title, told, check, ref)


def may_still_happen(check: Check, ref: str) -> Message:
    """No answer, and the ticket was there when it was read."""
    still = f"is still {_STILL[check.change]} just now, but may still be {_DONE[check.change]}"
    title = f"Ticket {check.case_number} {still}."
    told = "No answer was seen, and the ticket system may yet carry the request out. Check again after a minute."
    return _to_check(":hourglass:", title, told, check, ref)


def _to_check(sign: str, title: str, told: str, check: Check, ref: str) -> Message:
    parts = (section(f"{sign} *{title}*", told), _check(check), context(_pressed(check), reference(ref)))
    return Message(f"{title} {told}", parts)


def _check(check: Check) -> Block:
    hint = f"Check now whether ticket {check.case_number} was {_DONE[check.change]}"
    return blocks.actions(blocks.button("Check now", ActionId.CHECK, check.encode(), hint=hint))


def _pressed(check: Check) -> str:
    return f"Pressed by {user(check.presser)} {date(check.pressed_at)}"


def gone(check: Check, ref: str) -> Message:
    """What a check found: the ticket is there no more."""
    title = f"Ticket {check.case_number} is gone."
    told = "The ticket system does not show it to this bot any more."
    return _end(":wastebasket:", title, told, (_pressed(check), reference(ref)))


def closed(number: CaseNumber, ref: str) -> Message:
    told = f"Nothing was deleted: only open tickets can be. To see it: `{VIEW} {number}`"
    return _end(":white_check_mark:", f"Ticket {number} is closed.", told, (reference(ref),))


def not_open(ticket: Ticket, ref: str) -> Message:
    """Closed, or the ticket system did not say."""
    if ticket.status:
        return closed(ticket.case_number, ref)
    told = f"So nothing was tried: only open tickets can be deleted. To see it: `{VIEW} {ticket.case_number}`"
    title = f"It cannot be told whether ticket {ticket.case_number} is open."
    return _end(":grey_question:", title, told, (reference(ref),))


def still_there(check: Check, ref: str) -> Message:
    """What a check found after the time in which a late request may be carried out."""
    title = f"Ticket {check.case_number} was not {_DONE[check.change]}."
    told = f"It is still there, and open. To ask again: `{DELETE} {check.case_number}`"
    return _end(":information_source:", title, told, (_pressed(check), reference(ref)))


def not_there(number: CaseNumber, ref: str) -> Message:
    """Gone before anything was tried."""
    told = "So this press changed nothing: somebody deleted it before, or this bot may not see it any more."
    return _end(":mag:", f"Ticket {number} is not there any more.", told, (reference(ref),))


def not_deletable(number: CaseNumber, change: Change, ref: str, *, seen: bool) -> Message:
    """The API folds several causes into its one 404. `seen`: the ticket was read after that, and is open."""
    foreign = "It was created by somebody else than the owner of this bot's key."
    if seen:
        title = f"Ticket {number} was not {_DONE[change]}."
        told = "The ticket system refuses it, although the ticket is there, and open."
        told += f" Most likely this is why: {foreign}" if change == "delete" else ""
    else:
        title = _not_by_this(number, change)
        causes = ["It is gone already.", "It was closed in the meantime.", *[foreign] * (change == "delete")]
        told = "\n• ".join(["The ticket system refuses it, for one of these reasons:", *causes])
        told += f"\nTo see which: `{VIEW} {number}`"
    return _end(":mag:", title, told, (reference(ref),))


def key_refused(number: CaseNumber, change: Change, ref: str) -> Message:
    title = _not_by_this(number, change)
    told = "The ticket system does not accept this bot's key, and trying again won't help. Tell whoever runs this bot."
    return _end(":key:", title, told, (reference(ref),))


def _not_by_this(number: CaseNumber, change: Change) -> str:
    """Where the ticket could not be read afterwards: somebody else may have been faster."""
    return f"This press did not {change} ticket {number}."


def cancelled(number: CaseNumber, by: str, *, seen: bool) -> Message:
    """`seen`: the ticket was read, and was there: that stays true whoever else deletes it while this is on its way."""
    told = f"Deletion of {code(number)} cancelled by {user(by)}"
    state = "the ticket was still there" if seen else f"the ticket could not be read; to see it: `{VIEW} {number}`"
    return Message(f"{told}. {state[0].upper()}{state[1:]}.", (context(f":no_entry_sign: {told}", state),))


def expired(number: CaseNumber, at: int) -> Message:
    told = f"This question ran out {date(at)}"
    again = f"ask again with `{DELETE} {number}`"
    return Message(
        f"{told}. The ticket was still there; {again}.",
        (context(f":hourglass: {told}", "the ticket was still there", again),),
    )


def unchangeable(number: CaseNumber, change: Change, ref: str) -> Message:
    """Told by direct message: where the buttons can't be taken away nothing is tried."""
    title = f"Ticket {number} was not {_DONE[change]}."
    why = "The message with the buttons could not be changed, so nothing was tried."
    told = f"{why} Press again, or ask anew: `{DELETE} {number}`"
    return _end(":electric_plug:", title, told, (reference(ref),))


def _end(sign: str, title: str, told: str, parts: Iterable[str]) -> Message:
    return Message(f"{title} {told}", (section(f"{sign} *{title}*", told), context(*parts)))
