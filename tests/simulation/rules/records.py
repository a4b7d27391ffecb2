"""What is on record, and in the log: each event once, with who asked and who confirmed; and no word of a ticket."""

import re
from collections.abc import Iterator

from tests.simulation import evidence
from tests.simulation.evidence import may
from tests.simulation.journal import ASKS, AUDITED, CANCEL, CHECK, PRESSES, AuditLine, Click, Journal, Logged
from tests.simulation.people import SECRET
from tests.simulation.rulebook import at

_EXPECTED = re.compile(
    r"refuses SWEEPPEA_API_KEY|audit lines can't be written|the ledger can't be|\b\w{7} can't be written"
)
_RECORDED_AS = {
    "delete_ticket": {"deleted", "found deleted", "unclear"},
    "resolve_ticket": {"resolved", "found resolved", "unclear"},
}


@at("ended")
def every_event_is_on_record(journal: Journal, click: Click) -> Iterator[str]:
    """Once, where it was delivered twice: by whichever was first, unless that one was killed before."""
    deliveries = evidence.deliveries(journal, click) or [click]
    if any(one.ended_at is None for one in deliveries):
        return
    events = [str(line.fields["event"]) for one in deliveries for line in [*one.lines, *one.later_lines]]
    is_event = click.action in AUDITED and not evidence.is_slip(click)
    troubled = any(one.disk_trouble or one.database_trouble or one.frozen_s for one in deliveries)
    if bool(events) is not is_event and not troubled and events != ["refused"]:
        yield f"{click.name} ({click.action}) is on record as {events}"
    done = [call for call in click.changes if call.done_at is not None and call.done_at <= (click.ended_at or 0)]
    is_right = events.count("confirmed") == 1 and events[-1] in _RECORDED_AS.get(click.action, ())
    if done and not troubled and not is_right:
        yield f"{click.name} changed {click.case} and is on record as {events}"


@at("audited")
def the_record_names_the_right_people(journal: Journal, line: AuditLine) -> Iterator[str]:
    click, fields = line.about, line.fields
    if SECRET in line.raw:
        yield f"ticket content is on record: {line.raw}"
    if click is None:
        yield from _expired_by_itself(journal, line)
    elif _is_by_another(journal, click, line) or fields.get("case_number") not in {click.case, None}:
        yield f"{click.name} is on record as {line.raw}"
    elif click.request and fields["event"] != "refused":
        asker = evidence.asker_of(journal, click.request)
        if fields.get("asker", asker) != asker:
            yield f"{asker} asked for the request of {click.name}, which is on record as {line.raw}"


def _is_by_another(journal: Journal, click: Click, line: AuditLine) -> bool:
    """Than who clicked, there; a check that is delivered to recovery is somebody's own.

    What a check in a direct message finds is on record where the request stands.
    """
    is_found = click.action == CHECK and line.fields["event"] != "checked"
    clicks = [click, *(journal.of_request(click.request, *PRESSES) if is_found else ())]
    is_elsewhere = line.fields.get("channel") not in {one.channel for one in clicks}
    return is_elsewhere or any(line.fields.get(key) != getattr(click, key) for key in ("user", "team"))


def _expired_by_itself(journal: Journal, line: AuditLine) -> Iterator[str]:
    """All that is on record of a request on which nobody clicked."""
    fields, asker = line.fields, evidence.asker_of(journal, str(line.fields.get("request")))
    if fields["event"] != "expired" or fields.get("confirmer") or asker not in {fields.get("asker"), ""}:
        yield f"nobody clicked, and on record is {line.raw}"


@at("audited")
def what_is_on_record_was_carried_out(journal: Journal, line: AuditLine) -> Iterator[str]:
    click, event = line.about, line.fields["event"]
    calls = [call for one in journal.of_request(click.request, *PRESSES) for call in one.changes] if click else []
    confirmed = any(call.done_at is not None and call.answer == "own 200" for call in calls)
    if click and event in {"deleted", "resolved"} and not confirmed:
        yield f"{click.name} is on record as {event}, and was not confirmed by the API"


@at("ended")
def a_deletion_has_its_receipt(_: Journal, click: Click) -> Iterator[str]:
    """Whoever deleted a ticket gets its text; where they can't be reached who asked for it, and nobody else."""
    is_done = any({"done", "most likely"} & said.claimed for said in click.said if said.is_edit and said.about is click)
    receipts = [said for said in click.said if "receipt" in said.claimed]
    is_owed = is_done and click.action == "delete_ticket" and click.bot.settings.delete_receipt
    if is_owed and not receipts and not click.trouble:
        yield f"{click.name} deleted {click.case} and got no receipt"
    if any(
        said.visible_to not in {click.user, *map(click.carried.get, ("requester", "confirmer"))} for said in receipts
    ):
        yield f"the receipt of {click.name} went to somebody else"


@at("logged")
def nothing_unforeseen_is_logged(_: Journal, logged: Logged) -> Iterator[str]:
    if logged.level in {"ERROR", "CRITICAL"} and not _EXPECTED.search(logged.text):
        yield f"logged: {logged.text[:400]}"
    if SECRET in logged.text:
        yield f"ticket content in the log: {logged.text[:200]}"


@at("ended")
def the_word_of_the_api_is_on_record(journal: Journal, click: Click) -> Iterator[str]:
    """By then, be it that others have the row since: it is true whoever has that."""
    confirmed = [call for call in click.changes if call.answer == "own 200" and not call.is_given_up]
    if not confirmed or click.database_trouble:
        return
    rows = journal.ledger(f"SELECT outcome, answer FROM changes WHERE id = '{click.request}'")
    if not any("DONE" in {row["outcome"], row["answer"]} for row in rows):
        yield f"the API confirmed request {confirmed[0].number} for {click.name}, and on record is {rows}"


@at("logged")
def who_works_on_a_row_keeps_it(journal: Journal, logged: Logged) -> Iterator[str]:
    """For as long as its process runs, and the database keeps its time and answers: one lost answer is looked up."""
    click = logged.click
    if not click or "is left to others" not in logged.text or click.frozen_s:
        return
    is_served = not click.database_trouble or evidence.lost_one_answer(click)
    if is_served and not any(at >= click.at for at in journal.clock_sets):
        yield f"{click.name} has lost its row: {logged.text[:120]}"


@at("ended")
def a_refusal_is_on_record(_: Journal, click: Click) -> Iterator[str]:
    events = [line.fields["event"] for line in click.lines]
    is_event = click.action in AUDITED and not evidence.is_slip(click)
    if is_event and not may(click) and events != ["refused"] and not click.disk_trouble:
        yield f"{click.name} of {click.user}, who may not, is on record as {events}"


@at("ended")
def what_people_read_is_on_record(_: Journal, click: Click) -> Iterator[str]:
    """That a request was asked for, and that it was cancelled.

    The first is on record in time or later, whatever the database does: see who_asked_is_not_lost.
    """
    is_excused = click.database_trouble and click.action not in ASKS
    troubled = click.trouble or click.disk_trouble or is_excused or click.frozen_s
    if troubled or click.bot.stops_at is not None:
        return
    events = {line.fields["event"] for line in click.lines}
    asked = click.action in ASKS and any(said.offers_deletion for said in click.said)
    cancelled = click.action == CANCEL and any(
        "cancelled" in said.claimed for said in click.said if said.about is click
    )
    if ("asked" in events, "cancelled" in events) != (asked, cancelled):
        yield f"{click.name} is on record as {sorted(events)}, which is not what people read"
