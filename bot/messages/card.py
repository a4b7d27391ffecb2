"""The ticket card, what is shared of it, and the parts of it that other messages use."""

from collections.abc import Iterator
from datetime import date

from bot import richtext
from bot.blockkit import blocks, limits, text
from bot.blockkit.blocks import Block, Field, Message, count
from bot.messages import privacy
from bot.messages.action_ids import ActionId
from bot.messages.privacy import Contact
from bot.tickets import Note, Ticket, newest_first

DESCRIPTION_LENGTH = 700  # characters on the card: some ten lines
DESCRIPTION_LINES = 16  # short ones: a card is no taller than a screen
NOTE_LENGTH = 280
NOTE_LINES = 6
LATEST_NOTES = 2
_NAME_LENGTH = 80

_STATUS = {
    False: ":large_green_circle: *Open*",
    True: ":ballot_box_with_check: *Closed*",
    None: ":question: *Status unknown*",
}
_PRIORITY = {
    "1": (":small_blue_diamond:", "Low priority"),
    "2": (":small_orange_diamond:", "Medium priority"),
    "3": (":small_red_triangle:", "High priority"),
}
PRIORITY_NAMES = {priority: words.removesuffix(" priority") for priority, (_, words) in _PRIORITY.items()}
_PROGRESS_STEPS = 4


def card(ticket: Ticket, *, contact: Contact, may_delete: bool, asks_in_channel: bool = True) -> Message:
    """What /ticket answers. `asks_in_channel`: who clicks *Delete…* asks where all can see it."""
    return Message(
        summary(ticket),
        (
            blocks.header(subject(ticket, contact)),
            status_line(ticket),
            *_description(ticket),
            *_facts(ticket, contact),
            *_latest_notes(ticket, contact),
            *_counts(ticket),
            blocks.actions(*_buttons(ticket), _menu(ticket, may_delete=may_delete, asks_in_channel=asks_in_channel)),
        ),
    )


def shared(ticket: Ticket, *, by: str) -> Message:
    """What a channel sees of a ticket: no contact data and no notes. *Details* is decided when clicked."""
    opened = [f"Opened {blocks.date(ticket.date)}"] if ticket.date else []
    closed = [f"closed {blocks.date(ticket.close_date)}"] if ticket.close_date and not ticket.is_open else []
    foot = blocks.context(*opened, *closed, f"shared by {blocks.user(by)}")
    return Message(
        summary(ticket), (subject_line(ticket), status_line(ticket), foot, blocks.actions(_details_button(ticket)))
    )


def subject(ticket: Ticket, contact: Contact = "name") -> str:
    """One line, never empty, as plain text. Where a channel can see it, or a lock screen, it leads to nobody."""
    return privacy.one_line(ticket.subject or "", contact) or "(no subject)"


def subject_line(ticket: Ticket) -> Block:
    return blocks.bold_line(text.plain(subject(ticket), limits.HEADER))


def summary(ticket: Ticket) -> str:
    """The ticket in one sentence, for where blocks can't be shown; nobody's name in it."""
    status = {False: "open", True: "closed", None: "status unknown"}[ticket.status]
    parts = [f"Ticket {ticket.case_number}", status, *(part.lower() for part in [_priority_words(ticket)] if part)]
    return f"{', '.join(parts)}: {text.mrkdwn(subject(ticket), limits.HEADER)}"


def status_line(ticket: Ticket, *, number: bool = True) -> Block:
    """`number` is False where it stands right above."""
    parts = (*[blocks.code(ticket.case_number)] * number, _STATUS[ticket.status], priority(ticket), product(ticket))
    return blocks.context(*(part for part in parts if part))


def status_words(ticket: Ticket) -> str:
    return _STATUS[ticket.status]


def priority(ticket: Ticket) -> str:
    """The three known ones with their sign, any other as it came; empty where there is none."""
    sign, _ = _PRIORITY.get(ticket.priority or "", ("", ""))
    return f"{sign} {_priority_words(ticket)}".strip()


def _priority_words(ticket: Ticket) -> str:
    if ticket.priority in _PRIORITY:
        return _PRIORITY[ticket.priority][1]
    came = text.mrkdwn(privacy.one_line(ticket.priority or ""), 40)
    return f"Priority {came}" if came else ""


def product(ticket: Ticket) -> str:
    came = privacy.one_line(ticket.resource_affected or "")
    name = came.upper() if came.lower() == "api" else came[:1].upper() + came[1:]
    return text.mrkdwn(name, 40)


def opener(ticket: Ticket, contact: Contact) -> str:
    person = ticket.account_info
    name = text.mrkdwn(privacy.name(person.full_name, contact), _NAME_LENGTH)
    more = (person.email, person.mobile_number) if contact == "full" else ()
    return "\n".join(filter(None, (name, *(text.mrkdwn(value or "", _NAME_LENGTH) for value in more))))


def _description(ticket: Ticket) -> Iterator[Block]:
    shown = richtext.from_html(ticket.description or "", limit=DESCRIPTION_LENGTH, lines=DESCRIPTION_LINES)
    if shown.elements:
        yield blocks.rich_text(shown.elements)
    if shown.omitted:
        yield blocks.context(f"… {count(shown.omitted, 'more character')} in Details")


def _facts(ticket: Ticket, contact: Contact) -> Iterator[Block]:
    """What belongs together stands side by side."""
    moments = (_opened(ticket, contact), _closed(ticket, contact))
    yield from blocks.fields([*moments, _progress(ticket), _sweepstakes(ticket, contact)])


def _sweepstakes(ticket: Ticket, contact: Contact) -> Field:
    name = privacy.one_line(ticket.account_info.sweepstakes_name or "", contact)
    return Field("Sweepstakes", text.mrkdwn(name, _NAME_LENGTH))


def _progress(ticket: Ticket) -> Field:
    is_news = ticket.completion and not ticket.status  # nothing yet, or closed: no news
    return Field("Progress", progress(ticket) if is_news else "")


def progress(ticket: Ticket) -> str:
    """As a bar and in percent; empty where none is known."""
    done = ticket.completion
    if done is None:
        return ""
    full = int(min(max(done / 100, 0), 1) * _PROGRESS_STEPS)  # full at the end, not just before it
    bar = ":large_green_square:" * full + ":white_large_square:" * (_PROGRESS_STEPS - full)
    return f"{bar} {text.mrkdwn(f'{done:.6g}', 20)} %"


def _opened(ticket: Ticket, contact: Contact) -> Field:
    return moment("Opened", ticket.date, opener(ticket, contact))


def _closed(ticket: Ticket, contact: Contact) -> Field:
    if ticket.is_open:
        return Field("Closed", "")
    name = text.mrkdwn(privacy.name(ticket.closed_by, contact), _NAME_LENGTH)
    return moment("Closed", ticket.close_date, name)


def moment(what: str, when: date | None, who: str) -> Field:
    parts = (blocks.date(when) if when else "", f"by {who}" if who else "")
    return Field(what, "\n".join(filter(None, parts)))


def latest_notes(ticket: Ticket) -> list[Note]:
    return newest_first(ticket.notes, lambda note: note.date)


def _latest_notes(ticket: Ticket, contact: Contact) -> Iterator[Block]:
    latest = [note for note in latest_notes(ticket) if note.note][:LATEST_NOTES]
    for note in latest:
        words, _ = richtext.note_to_text(note.note or "", limit=NOTE_LENGTH, lines=NOTE_LINES)
        head: list[Block] = [{"type": "text", "text": "Note", "style": {"bold": True}}]
        if note.date:
            head += [{"type": "text", "text": blocks.SEPARATOR}, blocks.rich_date(note.date)]
        if name := text.plain(privacy.name(note.full_name, contact), _NAME_LENGTH):
            head.append({"type": "text", "text": f" by {name}"})
        if words:
            runs = [*head, {"type": "text", "text": f"\n{text.neutralize(words)}"}]
            yield blocks.rich_text([{"type": "rich_text_quote", "elements": runs}])


def _counts(ticket: Ticket) -> Iterator[Block]:
    counted = {
        "note": len(ticket.notes),
        "file": len(ticket.files),
        "collaborator": len(ticket.collaborators),
        "view": ticket.views or 0,
    }
    if parts := [count(number, thing) for thing, number in counted.items() if number]:
        yield blocks.context(*parts)


def _buttons(ticket: Ticket) -> tuple[Block, Block]:
    number = ticket.case_number
    hint = f"Share ticket {number} in this channel"
    return _details_button(ticket), blocks.button("Share", ActionId.SHARE, number, hint=hint)


def _details_button(ticket: Ticket) -> Block:
    number = ticket.case_number
    return blocks.button("Details", ActionId.DETAILS, number, hint=f"Details of ticket {number}")


def _menu(ticket: Ticket, *, may_delete: bool, asks_in_channel: bool) -> Block:
    """A menu of one is a plain button."""
    number = ticket.case_number
    if not may_delete or not ticket.is_open:
        return blocks.button("Refresh", ActionId.REFRESH, number, hint=f"Refresh ticket {number}")
    delete = "Delete… (asks in this channel)" if asks_in_channel else "Delete…"
    refresh = blocks.Option("Refresh", ActionId.REFRESH, number)
    return blocks.menu(ActionId.MENU, [refresh, blocks.Option(delete, ActionId.ASK_TO_DELETE, number)])
