"""The modal, page by page."""

from collections.abc import Iterator

from bot.messages import details, errors
from bot.messages.details_page import DetailsPage
from bot.messages.privacy import Contact
from bot.tickets import Ticket
from tests.gallery import fixed
from tests.gallery.case import Case, sent

_LAST = 999


def _page(name: str, title: str, ticket: Ticket, contact: Contact = "name", page: int = 1) -> Iterator[Case]:
    at = DetailsPage(case_number=ticket.case_number, channel="C01SUPPORT", number=page)
    yield from sent(f"details-{name}", title, details.details, ticket, at, contact=contact)


def pages() -> Iterator[Case]:
    yield from _page("reference", "Details of HYXTNJV", fixed.REFERENCE)
    yield from _page("full", "Details of 2531581, TICKET_CONTACT=full", fixed.PRIZE, "full")


def unusual() -> Iterator[Case]:
    yield from _page("unknown", "Parts whose shape nobody told", fixed.UNKNOWN_PARTS)
    yield from _page("anonymous", "TICKET_CONTACT=none", fixed.SOLVED, "none")
    yield from _page("hostile", "A ticket that tries everything", fixed.HOSTILE, "full")


def large() -> Iterator[Case]:
    yield from _page("long", "A long ticket, the first page", fixed.LONG)
    yield from _page("long-last", "Its last page", fixed.LONG, page=_LAST)


def little() -> Iterator[Case]:
    yield from _page("empty", "Nothing in it", fixed.EMPTY)
    at = DetailsPage(case_number=fixed.REFERENCE.case_number)
    yield from sent("details-loading", "At once", details.loading, at)
    unread = errors.read_error(fixed.BUSY, at.case_number, fixed.REF, fixed.CONTACT)
    yield from sent("details-failed", "Not read", details.failed, unread, at, retry=True)
    yield from sent("details-stale", "A button of another version", details.failed, errors.stale_button(), None)
