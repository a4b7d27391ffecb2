"""What is kept of a deleted ticket, as plain text, for whoever runs the bot."""

from collections.abc import Iterator

from bot import richtext
from bot.messages import card
from bot.tickets import Ticket

_WHOLE = 10_000_000  # characters: more than an answer of the API can have
_WITHOUT_TEXT = {"CaseNumber", "Subject", "Status"}


def receipt_text(ticket: Ticket) -> str:
    """Newest note first, as in the receipt."""
    return "\n".join(_lines(ticket))


def _lines(ticket: Ticket) -> Iterator[str]:
    yield f"Ticket {ticket.case_number}: {card.subject(ticket)}"
    if ticket.source.keys() <= _WITHOUT_TEXT:
        yield "\nNo more than its subject is kept: DELETE_RECEIPT is off."
        return
    yield from (f"Opened {ticket.date}" for _ in [ticket.date] if ticket.date)
    if ticket.description:
        yield f"\nDescription\n\n{richtext.html_to_text(ticket.description, limit=_WHOLE)[0]}"
    total = len(ticket.notes)
    for number, note in zip(range(total, 0, -1), card.latest_notes(ticket), strict=True):
        when = f", {note.date}" if note.date else ""
        yield f"\nNote {number} of {total}{when}\n\n{richtext.note_to_text(note.note or '', limit=_WHOLE)[0]}"
