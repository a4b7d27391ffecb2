"""The card, and what is shared of it."""

from collections.abc import Iterator

from bot.messages import ticket
from tests.gallery import fixed
from tests.gallery.case import Case, sent


def card() -> Iterator[Case]:
    yield from sent(
        "card", "/ticket HYXTNJV", ticket.card, fixed.REFERENCE, contact="name", private=True, may_delete=True
    )
    yield from sent(
        "card-little",
        "/ticket ABC1234: little in it, so little shown",
        ticket.card,
        fixed.CLOSED,
        contact="name",
        private=True,
        may_delete=True,
    )
    yield from sent("card-shared", "Share to channel", ticket.shared, fixed.REFERENCE, by=fixed.ALICE)


def settings() -> Iterator[Case]:
    yield from sent(
        "card-full",
        "TICKET_CONTACT=full",
        ticket.card,
        fixed.PRIZE,
        contact="full",
        private=True,
        may_delete=True,
    )
    yield from sent(
        "card-anonymous",
        "TICKET_CONTACT=none, closed",
        ticket.card,
        fixed.SOLVED,
        contact="none",
        private=True,
        may_delete=True,
    )
    yield from sent(
        "card-in-channel",
        "TICKET_VISIBILITY=channel, nobody may delete",
        ticket.card,
        fixed.REFERENCE,
        contact="name",
        private=False,
        may_delete=False,
    )
    yield from sent("card-shared-closed", "Share to channel, closed", ticket.shared, fixed.SOLVED, by=fixed.BOB)


def markup() -> Iterator[Case]:
    yield from sent(
        "card-markup",
        "Everything that a description can have",
        ticket.card,
        fixed.MARKED_UP,
        contact="name",
        private=True,
        may_delete=True,
    )
    yield from sent(
        "card-empty", "Nothing but its number", ticket.card, fixed.EMPTY, contact="name", private=True, may_delete=True
    )
    yield from sent(
        "card-unsaid",
        "Not even open or closed",
        ticket.card,
        fixed.UNSAID,
        contact="name",
        private=True,
        may_delete=True,
    )
    yield from sent("card-shared-empty", "Share to channel, nothing in it", ticket.shared, fixed.EMPTY, by=fixed.ALICE)


def hostile() -> Iterator[Case]:
    yield from sent(
        "card-hostile",
        "A ticket that tries everything",
        ticket.card,
        fixed.HOSTILE,
        contact="full",
        private=True,
        may_delete=True,
    )
    yield from sent("card-shared-hostile", "Share to channel", ticket.shared, fixed.HOSTILE, by=fixed.ALICE)


def large() -> Iterator[Case]:
    yield from sent(
        "card-long", "/ticket 2650478", ticket.card, fixed.LONG, contact="name", private=True, may_delete=True
    )
    yield from sent(
        "card-largest",
        "The largest there can be",
        ticket.card,
        fixed.LARGEST,
        contact="full",
        private=True,
        may_delete=True,
    )
    yield from sent("card-shared-largest", "Share to channel", ticket.shared, fixed.LARGEST, by=fixed.ALICE)
