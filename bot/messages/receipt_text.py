"""What is kept of a deleted ticket, as plain text, for whoever runs the bot."""

from collections.abc import Iterator, Mapping

from bot import richtext
from bot.messages import card
from bot.richtext import RichText
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
    if html := ticket.description:
        rich = richtext.from_html(html, limit=_WHOLE, size=_WHOLE)
        yield from _text("Description", richtext.html_to_text(html, limit=_WHOLE)[0], rich)
    total = len(ticket.notes)
    for number, note in zip(range(total, 0, -1), card.latest_notes(ticket), strict=True):
        when, words = f", {note.date}" if note.date else "", note.note or ""
        rich = richtext.from_text(words, limit=_WHOLE, size=_WHOLE)
        yield from _text(f"Note {number} of {total}{when}", richtext.note_to_text(words, limit=_WHOLE)[0], rich)


def _text(heading: str, words: str, rich: RichText) -> Iterator[str]:
    """With the whole address of each link, of which the words show no more than the host."""
    yield f"\n{heading}\n\n{words}"
    if links := list(dict.fromkeys(_links(rich.elements))):
        yield "\nLinks: " + "\n       ".join(links)


def _links(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        if part.get("type") == "link":
            yield str(part["url"])
        yield from _links(part.get("elements"))
    elif isinstance(part, list | tuple):
        for element in part:
            yield from _links(element)
