"""What is to be done next about a row, whoever asks: recovery, or somebody who clicks on *Check now*. No I/O.

In this order: the API's own answer, what is a day old, then the state. No step sends a change: a row that was sent is
read, never sent again.
"""

from dataclasses import dataclass
from enum import Enum, auto

from bot.changes.outcome import UNCLEAR, Kind
from bot.ledger.row import DAY_S, ChangeRow


class Action(Enum):
    END = auto()
    """With the step's kind: people are shown it."""
    END_ON_RECORD = auto()
    """With the step's kind, or as it ended already: what people see is left as it is."""
    RELEASE = auto()
    """Nothing was sent, and the buttons stand: they work again."""
    OFFER_AGAIN = auto()
    """Nothing was sent, and the buttons went: new ones take their place where there is time for that."""
    READ = auto()
    """It was sent, and the API never answered: the ticket is read, and people are shown what that says."""
    SHOW = auto()
    """What people were to be shown last, once more; and the receipt, where it was not delivered."""
    DROP_TEXTS = auto()
    """Nothing is left to be done."""


@dataclass(frozen=True)
class NextStep:
    action: Action
    kind: Kind | None = None


def next_step(row: ChangeRow, *, is_asked_for: bool = False) -> NextStep:
    """`is_asked_for`: somebody clicked on *Check now*, and hears what is true however old the row is."""
    if row.new_answer and (is_asked_for or not row.is_stale):
        return NextStep(Action.END, row.new_answer)
    if row.is_stale and not is_asked_for:
        return _on_record(row)
    match row.state:
        case "open":
            return NextStep(Action.END if row.place.editable else Action.END_ON_RECORD, Kind.EXPIRED)
        case "claimed":
            return NextStep(Action.OFFER_AGAIN if row.announced else Action.RELEASE)
        case "sending":
            return NextStep(Action.READ)
        case _:
            return NextStep(_after_end(row, is_asked_for=is_asked_for))


def step_after_failure(row: ChangeRow) -> NextStep | None:
    """Where the work on a row raised: None to try again later, which a day in vain puts an end to."""
    return _on_record(row) if row.is_tried_for_a_day else None


def _after_end(row: ChangeRow, *, is_asked_for: bool) -> Action:
    is_told = row.state == "delivered"
    if is_asked_for:
        return Action.READ if row.outcome in UNCLEAR else Action.SHOW
    if row.outcome is Kind.MAY_STILL_HAPPEN and not row.is_unsettled:
        return Action.READ  # the time that the message named is over: to show that again would be untrue
    if not is_told or (row.show_again and row.show_again <= row.now):
        return Action.SHOW
    may_change = row.outcome in UNCLEAR and row.send_not_after and row.now < row.send_not_after + DAY_S
    if may_change:
        return Action.READ
    # Where it is due before `show_again` it is shown twice: without its texts it could not be shown then.
    return Action.SHOW if row.show_again else Action.DROP_TEXTS


def _on_record(row: ChangeRow) -> NextStep:
    if row.new_answer:
        return NextStep(Action.END_ON_RECORD, row.new_answer)
    if row.state == "delivered":
        return NextStep(Action.DROP_TEXTS)
    kinds = {"open": Kind.EXPIRED, "claimed": Kind.EXPIRED, "sending": Kind.UNKNOWN}
    return NextStep(Action.END_ON_RECORD, kinds.get(row.state))
