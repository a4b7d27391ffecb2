"""What can be kept of a deleted ticket: its text, for the person who deleted it, as direct messages.

A stranger's text never stands in a block with a heading of the bot's, and no text makes a header: what a ticket says
can't pass for a note of its own.
"""

from collections.abc import Iterator
from datetime import date
from itertools import chain, islice
from typing import NamedTuple

from bot import richtext
from bot.blockkit import blocks, limits, pages, text
from bot.blockkit.blocks import Block, Message
from bot.blockkit.pages import size_of
from bot.messages import card
from bot.richtext import RichText
from bot.tickets import Ticket

_LARGE = 20_000  # characters, which take some hundredths of a second
_WHOLE = 10_000_000  # characters, of text and of JSON: more than an answer of the API can have
_BODY_JSON, _BODY_BLOCKS = limits.BLOCKS_JSON - 600, limits.BLOCKS_PER_MESSAGE - 1  # the rest is for a line of ours
_RUN = limits.RICH_TEXT_RUN // 2


class _Text(NamedTuple):
    heading: str
    when: date | None
    body: RichText

    def head(self, *, continued: bool) -> Iterator[Block]:
        yield blocks.header(f"{self.heading}, continued" if continued else self.heading)
        if self.when:
            yield blocks.context(blocks.date(self.when))

    def blocks(self) -> Iterator[Block]:
        yield from pages.pack(self.body.elements)
        if self.body.omitted:
            yield blocks.context(f"… {blocks.count(self.body.omitted, 'more character')}, too many to be kept")


def is_large(ticket: Ticket) -> bool:
    """Whether `receipt` takes long enough to hold up an event loop."""
    texts = (ticket.subject, ticket.description, *(note.note for note in ticket.notes))
    return sum(len(words or "") for words in texts) > _LARGE


def receipt(ticket: Ticket, *, confirmed: bool = True) -> list[Message]:
    """The whole text, in as many messages as it takes. Not `confirmed`: a read alone shows the ticket deleted."""
    keep = f"Keep this: it {'is' if confirmed else 'may be'} the only copy."
    first, *rest = _bodies(ticket, keep, confirmed=confirmed)
    follow = (_follow(ticket, body, number, len(rest) + 1) for number, body in enumerate(rest, 2))
    return [Message(f"{_title(ticket, confirmed=confirmed)} {keep}", tuple(first)), *follow]


def _follow(ticket: Ticket, body: list[Block], number: int, of: int) -> Message:
    title = f"Ticket {ticket.case_number}, continued: part {number} of {of}"
    return Message(title, (blocks.context(title), *body))


def shortened(ticket: Ticket, *, confirmed: bool = True) -> Message:
    """The first of those messages, for the channel, privately, where no direct message could be sent.

    Made fast, however large the ticket is.
    """
    keep = "Copy this now: it could not be sent to you directly, and is lost at the next reload."
    body, *more = islice(_bodies(ticket, keep, confirmed=confirmed), 2)
    rest = [blocks.context("… This is not the whole text.")] if more else []
    return Message(f"{_title(ticket, confirmed=confirmed)} {keep}", (*body, *rest))


def _bodies(ticket: Ticket, keep: str, *, confirmed: bool) -> Iterator[list[Block]]:
    """What stands in each message, made as it is asked for. What goes on in another has its heading there again."""
    texts = _texts(ticket)
    first = list(islice(texts, 1))
    body = list(_opening(ticket, keep if first else "It had no text besides its subject.", confirmed=confirmed))
    room = _BODY_JSON - size_of(body)
    for one in chain(first, texts):
        for number, block in enumerate(one.blocks()):
            head = list(one.head(continued=number > 0))
            added = [block] if number else [*head, block]
            if size_of(added) > room or len(body) + len(added) > _BODY_BLOCKS:
                yield body
                body, room, added = [], _BODY_JSON, [*head, block]
            body += added
            room -= size_of(added)
    yield body


def _title(ticket: Ticket, *, confirmed: bool) -> str:
    what = "was deleted" if confirmed else "can't be found any more"
    return f"Ticket {ticket.case_number} {what}."


def _opening(ticket: Ticket, keep: str, *, confirmed: bool) -> Iterator[Block]:
    unproven = "The ticket system never confirmed the deletion, so we don't know for certain who deleted it."
    caution = [] if confirmed else [unproven]
    yield blocks.section(f":wastebasket: *{_title(ticket, confirmed=confirmed)}*", *caution, keep, _also_lost(ticket))
    yield card.subject_line(ticket)
    opened = f"opened {blocks.date(ticket.date)}" if ticket.date else ""
    if facts := [fact for fact in (card.priority(ticket), card.product(ticket), opened) if fact]:
        yield blocks.context(*facts)


def _also_lost(ticket: Ticket) -> str:
    counted = ((len(ticket.files), "file"), (len(ticket.collaborators), "collaborator"))
    lost = [blocks.count(number, thing) for number, thing in counted if number]
    return f"Also deleted: {', '.join(lost)} and the history." if lost else "Also deleted: the history."


def _texts(ticket: Ticket) -> Iterator[_Text]:
    """Newest note first, as on the card; those that say nothing are left out."""
    total = len(ticket.notes)
    description = richtext.from_html(ticket.description or "", limit=_WHOLE, size=_WHOLE)
    notes = (
        _Text(f"Note {number} of {total}", note.date, richtext.from_text(note.note or "", limit=_WHOLE, size=_WHOLE))
        for number, note in zip(range(total, 0, -1), card.latest_notes(ticket), strict=True)
    )
    for part in chain([_subject(ticket), _Text("Description", None, description)], notes):
        if part.body.elements or part.body.omitted:
            yield part


def _subject(ticket: Ticket) -> _Text:
    """Whole, where the line at the top is cut."""
    whole = card.subject(ticket)
    starts = range(0, len(whole), _RUN) if text.plain(whole, limits.HEADER).endswith("…") else ()
    runs = [pages.run(text.neutralize(whole[at : at + _RUN])) for at in starts]
    return _Text("Subject", None, RichText((pages.section(runs),) if runs else (), 0))
