"""A ticket's HTML as Slack rich text, or as plain text.

This is the public face: nobody outside of the package imports the modules in it.

convert     a document as rich text, or as plain text
reader      HTML of any quality, read into a document
nesting     HTML made harmless to the parser
paragraphs  HTML that needs no parser
document    blocks of styled text, and the writer that puts them together
links       where a link really leads
"""

from bot.richtext.convert import (
    RichText,
    document_to_text,
    from_html,
    from_text,
    html_to_text,
    note_to_text,
    read_html,
    read_note,
)
from bot.richtext.document import Document
from bot.richtext.links import Link
from bot.richtext.links import parse as parse_link

__all__ = (
    "Document",
    "Link",
    "RichText",
    "document_to_text",
    "from_html",
    "from_text",
    "html_to_text",
    "note_to_text",
    "parse_link",
    "read_html",
    "read_note",
)
