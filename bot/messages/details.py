"""The modal with everything that the ticket system says of a ticket, page by page."""

import math
from collections.abc import Iterator
from typing import Any

from bot.blockkit import blocks, limits, pages, text
from bot.blockkit.blocks import Block, Field, Message, count
from bot.messages import card, details_sections, labels, privacy
from bot.messages.action_ids import ActionId
from bot.messages.details_page import DetailsPage
from bot.messages.privacy import Contact
from bot.tickets import Ticket

View = dict[str, Any]

_HEAD = 2  # blocks that every ticket has
_NAME_LENGTH = 120
_VALUE_LENGTH = 200


def loading(at: DetailsPage) -> View:
    return _view(at, [blocks.section(f":hourglass_flowing_sand: Looking up {blocks.code(at.case_number)}…")])


def failed(message: Message, at: DetailsPage | None, *, retry: bool = False) -> View:
    """`at` is None where it is not known which ticket it was about."""
    retry_button = [blocks.actions(_turn("Try again", "again", at, at.number))] if at and retry else []
    return _view(at, [*message.blocks, *retry_button])


def details(ticket: Ticket, at: DetailsPage, *, contact: Contact) -> View:
    """The last page where there are not so many."""
    overview = list(_overview(ticket, contact))
    shown = pages.paginate(overview, details_sections.of(ticket, contact))
    if shown == [overview[:_HEAD]]:
        shown[0].append(blocks.context("Nothing more is known about this ticket."))
    number = min(at.number, len(shown))
    at = at.turned_to(number)
    repeated_status = [card.status_line(ticket, number=False)] if number > 1 else []
    return _view(at, [*repeated_status, *shown[number - 1], *_turning(at, len(shown))])


def _view(at: DetailsPage | None, shown: list[Block]) -> View:
    view: View = {
        "type": "modal",
        "title": blocks.plain(f"Ticket {at.case_number}" if at else "Ticket"),
        "close": blocks.plain("Close"),
        "blocks": shown,
    }
    return view | ({"private_metadata": at.encode()} if at else {})


def _turning(at: DetailsPage, pages: int) -> Iterator[Block]:
    if pages == 1:
        return
    yield blocks.context(f"Page {at.number} of {pages}")
    buttons = []
    if at.number > 1:
        buttons.append(_turn("Previous page", "previous", at, at.number - 1))
    if at.number < pages:
        buttons.append(_turn("Next page", "next", at, at.number + 1))
    yield blocks.actions(*buttons)


def _turn(label: str, kind: str, at: DetailsPage, number: int) -> Block:
    hint = f"{label}: page {number} of ticket {at.case_number}"
    return blocks.button(label, ActionId.DETAILS_PAGE, at.turned_to(number).encode(), suffix=kind, hint=hint)


def _overview(ticket: Ticket, contact: Contact) -> Iterator[Block]:
    subject = card.subject(ticket, contact)
    fits = text.utf16_len(subject) <= limits.HEADER
    yield blocks.header(subject) if fits else blocks.bold_line(text.plain(subject, limits.RICH_TEXT_RUN // 2))
    yield card.status_line(ticket, number=False)
    yield from blocks.fields([*_moments(ticket, contact), *_other_fields(ticket, contact), *_contact(ticket, contact)])
    pinned = ["pinned"] if ticket.pin else []
    views = [] if ticket.views is None else [text.mrkdwn(count(ticket.views, "view"), _NAME_LENGTH)]
    if views or pinned:
        yield blocks.context(*views, *pinned)


def _moments(ticket: Ticket, contact: Contact) -> Iterator[Field]:
    for what, when, who in (
        ("Opened", ticket.date, ticket.account_info.full_name),
        ("Closed", ticket.close_date, ticket.closed_by),
    ):
        yield card.moment(what, when, text.mrkdwn(privacy.name(who, contact), _NAME_LENGTH))


def _other_fields(ticket: Ticket, contact: Contact) -> Iterator[Field]:
    person = ticket.account_info
    yield _field("Sweepstakes", privacy.one_line(person.sweepstakes_name or "", contact))
    yield Field("Progress", card.progress(ticket))
    yield _field("User type", privacy.name(person.user_type, contact))
    yield _field("Language", labels.language(privacy.name(person.language, contact)))


def _contact(ticket: Ticket, contact: Contact) -> Iterator[Field]:
    person = ticket.account_info
    if contact == "full":
        degrees = [value for value in (person.geo_lat, person.geo_lon) if value is not None and math.isfinite(value)]
        yield _field("E-mail", person.email)
        yield _field("Mobile number", person.mobile_number)
        yield _field("IP address", person.ip_address)
        yield _field("Coordinates", ", ".join(f"{value:.6g}" for value in degrees))
        yield _field("Browser", person.user_agent)


def _field(label: str, value: str | None) -> Field:
    return Field(label, text.mrkdwn(value or "", _VALUE_LENGTH))
