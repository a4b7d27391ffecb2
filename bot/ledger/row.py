"""A row of `changes`: a request and what has become of it."""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from bot.blockkit.blocks import Message
from bot.changes.outcome import UNCLEAR, Kind, Outcome, Standing
from bot.changes.request import ChangeRequest, Click, PendingCheck
from bot.ledger.database import Row
from bot.ledger.statements import LEASE_S
from bot.tickets import CaseNumber, Change, Ticket

DAY_S = 86_400.0
State = Literal["open", "claimed", "sending", "ended", "delivered"]
"""open: the buttons work. claimed: somebody clicked, and nothing was sent. sending: perhaps carried out. ended: what
came of it is known here, as far as it can be. delivered: people know too."""
Receipt = Literal["", "due", "maybe", "kept", "sent"]
"""Of the deleted ticket's text, committed before it is sent. due: nobody has it. maybe: it was sent once, and may have
arrived. kept: it was sent twice, or nobody may have it, and is sent no more: its copy is kept. sent: Slack has it."""
UNSENT: frozenset[Receipt] = frozenset({"due", "maybe"})
"""It is sent again."""
UNDELIVERED: frozenset[Receipt] = UNSENT | {"kept"}
"""Its copy is kept."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a request stands. `editable`: the bot posted the message itself, so that `chat.update` can edit it.

    `private`: one person alone sees it.
    """

    team: str
    channel: str
    thread_ts: str = ""
    message_ts: str = ""
    private: bool = False
    editable: bool = False

    def clicked_in(self, message: "Place") -> "Place":
        """Where the request stands by now: a request that Slack took in no other way came as a direct message.

        The bot posts a direct message itself.
        """
        if self.may_be(message):
            return replace(self, message_ts=self.message_ts or message.message_ts)
        return replace(message, editable=message.channel != self.channel)

    def may_be(self, message: "Place") -> bool:
        """Whether it is that message. Of one that the bot did not post itself, a click alone knows which it is."""
        return self.channel == message.channel and (
            self.message_ts in {"", message.message_ts} or not message.message_ts
        )


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """Times are by the database's clock, in seconds since the epoch, `now` among them: when the row was read.

    `clicked_at` and what `request` says are by the clock of the bot that the click came to. `copy` and `response_url`
    are encrypted, and so is `message`, the last that people were to be shown. `show_again` is when that is shown once
    more: an older edit may have landed on top.
    """

    id: str
    account: str
    case_number: CaseNumber
    state: State
    request: ChangeRequest
    place: Place
    change: Change
    clicker: str
    clicked_at: float
    ref: str
    owner: str | None
    fence: int
    lease_until: float | None
    send_not_after: float | None
    last_try: float | None
    settled_at: float | None
    announced: bool
    outcome: Kind | None
    answer: Kind | None
    copy: bytes | None
    message: bytes | None
    response_url: bytes | None
    response_url_until: float | None
    response_url_uses: int
    receipt: Receipt
    show_again: float | None
    tries: int
    due_at: float | None
    ended_at: float | None
    now: float

    @classmethod
    def parse(cls, row: Row) -> Self:
        request = ChangeRequest.parse(row["request"])
        if request is None:
            raise ValueError(f"the request {row['id']} in the ledger can't be read")
        place = Place(
            team=row["team"],
            channel=row["channel"],
            thread_ts=row["thread_ts"],
            message_ts=row["message_ts"],
            private=bool(row["private"]),
            editable=bool(row["editable"]),
        )
        same = {name: row[name] for name in cls.__dataclass_fields__ if name not in _MADE}
        return cls(
            **same,
            request=request,
            place=place,
            change=row["change"] if row["change"] in {"delete", "resolve"} else "delete",
            clicked_at=row["clicked_at"] or 0.0,
            announced=bool(row["announced"]),
            outcome=_kind(row["outcome"]),
            answer=_kind(row["answer"]),
        )

    @property
    def click(self) -> Click:
        return Click(
            request=self.request, change=self.change, user_id=self.clicker, at=int(self.clicked_at), ref=self.ref
        )

    @property
    def check(self) -> PendingCheck:
        """For *Check now*."""
        return self.click.pending_check(self.last_try or self.clicked_at)

    @property
    def is_held(self) -> bool:
        """Whether somebody works on it at this moment."""
        return is_held(self.lease_until, self.now)

    @property
    def standing(self) -> Standing:
        """For whoever clicks on the request now."""
        if self.state == "open":  # recovery has it, which takes an open row only once its time is over
            return Standing("expired", self.clicker, int(self.clicked_at))
        if self.outcome is None or self.state in {"claimed", "sending"}:
            return Standing("working", self.clicker, int(self.clicked_at))
        state = Outcome(kind=self.outcome).meaning(self.change).state or "closed"
        return Standing(state, self.clicker, int(self.clicked_at))

    @property
    def new_answer(self) -> Kind | None:
        """The API's own word, where the row has not ended by it yet."""
        return self.answer if self.answer is not self.outcome else None

    @property
    def is_unsettled(self) -> bool:
        """Whether a request was sent that may still be carried out, for all that is known."""
        return self.settled_at is not None and self.now < self.settled_at

    @property
    def has_final_end(self) -> bool:
        """Whether it has ended, and nothing more is to be heard of it."""
        has_ended = self.outcome is not None and self.state in {"ended", "delivered"}
        return has_ended and not self.new_answer and self.outcome not in UNCLEAR

    @property
    def is_given_up(self) -> bool:
        """After a day in vain it is enough."""
        return self.ended_at is not None and self.now > self.ended_at + DAY_S

    @property
    def is_tried_for_a_day(self) -> bool:
        """Since the last try of the change, or the click, or the end of the request's time."""
        began_at = self.last_try or self.clicked_at or self.request.requested_at
        return self.tries > 0 and self.now > began_at + DAY_S

    @property
    def is_stale(self) -> bool:
        """Of another day: a restored backup, or a bot that was off for long. What people see is left as it is."""
        return self.now > (self.due_at or self.send_not_after or self.clicked_at) + DAY_S


def is_held(lease_until: float | None, now: float) -> bool:
    """Whether somebody works on a row with that lease. A longer one is from before the database's clock went back."""
    return lease_until is not None and now < lease_until <= now + LEASE_S


_FOR_THE_RECORD = ("CaseNumber", "Subject", "Status")
_MADE = {"request", "place", "change", "clicked_at", "announced", "outcome", "answer"}


def _kind(name: str) -> Kind | None:
    return Kind[name] if name in Kind.__members__ else None


def encode_ticket(ticket: Ticket, *, whole: bool) -> str:
    """What is kept of a ticket until its receipt is delivered; without `whole` only what the record shows."""
    source = dict(ticket.source)
    kept = source if whole else {key: source[key] for key in _FOR_THE_RECORD if key in source}
    return json.dumps(kept)


def is_whole(ticket: Ticket) -> bool:
    """Whether more is there than what the record shows. DELETE_RECEIPT may have been off when that was kept."""
    return not ticket.source.keys() <= set(_FOR_THE_RECORD)


def decode_ticket(text: str) -> Ticket:
    return Ticket.from_answer(json.loads(text))


def encode_message(message: Message) -> str:
    return json.dumps({"text": message.text, "blocks": list(message.blocks)})


def decode_message(text: str) -> Message:
    made: dict[str, Any] = json.loads(text)
    return Message(made["text"], tuple(made["blocks"]))
