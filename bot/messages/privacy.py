"""How much of a person is shown: TICKET_CONTACT, for every line of a ticket.

Descriptions and notes are the ticket's own text, which a team has to read: they stay as they are.
"""

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import JsonValue

from bot.blockkit import text
from bot.tickets import contacts

Contact = Literal["name", "full", "none"]
"""A person's name; also how to reach the person, device and place; nothing."""

MASKS = frozenset((contacts.ADDRESS, contacts.TELEPHONE, contacts.IP))
_KEY_LENGTH = 60
_READ_LENGTH = 50_000  # of one line; none shown is a tenth as long

_CONTACT_KEY = re.compile(
    r"e-?mail|mobile|phone|whatsapp|^(tel|cell|fax)\b|user_?agent|browser|device"
    r"|^ip$|ip_?addr|^ip_?v[46]|^mac$|address|street|^zip|post_?(al_?)?code|^city$|^country$|^region$"
    r"|^geo|location|^lat(itude)?$|^(lon|lng|longitude)$|coordinates|birth|^dob$|^ssn$|passport",
    re.IGNORECASE,
)


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# What identifies no person; any other key may hold one's name, in words that nobody foresaw.
_KEYS_OF_THINGS = _words(
    "attachments at bytes category checksum closed closedat count created createdat date duration extension"
    " feature files format hash height href htmlurl id index labels lastmodified length link locked md5 merged mergedat"
    " milestone mime mimetype modified modifiedat module number order pages platform position priority private product"
    " progress public rating resolution scanned score severity sha1 sha256 size stars state status time timestamp total"
    " totalsize type updated updatedat uploaded uploadedat url version width"
)
_NAMES_OF_THINGS = _words("description filename label name originalname title")
_NUMBERS = _words(
    "at bytes count created createdat date duration height id index length modified modifiedat number size time"
    " timestamp total totalsize updated updatedat uploaded uploadedat version width"
)


def one_line(words: str, contact: Contact = "name") -> str:
    """Cleaned first: a sign that can't be seen would hide an address."""
    line = text.one_line(words[:_READ_LENGTH])
    return line if contact == "full" else contacts.mask(line)


def name(words: str | None, contact: Contact) -> str:
    """A person's, on one line, without an address that follows; empty where none is to be shown."""
    if contact == "none":
        return ""
    line = one_line(words or "", contact)
    return line.removesuffix(contacts.ADDRESS).rstrip(" ,;(") or line


def is_withheld(keys: Sequence[str], contact: Contact, *, of_thing: bool) -> bool:
    """Whether a value of unknown shape is personal, by the keys that lead to it.

    `of_thing`: it belongs to a file, say, whose name is nobody's.
    """
    if contact == "full":
        return False
    if any(_CONTACT_KEY.search(key.strip()[:_KEY_LENGTH]) for key in keys):
        return True
    allowed = _KEYS_OF_THINGS | _NAMES_OF_THINGS if of_thing else _KEYS_OF_THINGS
    is_known = allowed.issuperset(map(_bare, keys)) if keys else of_thing
    return contact == "none" and not is_known


def is_number_of_thing(keys: Sequence[str], value: JsonValue) -> bool:
    """Whether its digits, however many, are a size or a time, say, and nobody's telephone number."""
    return isinstance(value, float) or (isinstance(value, int) and bool(keys) and _bare(keys[-1]) in _NUMBERS)


def _bare(key: str) -> str:
    return re.sub(r"[\W_]+", "", key[:_KEY_LENGTH]).lower()
