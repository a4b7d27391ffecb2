"""What can be kept of a deleted ticket: its text, for the person who deleted it, as a direct message."""

from collections.abc import Iterable, Iterator, Sequence

from bot import richtext
from bot.blockkit import blocks, limits, text
from bot.blockkit.blocks import Block, Message
from bot.blockkit.pages import size_of
from bot.messages import card
from bot.richtext import Document, Link
from bot.tickets import Ticket

_PART = limits.SECTION_TEXT
_PARTS_JSON = limits.BLOCKS_JSON - 2_500  # of a message; the rest is for what opens it
_SHORTENED = 1_200
_ADDRESSES = 50_000  # characters of URLs in one text; as spelled in a URL, a letter may take nine
_LABEL = 80


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
    words = text.truncate(whole, _SHORTENED)
    cut = "This is not the whole of it: the whole could not be sent to you directly."
    told = f"{'This could not be sent to you directly.' if words == whole else cut} It is gone at the next reload."
    body = [_plain_section(words)] if words else []
    return Message(f"{_title(ticket)} {told}", (*_opening(ticket, body), *body, blocks.context(told)))


def _title(ticket: Ticket) -> str:
    return f"Ticket {ticket.case_number} was deleted."


def _opening(ticket: Ticket, body: Sequence[Block]) -> Iterator[Block]:
    """`body` is what follows of the ticket's text, if anything."""
    also = ["the files"] * bool(ticket.files) + ["the collaborators"] * bool(ticket.collaborators)
    lost = f"{', '.join(['The number', *also])} and the history cannot come back."
    kept = "This is the text that it had, for you alone." if body else "It had no text beside its subject."
    yield blocks.section(f":wastebasket: *{_title(ticket)}*", f"{lost} {kept}")
    yield card.subject_line(ticket)
    opened = f"opened {blocks.date(ticket.date)}" if ticket.date else ""
    facts = (card.priority(ticket), card.product(ticket), opened)
    if told := [fact for fact in facts if fact]:
        yield blocks.context(*told)


def _words(ticket: Ticket) -> str:
    notes = (_note(ticket, number) for number in range(len(ticket.notes)))
    description = _plain(richtext.read_html(ticket.description or ""))
    return "\n\n".join(filter(None, (_subject(ticket), description, *notes)))


def _subject(ticket: Ticket) -> str:
    """Whole, where the line above it was cut."""
    whole = card.subject(ticket)
    return whole if text.plain(whole, limits.HEADER).endswith("…") else ""


def _note(ticket: Ticket, number: int) -> str:
    note = ticket.notes[number]
    when = f", {blocks.utc(note.date)}" if note.date else ""
    words = _plain(richtext.read_note(note.note or ""))
    return words and f"Note {number + 1}{when}:\n{words}"


def _plain(document: Document) -> str:
    words, left_out = richtext.document_to_text(document)
    more = f"… {blocks.count(left_out, 'more character')}, too many to be kept" if left_out else ""
    return "\n".join(filter(None, (words, more, *_addresses(document))))


def _addresses(document: Document) -> Iterator[str]:
    """Where the links lead: the words tell no more of that than the host. In plain_text nothing is made of a URL."""
    links = _links(document)
    room = _ADDRESSES
    for number, (url, label) in enumerate(links.items()):
        room -= len(url)
        if room < 0:
            yield f"… {blocks.count(len(links) - number, 'more link')}, too many to be kept"
            return
        yield f"→ {label}: {url}" if label else f"→ {url}"


def _links(document: Document) -> dict[str, str]:
    """What each URL is called first, but for those that the words have in full."""
    called: dict[Link, str] = {}
    for block in document.blocks:
        for span in block.spans:
            if link := span.style.link:
                called[link] = f"{called.get(link, '')} {span.text}"
    links: dict[str, str] = {}
    for link, words in called.items():
        label = text.one_line(words)
        whole = label in {link.url, link.url.partition("://")[2]} or link.url.startswith("mailto:")
        if not whole:
            links.setdefault(link.url, "" if label == link.host else text.plain(label, _LABEL))
    return links


def _split(words: str) -> Iterator[str]:
    """Parts that a text object takes, at a line's end where there is one."""
    while words:
        if text.utf16_len(words) <= _PART:
            yield words
            return
        part = text.truncate(words, _PART).removesuffix("…")
        end = part.rfind("\n", len(part) // 2)
        if end < 0 and not words[len(part)].isspace():  # in a long word, as a URL is: whole on its own
            end = max(part.rfind("\n"), part.rfind(" "))
        part = part[: end + 1] if end > 0 else part
        yield part
        words = words[len(part) :].lstrip("\n")


def _plain_section(words: str) -> Block:
    return {"type": "section", "text": blocks.plain(words)}
