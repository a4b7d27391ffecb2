"""A change that somebody has begun, and whoever works on it: a click's handler, or recovery."""

import logging
from dataclasses import dataclass, replace

from bot.changes.request import Click
from bot.ledger.database import LedgerError
from bot.ledger.lease import Lease
from bot.ledger.ledger import Ledger
from bot.ledger.row import ChangeRow, Place
from bot.policy import Actor
from handlers.slack.interaction import Interaction, Uses

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """`to` is where answers go. `row` is what recovery found; None in the handler of the click itself.

    `is_known`: the row stood in the ledger before the click, so that all that became of the request is known.
    `is_from_memory`: the database is away. `is_replaced`: a request that took this one's place was clicked since, and
    the message is that one's. `by_recovery`: nobody has clicked, and the response_url may be anybody's who checked.
    """

    click: Click
    to: Interaction
    place: Place
    lease: Lease
    is_known: bool = True
    row: ChangeRow | None = None
    is_from_memory: bool = False
    is_replaced: bool = False
    by_recovery: bool = False

    @property
    def uses_with_edit(self) -> int:
        """Of the response_url, with the next edit of the message, where the address is the first way for that."""
        return self.to.uses.count + (not self.to.is_editable)

    @property
    def may_tell(self) -> bool:
        """Whether a call to Slack may begin: nobody else has the row."""
        return not self.lease.is_lost if self.is_from_memory else self.lease.is_fresh

    @property
    def send_not_after(self) -> float | None:
        """The latest moment for the last try's first byte, by the database's clock; None where nothing was sent."""
        return self.lease.send_not_after or (self.row.send_not_after if self.row else None)


def place_of(interaction: Interaction) -> Place:
    """Of the message that was clicked."""
    actor = interaction.actor
    return Place(
        team=actor.team_id,
        channel=actor.channel_id,
        thread_ts=interaction.thread_ts,
        message_ts=interaction.message_ts,
        private=bool(interaction.is_ephemeral),
    )


def at_place(interaction: Interaction, place: Place) -> Interaction:
    """The click, knowing of its request's message what the ledger knows: it may have been on another message."""
    ts = place.message_ts or interaction.message_ts
    actor = replace(interaction.actor, channel_id=place.channel)
    return replace(interaction, actor=actor, message_ts=ts, is_editable=place.editable, is_ephemeral=place.private)


def record_uses(ledger: Ledger, lease: Lease, uses: Uses) -> None:
    """From now on each use of the response_url is in the row before it is made.

    With the database away it can't be: then Slack refuses what is too much.
    """

    async def record(count: int) -> None:
        try:
            if await ledger.count_use(lease, count):
                uses.recorded = count
        except LedgerError as error:
            log.warning("a use of a response_url is not in the ledger: %s", error)

    uses.recorded, uses.record = uses.count, record


def is_on_request(interaction: Interaction, place: Place) -> bool:
    """Whether the click was on the request's own message, which its response_url edits."""
    return not place.message_ts or interaction.message_ts in {"", place.message_ts}


def from_row(ledger: Ledger, row: ChangeRow, lease: Lease, deadline: float, by: Interaction | None = None) -> Begun:
    """For whoever goes on; `by` is a click on *Check now*.

    On the request's message the click brings a new response_url. On another one its address would edit that, so that
    the row's own goes on being used.
    """
    to = by or Interaction(
        actor=Actor(row.clicker or row.request.requester, row.place.team, row.place.channel),
        response_url="",
        trigger_id="",
        deadline=deadline,
        thread_ts=row.place.thread_ts,
        reference=row.ref or "-",
    )
    if by is None or not is_on_request(by, row.place):
        to = replace(to, response_url=ledger.response_url_of(row), uses=Uses(row.response_url_uses))
    record_uses(ledger, lease, to.uses)
    return Begun(
        click=row.click, to=at_place(to, row.place), place=row.place, lease=lease, row=row, by_recovery=by is None
    )
