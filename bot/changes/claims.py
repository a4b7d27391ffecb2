"""What has become of the prompts lately, so that a second press is harmless and gets a true answer.

No click needs this memory to be honoured: across a restart, and between two processes, reading the ticket again and
the prompt's age do the same more roughly. It is bounded; the oldest is forgotten first.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from bot.tickets import CaseNumber, Change

State = Literal["working", "deleted", "resolved", "cancelled", "expired", "answered"]


@dataclass(frozen=True)
class Claim:
    """Who brought the prompt into this state, and when, in seconds since the epoch."""

    state: State
    user_id: str
    at: int


class Claims:
    """By a prompt's id; and by the case number of a ticket that was deleted or resolved here."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._claims: OrderedDict[str, Claim] = OrderedDict()
        self._tried: OrderedDict[tuple[Change, CaseNumber], set[str]] = OrderedDict()

    def take(self, prompt_id: str, user_id: str, at: int) -> Claim | None:
        """None if the prompt is the caller's to work on from now; else who has it or had it."""
        if taken := self._claims.get(prompt_id):
            return taken
        self.end(prompt_id, Claim("working", user_id, at))
        return None

    def seen(self, prompt_id: str) -> Claim | None:
        return self._claims.get(prompt_id)

    def give_back(self, prompt_id: str) -> None:
        """Nothing was done, and the prompt stands as before."""
        self._claims.pop(prompt_id, None)

    def end(self, prompt_id: str, claim: Claim) -> None:
        self._claims[prompt_id] = claim
        self._claims.move_to_end(prompt_id)
        if len(self._claims) > self._most:
            self._claims.popitem(last=False)

    def try_(self, change: Change, case_number: CaseNumber, prompt_id: str) -> None:
        """From now on the prompt's request may have been what changed the ticket."""
        self._tried.setdefault((change, case_number), set()).add(prompt_id)
        if len(self._tried) > self._most:
            self._tried.popitem(last=False)

    def was_not(self, change: Change, case_number: CaseNumber, prompt_id: str) -> None:
        """It is proven that the prompt's request changed nothing."""
        self._tried.get((change, case_number), set()).discard(prompt_id)

    def only(self, change: Change, case_number: CaseNumber, prompt_id: str) -> bool:
        """Whether, of all prompts here, this one's request alone can have changed the ticket."""
        tried = self._tried.get((change, case_number), set())
        return tried <= {prompt_id} and not self.seen(case_number)
