"""HTML, or a note that may be HTML, as rich text or as plain text."""

from bot.blockkit import limits, text
from bot.richtext import reader, slack, spelling
from bot.richtext.document import Document
from bot.richtext.slack import RichText


def from_html(html: str, *, limit: int, size: int = limits.RICH_TEXT_JSON, lines: int | None = None) -> RichText:
    """At most `limit` characters to read, `size` characters of JSON, and so many lines before Slack wraps them."""
    document = reader.read_html(html, limit=limit, spans=slack.max_spans(size))
    return slack.rich_text(document, limit, size, lines)


def from_text(note: str, *, limit: int, size: int = limits.RICH_TEXT_JSON) -> RichText:
    """The same of what is HTML or not."""
    document = reader.read_note(note, limit=limit, spans=slack.max_spans(size))
    return slack.rich_text(document, limit, size)


def html_to_text(html: str, *, limit: int, lines: int | None = None) -> tuple[str, int]:
    """As plain text, to be escaped where it is not taken literally; and how many characters are omitted."""
    return document_to_text(reader.read_html(html, limit=limit), limit=limit, lines=lines)


def note_to_text(note: str, *, limit: int, lines: int | None = None) -> tuple[str, int]:
    """The same of what is HTML or not."""
    return document_to_text(reader.read_note(note, limit=limit), limit=limit, lines=lines)


def document_to_text(document: Document, *, limit: int | None = None, lines: int | None = None) -> tuple[str, int]:
    """The same of what was read already."""
    whole = "\n".join(spelling.lines(document.blocks))
    first = "\n".join(whole.split("\n")[:lines])
    room = text.utf16_len(first) + 1  # one for the dots
    shown = text.truncate(whole, room if limit is None else min(limit, room))
    omitted = 0 if shown == whole else text.utf16_len(whole) - text.utf16_len(shown.removesuffix("…"))
    return shown, omitted + document.unread
