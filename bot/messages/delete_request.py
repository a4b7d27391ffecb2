"""The request for a deletion: what would be lost, who asked, until when, and the buttons."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.blockkit import blocks
from bot.blockkit import text as safe_text
from bot.blockkit.blocks import Block, Message, context, count, date, section, user
from bot.changes.request import ChangeRequest
from bot.changes.snapshot import Difference
from bot.messages import card
from bot.messages.action_ids import ActionId
from bot.tickets import Ticket

_MAX_NAME = 60


@dataclass(frozen=True)
class RequestOptions:
    """What a request offers: for how long (seconds), to whom, and whether resolving too. `contact` is BOT_CONTACT."""

    ttl_s: int
    resolve: bool = True
    second_person: bool = False
    contact: str = ""


def request_message(ticket: Ticket, request: ChangeRequest, options: RequestOptions, *, note: str = "") -> Message:
    """`note` is mrkdwn: what happened since the request was posted first; it stands right above the buttons."""
    title = f"Delete ticket {ticket.case_number}?"
    opened = f"opened {date(ticket.date, '{date_short_pretty}')}" if ticket.date else ""
    facts = (card.status_words(ticket), card.priority(ticket), card.product(ticket), opened)
    said = f" {note}" if note else ""
    return Message(
        f"{title}{said} {card.summary(ticket)}. This can't be undone.",
        (
            blocks.header(title),
            card.subject_line(ticket),
            section(blocks.SEPARATOR.join(part for part in facts if part)),
            section(_what_is_lost(ticket, options)),
            *([section(_second_person(request))] if options.second_person else []),
            *([section(note)] if note else []),
            _buttons(request, options),
            context(f"Asked by {user(request.requester)}", f"expires {_until(request, options)}"),
        ),
    )


def _until(request: ChangeRequest, options: RequestOptions) -> str:
    """Slack writes "today" by itself."""
    return date(request.expires_at(options.ttl_s), "{date_short_pretty} at {time}")


def _what_is_lost(ticket: Ticket, options: RequestOptions) -> str:
    counted = (
        (len(ticket.notes), "note"),
        (len(ticket.files), "file"),
        (len(ticket.collaborators), "collaborator"),
    )
    lost = ["the description"] * bool(ticket.description) + [count(number, what) for number, what in counted if number]
    also = f"{', '.join(lost)} and the history" if lost else "the history"
    keep = " *Resolve instead* closes the ticket and keeps all of it." if options.resolve else ""
    return f":warning: *This can't be undone.* Also deleted: {also}.{keep}"


def _second_person(request: ChangeRequest) -> str:
    return f":busts_in_silhouette: *A second person must confirm.* {user(request.requester)} can't."


def _buttons(request: ChangeRequest, options: RequestOptions) -> Block:
    number, value = request.case_number, request.encode()
    delete = blocks.button(f"Delete {number}", ActionId.DELETE, value, style="danger", hint=f"Delete {number} for good")
    resolve = blocks.button(
        "Resolve instead", ActionId.RESOLVE, value, hint=f"Resolve instead: ticket {number} keeps its history"
    )
    cancel = blocks.button("Cancel", ActionId.CANCEL, value, hint=f"Cancel: this request for {number} ends")
    return blocks.actions(delete, *([resolve] if options.resolve else []), cancel)


def changed(differences: Sequence[Difference], ref: str) -> str:
    """The note of a request for a ticket that is not as it was shown."""
    new = ", ".join(_difference(difference) for difference in differences)
    skipped = " What changed in a part that this bot doesn't know won't be compared again."
    omitted = skipped if any(difference.ignored for difference in differences) else ""
    title = ":arrows_counterclockwise: *The ticket changed after it was shown*, so this click changed nothing."
    return f"{title} Changed: {new}.{omitted} Look at it, then click again.{blocks.SEPARATOR}{blocks.reference(ref)}"


def _difference(difference: Difference) -> str:
    if difference.delta:
        more = "more" if difference.delta > 0 else "fewer"
        number = abs(difference.delta)
        thing = difference.what if number == 1 else f"{difference.what}s"
        return f"{number:,} {more} {thing}" if number > 1 or difference.delta < 0 else f"1 new {thing}"
    previous = card.PRIORITY_NAMES.get(difference.previous)
    what = safe_text.mrkdwn(difference.what, _MAX_NAME)
    return what + (f" (it was {previous})" if previous else "")
