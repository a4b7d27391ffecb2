"""A ticket's HTML as Slack rich text, or as plain text.

This is the public face: nobody outside of the package imports the modules in it.

convert     the functions below
slack       a document as rich text, within Slack's limits
spelling    what has no sign of its own there, or in plain text, as text
document    blocks of styled text: what HTML is read into
writer      puts a document together; with cells, for tables
reader      goes through HTML of any quality
rules       what each tag does: with lists, media, scripts (formulas), and css
state       what is known on the way
links       where a link really leads
source      pictures that are written into HTML
nesting     HTML made harmless to the parser
"""

from bot.richtext.convert import document_to_text, from_html, from_text, html_to_text, note_to_text
from bot.richtext.document import Document
from bot.richtext.links import Link
from bot.richtext.links import parse as parse_link
from bot.richtext.reader import read_html, read_note
from bot.richtext.slack import RichText

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
