"""What has become of the requests lately, so that a second click is harmless and gets a true answer.

No click needs this memory to be honoured: across a restart, and between two processes, reading the ticket again and
the request's age do the same more roughly. It is bounded; the oldest is forgotten first.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

from bot.changes.outcome import State
from bot.tickets import CaseNumber, Change


@dataclass(frozen=True)
class Claim:
    """Who brought the request into this state, and when, in seconds since the epoch."""

    state: State
    user_id: str
    at: int


class Claims:
    """By a request's id."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._claims: OrderedDict[str, Claim] = OrderedDict()
        self._posted: OrderedDict[str, None] = OrderedDict()
        self._attempts: OrderedDict[tuple[Change, CaseNumber], dict[str, float]] = OrderedDict()

    def record_posted(self, request_id: str) -> None:
        self._posted[request_id] = None
        if len(self._posted) > self._capacity:
            self._posted.popitem(last=False)

    def is_posted_here(self, request_id: str) -> bool:
        """Whether all that became of the request since is known here."""
        return request_id in self._posted

    def acquire(self, request_id: str, user_id: str, at: int) -> Claim | None:
        """None if the request is the caller's to work on from now; else who has it or had it."""
        if claim := self._claims.get(request_id):
            return claim
        self.finish(request_id, Claim("working", user_id, at))
        return None

    def get(self, key: str) -> Claim | None:
        return self._claims.get(key)

    def release(self, request_id: str) -> None:
        """Nothing was done, and the request stands as before."""
        self._claims.pop(request_id, None)

    def finish(self, key: str, claim: Claim) -> None:
        self._claims[key] = claim
        self._claims.move_to_end(key)
        if len(self._claims) > self._capacity:
            self._claims.popitem(last=False)

    def record_attempt(self, change: Change, case_number: CaseNumber, request_id: str, read_at: float) -> None:
        """From now on the request's call may be what changes the ticket.

        A read at `read_at` (seconds since the epoch) showed the ticket unchanged, so that none did whose time was over.
        """
        others = self._attempts.get((change, case_number), {})
        open_ones = {other: until for other, until in others.items() if until > read_at}
        self._attempts[change, case_number] = open_ones | {request_id: math.inf}
        if len(self._attempts) > self._capacity:
            self._attempts.popitem(last=False)

    def end_attempt(self, change: Change, case_number: CaseNumber, request_id: str, until: float | None) -> None:
        """`until` when its call may still be carried out, None where it is proven that it changed nothing."""
        attempts = self._attempts.get((change, case_number), {})
        if until is None:
            attempts.pop(request_id, None)
        elif request_id in attempts:
            attempts[request_id] = until

    def is_sole_attempt(self, change: Change, case_number: CaseNumber, request_id: str) -> bool:
        """Whether, of all requests here, this one's call alone can have changed the ticket."""
        return self._attempts.get((change, case_number), {}).keys() <= {request_id}
