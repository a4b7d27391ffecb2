"""What the modal shows below its overview, part by part; empty ones are left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pydantic import JsonValue

from bot import richtext
from bot.blockkit import blocks, text
from bot.blockkit.blocks import Block, count
from bot.blockkit.pages import Entry, Part, bullet, run, section
from bot.messages import card, key_values, labels, privacy
from bot.messages.key_values import Line, Record
from bot.messages.privacy import Contact
from bot.tickets import HistoryEntry, Note, Ticket, newest_first, numbered_as_list

# How much there can be, in characters of JSON: all of it for any ticket that people write by hand.
_DESCRIPTION_SIZE = 120_000
_NOTES_SIZE = 400_000
_NOTE_SIZE = 40_000
_TEXT_LENGTH = 50_000
_MOST_RECORDS = 500

_NAME_LENGTH = 120
_ACTION_LENGTH = 200
_ONE_LINE = 90  # a record as short as that stands on one line


def of(ticket: Ticket, contact: Contact) -> Iterator[Part]:
    yield from _description(ticket)
    yield from _notes(ticket, contact)
    yield from _unknown("Files", "file", ticket.files, contact, of_things=True, sizes=True)
    yield from _people("Collaborators", ticket.collaborators, contact)
    yield from _people("People notified", ticket.notify_users, contact)
    yield from _unknown("Survey", "answer", _as_list(ticket.survey), contact)
    yield from _unknown("Documentation", "document", ticket.documentation, contact, of_things=True)
    yield from _unknown(
        "Attachments", "attachment", _as_list(ticket.attachment_info), contact, of_things=True, sizes=True
    )
    yield from _unknown("GitHub issue", "issue", _as_list(ticket.git_hub_issue), contact, of_things=True)
    yield from _history(ticket, contact)


def _description(ticket: Ticket) -> Iterator[Part]:
    shown = richtext.from_html(ticket.description or "", limit=_TEXT_LENGTH, size=_DESCRIPTION_SIZE)
    if shown.elements or shown.omitted:
        more = f"… {count(shown.omitted, 'more character')} left out" if shown.omitted else ""
        entries = [list(shown.elements)] if shown.elements else []
        yield Part("Description", entries, len(entries), footnote=more)


def _notes(ticket: Ticket, contact: Contact) -> Iterator[Part]:
    if ticket.notes:
        entries = (_note(note, contact) for note in card.latest_notes(ticket))
        yield Part("Notes", entries, len(ticket.notes), "older note", size=_NOTES_SIZE, apart=True)


def _note(note: Note, contact: Contact) -> Entry:
    shown = richtext.from_text(note.note or "", limit=_TEXT_LENGTH, size=_NOTE_SIZE)
    name = text.plain(privacy.name(note.full_name, contact), _NAME_LENGTH)
    when: list[Block] = [blocks.rich_date(note.date) | {"style": {"bold": True}}] if note.date else []
    who = [run(text.neutralize(f" by {name}" if when else name), bold=True)] if name else []
    head = [*when, *who] or [run("(no date)", bold=True)]  # else one could not tell where it begins
    words = list(shown.elements) or [section([run("(no text)", italic=True)])]
    more = [run(f"… {count(shown.omitted, 'more character')} left out", italic=True)] if shown.omitted else []
    return _one_below_the_other(head, words, more)


def _one_below_the_other(head: list[Block], words: Entry, more: list[Block]) -> Entry:
    """In one section where that can be: what two of them look like is left to each Slack client."""
    if words[0]["type"] == "rich_text_section":
        words = [section([*head, run("\n"), *words[0]["elements"]]), *words[1:]]
    else:
        words = [section(head), *words]
    if more and words[-1]["type"] == "rich_text_section":
        return [*words[:-1], section([*words[-1]["elements"], run("\n"), *more])]
    return [*words, section(more)] if more else words


def _people(title: str, people: Sequence[str], contact: Contact) -> Iterator[Part]:
    if not people:
        return
    names = [text.truncate(privacy.name(person, contact), _NAME_LENGTH) for person in people]
    shown = [name for name in names if name and name not in privacy.MASKS]
    hidden = len(people) - len(shown)
    what = "name" if contact == "none" else "e-mail address"
    entries = (bullet([run(text.neutralize(name))]) for name in shown)
    note = f"{count(hidden, what)} not shown here" if hidden else ""
    yield Part(title, entries, len(people), "more name", hidden=hidden, footnote=note)


def _unknown(
    title: str,
    thing: str,
    values: Sequence[JsonValue],
    contact: Contact,
    *,
    of_things: bool = False,
    sizes: bool = False,
) -> Iterator[Part]:
    """`of_things`: see privacy.is_withheld. `sizes`: a size is one in bytes."""
    there = [value for value in values if not key_values.is_empty(value)]
    read = (key_values.record(value, contact, of_thing=of_things) for value in there[:_MOST_RECORDS])
    records = (_labelled(record, sizes=sizes) for record in read)
    put: Callable[[list[Block]], Entry] = bullet if len(there) > 1 else lambda runs: [section(runs)]
    if there:
        entries = (put(list(_runs(record))) for record in records)
        yield Part(title, entries, len(there), f"more {thing}")


def _labelled(record: Record, *, sizes: bool) -> Record:
    """In the words of people where a program's names would stand."""
    lines = (
        Line(labels.path(line.key), labels.file_size(line.key, line.value) if sizes else line.value)
        for line in record.lines
    )
    return replace(record, lines=tuple(lines))


def _as_list(value: JsonValue) -> list[JsonValue]:
    value = numbered_as_list(value)
    return value if isinstance(value, list) else [value]


def _runs(record: Record) -> Iterator[Block]:
    """A line for each key; one for them all where they are few and short."""
    length = sum(len(line.key) + len(line.value) + len(blocks.SEPARATOR) for line in record.lines)
    gap = "\n" if length > _ONE_LINE else blocks.SEPARATOR
    notes = [
        *([f"… {count(record.omitted, 'more line')} left out"] if record.omitted else []),
        *([f"{count(record.withheld, 'line')} with personal data not shown here"] if record.withheld else []),
    ]
    for number, line in enumerate(record.lines):
        before = gap if number else ""
        if before and (gap == blocks.SEPARATOR or not line.key):  # a dot is not bold, as nowhere else
            yield run(before)
            before = ""
        if line.key:
            yield run(f"{before}{line.key}: ", bold=True)
        yield _value(line.value)
    if notes or not record.lines:
        lead = "\n" if record.lines else ""
        yield run(lead + "\n".join(notes or ["(nothing to be seen)"]), italic=True)


def _value(value: str) -> Block:
    """A link where the whole value is a URL: it is its own label."""
    link = richtext.parse_link(value) if value.startswith(("https://", "http://")) else None
    if link and link.is_named_by(value) and " " not in value:  # part of it may be left out
        return {"type": "link", "url": link.url, "text": value}
    return run(value)


def _history(ticket: Ticket, contact: Contact) -> Iterator[Part]:
    if ticket.statistics:
        events = newest_first(ticket.statistics, lambda event: event.date)
        entries = (bullet(list(_event(event, contact))) for event in events)
        yield Part("History", entries, len(ticket.statistics), "earlier event")


def _event(event: HistoryEntry, contact: Contact) -> Iterator[Block]:
    done = labels.action(privacy.one_line(event.action or "", contact))
    action = text.plain(done, _ACTION_LENGTH) or "(no word of what)"
    if event.date:
        yield blocks.rich_date(event.date)
        yield run(blocks.SEPARATOR)
    yield run(action)
