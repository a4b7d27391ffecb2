"""What can be kept of a deleted ticket: its text, for the person who deleted it, as a direct message."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from bot import limits, richtext, text
from bot.messages import blocks
from bot.messages import ticket as ticket_card
from bot.messages.blocks import Block, Message
from bot.messages.paging import size_of
from bot.tickets import Ticket

_PART = limits.SECTION_TEXT
_PARTS_JSON = limits.BLOCKS_JSON - 2_500  # of a message; the rest is for what opens it
_WHOLE = 1_000_000
_SHORTENED = 1_200


def receipt(ticket: Ticket) -> list[Message]:
    """The whole text, in as many messages as it takes."""
    first, *rest = groups = _grouped(map(_plain_section, _split(_words(ticket))))
    opening = Message(_title(ticket), (*_opening(ticket, first), *first))
    return [opening, *(_follow(ticket, group, number, len(groups)) for number, group in enumerate(rest, 2))]


def _grouped(sections: Iterable[Block]) -> list[list[Block]]:
    """As many as go into one message: at least one group, which may be empty."""
    groups: list[list[Block]] = [[]]
    for section in sections:
        if size_of([*groups[-1], section]) > _PARTS_JSON:
            groups.append([])
        groups[-1].append(section)
    return groups


def _follow(ticket: Ticket, sections: list[Block], number: int, of: int) -> Message:
    title = f"Ticket {ticket.case_number}, continued: part {number} of {of}"
    return Message(title, (blocks.context(title), *sections))


def shortened(ticket: Ticket) -> Message:
    """For the channel, privately, where no direct message could be sent."""
    whole = _words(ticket)
    words = text.cut(whole, _SHORTENED)
    cut = "This is not the whole of it: the whole could not be sent to you directly."
    told = f"{'This could not be sent to you directly.' if words == whole else cut} It is gone at the next reload."
    body = [_plain_section(words)] if words else []
    return Message(f"{_title(ticket)} {told}", (*_opening(ticket, body), *body, blocks.context(told)))


def _title(ticket: Ticket) -> str:
    return f"Ticket {ticket.case_number} was deleted."


def _opening(ticket: Ticket, body: Sequence[Block]) -> Iterator[Block]:
    """`body` is what follows of the ticket's text, if anything."""
    lost = "The number, the files, the collaborators and the history cannot come back."
    kept = "This is the text that it had, for you alone." if body else "It had no text beside its subject."
    yield blocks.section(f":wastebasket: *{_title(ticket)}*", f"{lost} {kept}")
    yield ticket_card.subject_line(ticket)
    opened = f"opened {blocks.date(ticket.date)}" if ticket.date else ""
    facts = (ticket_card.priority(ticket), ticket_card.product(ticket), opened)
    if told := [fact for fact in facts if fact]:
        yield blocks.context(*told)


def _words(ticket: Ticket) -> str:
    notes = (_note(ticket, number) for number in range(len(ticket.notes)))
    return "\n\n".join(filter(None, (_subject(ticket), _plain(ticket.description), *notes)))


def _subject(ticket: Ticket) -> str:
    """Whole, where the line above it was cut."""
    whole = ticket_card.subject(ticket)
    return whole if text.plain(whole, limits.HEADER) != whole else ""


def _note(ticket: Ticket, number: int) -> str:
    note = ticket.notes[number]
    when = f", {note.date.astimezone(UTC):%-d %b %Y %H:%M} UTC" if note.date else ""
    words = _plain(note.note)
    return words and f"Note {number + 1}{when}:\n{words}"


def _plain(html: str | None) -> str:
    words, left_out = richtext.to_plain(html or "", limit=_WHOLE)
    more = f"… {blocks.count(left_out, 'more character')}, too many to be kept" if left_out else ""
    return "\n".join(filter(None, (words, more)))


def _split(words: str) -> Iterator[str]:
    """Parts that a text object takes, at a line's end where there is one."""
    while words:
        if text.units(words) <= _PART:
            yield words
            return
        part = text.cut(words, _PART).removesuffix("…")
        line_end = part.rfind("\n", len(part) // 2)
        part = part[: line_end + 1] if line_end > 0 else part
        yield part
        words = words[len(part) :].lstrip("\n")


def _plain_section(words: str) -> Block:
    return {"type": "section", "text": blocks.plain(words)}
