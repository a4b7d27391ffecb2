"""What must hold: of each sentence when it is said, of each conversation after the quiet, and of the records.

None of it depends on how fast anything goes: for times see tests.crash.figures.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from tests.crash.figures import END_WITHIN_S
from tests.crash.listening import DELETE, READ, Said
from tests.crash.records import json_lines, key_of, rows, unrecorded
from tests.crash.world import World

MOST_RECEIPTS = 2
Rule = Callable[[World, str], bool]
_DENIALS = {"not done", "nothing sent"}
_OPEN_ENDS = {"under way", "unknown", "may still happen"}
_GONE = {"done", "gone", "most likely"}
_ONCE = {"asked", "confirmed", "deleted", "found deleted", "cancelled", "expired"}


@dataclass
class Click:
    """On *Delete*, in the message with that `ts`; `until` is when Slack had the bot's word for it, or gave up.

    `deliveries`: to how many processes Slack brought it.
    """

    ts: str
    at: float
    until: float = math.inf
    deliveries: int = 1


@dataclass
class Conversation:
    """One person's request about one ticket."""

    case: str
    person: str
    channel: str
    clicks: list[Click] = field(default_factory=list)


@dataclass
class Watch:
    """Looks at each sentence when it is said, and again at what was denied once a ticket is deleted."""

    world: World
    conversations: dict[str, Conversation]

    def hear(self, said: Said) -> None:
        if said.case:
            self.world.problems += [f"{said.case}: {lie}: {_claims(said)}" for lie in self._lies(said)]

    def _lies(self, said: Said) -> Iterator[str]:
        world, done_at = self.world, self.world.journal.done_at.get(said.case)
        if "done" in said.claims and not _was_confirmed(world, said.case):
            yield "said to be deleted, and the API did not say so"
        if said.claims & {"gone", "most likely"} and done_at is None:
            yield "said to be gone, and is there"
        if said.claims & _DENIALS and done_at is not None and not said.posted.is_ephemeral:
            yield "said not to be deleted, and is"
        if said.claims & {"open", "may still happen"} and done_at is not None:
            calls = [call for call in world.ticket_api.calls(READ) if call.case_number == said.case]
            looks = [call.started for call in calls if call.ended is not None and call.status is not None]
            if not looks or done_at < max(looks):
                yield "said to be there, and was gone when the bot looked last"

    def denied_too_early(self) -> Iterator[str]:
        """Of all that was denied: the deletion came later, and of no other click.

        What one person alone reads is about that person's click; what all read is about each that the bot had by then.
        """
        for said in self.world.journal.said:
            done_at = self.world.journal.done_at.get(said.case)
            if said.claims & _DENIALS and done_at is not None and done_at > said.at:
                clicks = [click for click in self.conversations[said.case].clicks if click.at < done_at]
                # with the database away neither process knows of the other's delivery of one click
                mine = clicks[1:] or [click for click in clicks if click.deliveries > 1]
                others = mine if said.posted.visible_to else [click for click in clicks if click.until > said.at]
                if not others:
                    yield f"{said.case}: said not to be deleted, and was so later: {_claims(said)}"


def _was_confirmed(world: World, case: str) -> bool:
    """By the API, to whoever asked it."""
    calls = [call for call in world.ticket_api.calls(DELETE) if call.case_number == case]
    return any(call.carried_out and call.status == 200 for call in calls)


def is_true(world: World, case: str) -> bool:
    """Whether what people can read is so, as far as it can be known."""
    standing = readable(world, case)
    claims = frozenset().union(*standing)
    if "under way" in claims:
        return False
    return bool(claims & (_GONE | _OPEN_ENDS)) if case in world.journal.done_at else not claims & _GONE


def has_ended(world: World, case: str) -> bool:
    return is_true(world, case) and not frozenset().union(*readable(world, case)) & _OPEN_ENDS


def readable(world: World, case: str) -> list[frozenset[str]]:
    """The claims of each message about the ticket as it reads now.

    There are two where a person asked twice, since the first command seemed to get no answer. What says that a message
    is out of date stands in its place.
    """
    said = world.journal.about(case)
    last = {one.posted.ts: one for one in said if one.posted.visible_to is None and not one.is_direct}
    notes = [one for one in said if one.is_out_of_date_note]
    if notes and last:
        newest = max(last.values(), key=lambda one: one.at)
        if notes[-1].at > newest.at:
            last[newest.posted.ts] = notes[-1]
    return [one.claims for one in last.values()]


def receipts_of(world: World, case: str) -> list[Said]:
    return [said for said in world.journal.about(case) if said.is_direct and "receipt" in said.claims]


def receipts(world: World, case: str, kept: Collection[str]) -> Iterator[str]:
    """Two at most; one more for each kill, freeze and lost answer of Slack's since the ticket is gone.

    None where Slack confirmed neither of two: see `records.kept`.
    """
    if (done_at := world.journal.done_at.get(case)) is not None:
        got = receipts_of(world, case)
        if not got and case in kept:
            return
        troubles = [at for at in world.journal.troubles if got and done_at <= at < got[-1].at]
        if not 1 <= len(got) <= MOST_RECEIPTS + len(troubles):
            yield f"{case}: {len(got)} receipts"


def _claims(said: Said) -> str:
    return " + ".join(sorted(said.claims))


async def records(world: World) -> Iterator[str]:
    """Of the two tables, of the JSON lines, and of the API's log beside them."""
    changes = await rows(world.database_url, "SELECT * FROM changes")
    audit = await rows(world.database_url, "SELECT * FROM audit")
    found: list[str] = []
    once = Counter((row["event"], row["request"], row["ref"]) for row in audit if row["event"] in _ONCE)
    found += [f"{number} audit rows of {event}" for event, number in once.items() if number > 1]
    events = {(row["event"], row["request"]) for row in audit}
    for row in changes:
        wanted = ["confirmed"] * (row["send_not_after"] is not None) + ["deleted"] * (row["outcome"] == "DONE")
        missing = [event for event in wanted if (event, row["id"]) not in events]
        found += [f"{row['case_number']}: no audit row {event!r}" for event in missing]
        is_new = row["ended_at"] is not None and time.time() < row["ended_at"] + END_WITHIN_S  # one that expired, say
        if row["state"] not in {"open", "delivered"} and not is_new:
            found.append(f"{row['case_number']}: is {row['state']}, {row['outcome']}, receipt {row['receipt']!r}")
    in_table = {key_of(row) for row in audit}
    lines = [line for bot in world.bots for line in json_lines(bot) if line["ref"] not in unrecorded(bot)]
    found += [f"a JSON line that the table has not: {line}" for line in lines if key_of(line) not in in_table]
    sent = Counter(row["case_number"] for row in changes if row["send_not_after"] is not None)
    for case in world.journal.cases:
        if (worked := world.deletions_of(case)) > sent[case]:
            found.append(f"{case}: {worked} deletions were carried out or tried, for {sent[case]} requests")
    return iter(found)
