"""What must hold: of each sentence when it is said, of each conversation after the quiet, and of the records."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.crash.bot import Bot
from tests.crash.listening import DELETE, READ, Said
from tests.crash.records import Row, json_lines, key_of, rows
from tests.crash.world import World, last_of

TRUE_WITHIN_S = 15.0
END_WITHIN_S = 90.0
MOST_RECEIPTS = 2
_DENIALS = {"not done", "nothing sent"}
_OPEN_ENDS = {"under way", "unknown", "may still happen"}
_UNRECORDED = {"the confirmation could not be recorded", "can't be recorded"}
"""Of lines that say that the table has them not: the database did not answer, as after a freeze."""
_GONE = {"done", "gone", "most likely"}
_ONCE = {"asked", "confirmed", "deleted", "found deleted", "cancelled", "expired"}


@dataclass
class Conversation:
    """One person's request about one ticket. `clicked_at` are the times of each click on *Delete*."""

    case: str
    person: str
    channel: str
    clicked_at: list[float] = field(default_factory=list)
    was_taken: bool = False


@dataclass
class Watch:
    """Looks at each sentence when it is said, and again at what was denied once a ticket is deleted.

    `is_of_another_click`: whether what is denied is one click alone, of several.
    """

    world: World
    conversations: dict[str, Conversation]
    is_of_another_click: Callable[[Said], bool] = lambda _: False

    def hear(self, said: Said) -> None:
        if said.case:
            self.world.problems += [f"{said.case}: {lie}: {said.words[:200]!r}" for lie in self._lies(said)]

    def _lies(self, said: Said) -> Iterator[str]:
        world, done_at = self.world, self.world.journal.done_at.get(said.case)
        if "done" in said.claims and not _was_confirmed(world, said.case):
            yield "said to be deleted, and the API did not say so"
        if said.claims & {"gone", "most likely"} and done_at is None:
            yield "said to be gone, and is there"
        if said.claims & _DENIALS and done_at is not None and not said.posted.is_ephemeral:
            yield "said not to be deleted, and is"
        if said.claims & {"open", "may still happen"} and done_at is not None:
            looks = [call.started for call in world.ticket_api.calls(READ) if call.case_number == said.case]
            if not looks or done_at < max(looks):
                yield "said to be there, and was gone when the bot looked last"

    def denied_too_early(self) -> Iterator[str]:
        """Of all that was denied: the deletion came later, and of no later click."""
        for said in self.world.journal.said:
            done_at = self.world.journal.done_at.get(said.case)
            if said.claims & _DENIALS and done_at is not None and done_at > said.at:
                later = [at for at in self.conversations[said.case].clicked_at if at > said.at]
                if not later and not self.is_of_another_click(said):
                    yield f"{said.case}: said not to be deleted, and was so later: {said.words[:200]!r}"


def _was_confirmed(world: World, case: str) -> bool:
    """By the API, to whoever asked it."""
    calls = [call for call in world.ticket_api.calls(DELETE) if call.case_number == case]
    return any(call.carried_out and call.status == 200 for call in calls)


def is_true(world: World, case: str) -> bool:
    """Whether what people can read is so, as far as it can be known."""
    claims = readable(world, case)
    if "under way" in claims:
        return False
    return bool(claims & (_GONE | _OPEN_ENDS)) if case in world.journal.done_at else not claims & _GONE


def has_ended(world: World, case: str) -> bool:
    return is_true(world, case) and not readable(world, case) & _OPEN_ENDS


def readable(world: World, case: str) -> frozenset[str]:
    """The message's own claims; or those of the latest direct message that says that it is out of date."""
    last = last_of(world, case)
    notes = [said for said in world.journal.about(case) if said.is_out_of_date_note]
    if notes and (last is None or notes[-1].at > last.at):
        return notes[-1].claims
    return last.claims if last else frozenset()


def receipts(world: World, conversation: Conversation) -> Iterator[str]:
    """Two at most; where a kill and a lost answer of Slack's met the same one, one more for each."""
    case = conversation.case
    if case in world.journal.done_at:
        got = [said for said in world.journal.about(case) if said.is_direct and "receipt" in said.claims]
        troubles = [at for at in world.journal.troubles if got and got[0].at - 0.5 < at < got[-1].at]
        if not 1 <= len(got) <= max(MOST_RECEIPTS, 1 + len(troubles)):
            yield f"{case}: {len(got)} receipts"


async def records(world: World, may_lack: Callable[[Bot, Row], bool] = lambda *_: False) -> Iterator[str]:
    """Of the two tables, of the JSON lines, and of the API's log beside them.

    `may_lack`: whether the database may be without a process's JSON line, as one that is away.
    """
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
        if row["state"] not in {"open", "delivered"}:
            found.append(f"{row['case_number']}: is {row['state']}, {row['outcome']}, receipt {row['receipt']!r}")
    in_table = {key_of(row) for row in audit}
    written = [(bot, line) for bot in world.bots for line in json_lines(bot)]
    lines = [line for bot, line in written if line["outcome"] not in _UNRECORDED and not may_lack(bot, line)]
    found += [f"a JSON line that the table has not: {line}" for line in lines if key_of(line) not in in_table]
    sent = Counter(row["case_number"] for row in changes if row["send_not_after"] is not None)
    for case in world.journal.cases:
        if (worked := world.deletions_of(case)) > sent[case]:
            found.append(f"{case}: {worked} deletions were carried out or tried, for {sent[case]} requests")
    return iter(found)
