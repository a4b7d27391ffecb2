"""When a row is looked at again. Decisions, no I/O; all times in seconds."""

from bot.changes.outcome import UNCLEAR, Kind
from bot.ledger.row import DAY_S
from bot.ledger.statements import REOPEN_S, SEND_S, SETTLE_S

LONGEST_PAUSE_S = 300.0
_LOOKS_S = (SETTLE_S - SEND_S + 1, 600.0, 3_600.0)
"""After the last moment at which a request without an answer could be sent: at the first one it is settled."""


def pause_s(tries: int) -> float:
    """1, 2, 4 … LONGEST_PAUSE_S."""
    return min(2.0 ** min(tries, 10), LONGEST_PAUSE_S)


def next_look(send_not_after: float, now: float) -> float | None:
    """When the ticket is read again, for a request that ended without the API's word; None for never."""
    return next((at for after in _LOOKS_S if (at := send_not_after + after) > now), None)


def due_after_delivery(kind: Kind, send_not_after: float | None, now: float, keep_days: float) -> float:
    """Of a delivered row: the next look, or when to forget its texts."""
    if kind is Kind.UNKNOWN:
        return now + pause_s(0)
    if kind in UNCLEAR and send_not_after is not None:
        return next_look(send_not_after, now) or send_not_after + DAY_S
    return now + max(keep_days * DAY_S, REOPEN_S)
