"""The card, and what is shared of it."""

from collections.abc import Iterator

from bot.messages import card
from bot.messages.privacy import Contact
from bot.tickets import Ticket
from tests.gallery import fixed
from tests.gallery.case import Case, sent


def whole() -> Iterator[Case]:
    yield from _private("card", "/ticket 2531581", fixed.PRIZE)
    yield from sent("card-shared", "Share", card.shared, fixed.PRIZE, by=fixed.ALICE)


def little() -> Iterator[Case]:
    """Little in it, so little shown."""
    yield from _private("card-reference", "/ticket HYXTNJV", fixed.REFERENCE)
    yield from _private("card-little", "/ticket ABC1234", fixed.CLOSED)
    yield from _private("card-empty", "Nothing but its number", fixed.EMPTY)
    yield from _private("card-unsaid", "Not even open or closed", fixed.UNSAID)
    yield from sent("card-shared-empty", "Share, nothing in it", card.shared, fixed.EMPTY, by=fixed.ALICE)


def _private(name: str, title: str, shown: Ticket, contact: Contact = "name") -> Iterator[Case]:
    """As its reader alone sees it, who may delete."""
    yield from sent(name, title, card.card, shown, contact=contact, may_delete=True)


def settings() -> Iterator[Case]:
    yield from _private("card-full", "TICKET_CONTACT=full", fixed.PRIZE, "full")
    yield from _private("card-anonymous", "TICKET_CONTACT=none, closed", fixed.SOLVED, "none")
    yield from sent(
        "card-in-channel",
        "TICKET_VISIBILITY=channel, nobody may delete",
        card.card,
        fixed.REFERENCE,
        contact="name",
        may_delete=False,
    )
    yield from sent("card-shared-closed", "Share, closed", card.shared, fixed.SOLVED, by=fixed.BOB)


def markup() -> Iterator[Case]:
    yield from _private("card-markup", "Everything that a description can have", fixed.MARKED_UP)


def hostile() -> Iterator[Case]:
    yield from _private("card-hostile", "A ticket that tries everything", fixed.HOSTILE, "full")
    yield from sent("card-shared-hostile", "Share", card.shared, fixed.HOSTILE, by=fixed.ALICE)


def large() -> Iterator[Case]:
    yield from _private("card-long", "/ticket 2650478", fixed.LONG)
    yield from _private("card-largest", "The largest there can be", fixed.LARGEST, "full")
    yield from sent("card-shared-largest", "Share", card.shared, fixed.LARGEST, by=fixed.ALICE)
