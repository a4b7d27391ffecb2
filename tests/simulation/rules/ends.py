"""What everything comes to once nothing fails any more, without anybody's click: on record, and in Slack."""

from collections import defaultdict
from collections.abc import Iterator

from bot.ledger.database import Row, Value
from bot.ledger.row import UNDELIVERED
from bot.ledger.statements import LEASE_S
from tests.simulation.journal import ASKS, PRESSES, Journal, Said, carried_by
from tests.simulation.rulebook import at

SOON_S, LATE_S = 15.0, 90.0
_UNSETTLED = {"under way", "unknown", "may still happen"}
_MOST_RECEIPTS = 2
_EVENT = ("event", "change", "user_id", "ref", "outcome")
_GONE = {"DONE", "FOUND_DONE", "FOUND_GONE"}


@at("quiet")
def every_conversation_comes_to_its_end(journal: Journal, seconds: float) -> Iterator[str]:
    """Within 15 seconds none says that something is under way, within 90 each has its end.

    Of a row that recovery had put off already it is asked so long after that.
    """
    open_words = {"under way"} if seconds < LATE_S else _UNSETTLED
    rows = _rows(journal)
    for said in journal.conversations():
        row = rows.get(said.about.request) if said.about else None
        is_excused = (
            _is_out_of_date(journal, said) or _is_put_off(journal, row, seconds) or _is_of_another_key(journal, row)
        )
        if said.claimed & open_words and not is_excused:
            yield f"{seconds:.0f} s after the last fault one still reads {said.words[:120]!r}; {_of(row)}"


@at("a day later")
def a_dead_api_is_given_up_after_a_day(journal: Journal, _: None) -> Iterator[str]:
    """Each row has ended, nobody reads that more is to come, and no text is kept but of receipts to come."""
    rows = _rows(journal)
    for row in rows.values():
        is_kept = row["copy"] is not None and row["receipt"] not in UNDELIVERED
        if row["state"] not in {"open", "delivered"} or is_kept:
            yield f"a day after the last answer of the API there is {_of(row)}{', and its copy' if is_kept else ''}"
    for said in journal.conversations():
        if said.claimed & {"under way", "may still happen"} and not _is_out_of_date(journal, said):
            of = _of(rows.get(said.about.request) if said.about else None)
            yield f"a day after the last answer of the API one still reads {said.words[:120]!r}; {of}"


@at("quiet")
def what_is_over_has_no_buttons(journal: Journal, seconds: float) -> Iterator[str]:
    rows = _rows(journal)
    for said in journal.conversations():
        for request in said.requests:
            row = rows.get(request)
            is_over = row is not None and (row["state"] != "open" or _is_expired(row, seconds))
            is_elsewhere = _is_one_of_two(journal, said, request) or _stands_elsewhere(journal, said, rows, request)
            is_excused = _is_out_of_date(journal, said) or is_elsewhere
            if is_over and seconds >= LATE_S and not is_excused and not _is_put_off(journal, row, seconds):
                yield f"{seconds:.0f} s after the last fault one still reads {said.words[:120]!r}; {_of(row)}"


def _is_one_of_two(journal: Journal, said: Said, request: str) -> bool:
    """A private request is posted again where Slack did not confirm it, and a click leads to one of the two alone."""
    copies = {one.ts for one in journal.said if one.visible_to and not one.is_edit and request in one.requests}
    return bool(said.visible_to) and len(copies) > 1


def _stands_elsewhere(journal: Journal, said: Said, rows: dict[str, Row], request: str) -> bool:
    """Its buttons came as a direct message too, and were clicked there; here only a click could bring a way to edit."""
    copies = {one.ts for one in journal.said if request in one.requests and one.ts != said.ts}
    replaced = [rows.get(str(carried_by(value).get("replaces"))) for _, value in said.buttons]
    is_editable = not all(row and not row["editable"] for row in replaced)
    return request in rows and rows[request]["message_ts"] in copies and not is_editable


@at("quiet")
def every_row_comes_to_its_end(journal: Journal, seconds: float) -> Iterator[str]:
    for row in _rows(journal).values():
        if seconds >= LATE_S and row["state"] not in {"open", "delivered"} and not _is_put_off(journal, row, seconds):
            yield f"{seconds:.0f} s after the last fault there is {_of(row)}"


@at("quiet")
def the_word_of_the_api_is_not_lost(journal: Journal, seconds: float) -> Iterator[str]:
    """Whoever got it puts it on record, if it lives for so long."""
    rows = _rows(journal)
    for call in journal.calls:
        is_word = call.endpoint in {"delete", "resolve"} and call.answer == "own 200" and call.over_at is not None
        alive = not call.bot.is_dead and call.bot.stops_at is None
        row = rows.get(call.click.request) if call.click else None
        if (
            seconds >= LATE_S
            and is_word
            and alive
            and row
            and row["outcome"] != "DONE"
            and not _is_put_off(journal, row, seconds)
        ):
            yield f"the API confirmed request {call.number}, and there is {_of(row)}"


@at("quiet")
def who_asked_is_not_lost(journal: Journal, seconds: float) -> Iterator[str]:
    """Whoever posted a request puts that on record, or that Slack did not confirm it, if it lives for so long."""
    told = {row["request"] for row in journal.ledger("SELECT request FROM audit WHERE event IN ('asked', 'unclear')")}
    for request, said in journal.shown.items():
        alive = not said.bot.is_dead and said.bot.stops_at is None
        is_of_asking = said.click is not None and said.click.action in ASKS and not said.is_edit
        if seconds >= LATE_S and is_of_asking and alive and request not in told:
            yield f"{said.bot.name} has asked {said.words[:120]!r}, and that is not on record"


@at("end")
def each_receipt_arrives(journal: Journal, _: None) -> Iterator[str]:
    """Once, or twice where nobody could tell whether it had."""
    for row in _rows(journal).values():
        clicks = journal.of_request(row["id"], *PRESSES)
        said = [
            one for one in journal.said if one.about and one.about.request == row["id"] and "receipt" in one.claimed
        ]
        whole = [one for one in said if "not sent directly" not in one.claimed]
        owed = row["outcome"] in _GONE and row["change"] == "delete" and row["copy_was_kept"]
        # Slack confirmed neither of two, and a third might be the third that arrives: `app.py receipt` has the copy.
        is_kept = row["receipt"] == "kept" and row["copy"] is not None
        if owed and all(click.bot.settings.delete_receipt for click in clicks) and not said and not is_kept:
            yield f"nobody got the receipt of {_of(row)}"
        if len(whole) > _MOST_RECEIPTS:
            yield f"{len(whole)} receipts came of {_of(row)}"


@at("end")
def an_event_is_one_row_of_the_audit(journal: Journal, _: None) -> Iterator[str]:
    seen: dict[str, list[tuple[Value, ...]]] = defaultdict(list)
    for row in journal.ledger("SELECT * FROM audit WHERE request <> '' AND event <> 'checked' ORDER BY id"):
        before, event = seen[row["request"]], tuple(row[name] for name in _EVENT)
        # Not known, then "may still happen", then not known again: these are three events of one change.
        if event in (before[-1:] if row["event"] == "unclear" else before):
            yield f"twice in the audit: {dict(row)}"
        before.append(event)
    done = "SELECT count(*) FROM audit WHERE request = changes.id AND event IN ('deleted', 'resolved')"
    for row in journal.ledger(f"SELECT id, ({done}) AS times FROM changes WHERE outcome = 'DONE'"):
        if row["times"] != 1:
            yield f"{row['id']} was carried out, and that is {row['times']} times in the audit"


def _rows(journal: Journal) -> dict[str, Row]:
    found = journal.ledger("SELECT *, delivered_at IS NOT NULL AS copy_was_kept, ledger_now() AS now FROM changes")
    return {row["id"]: row for row in found}


def _is_put_off(journal: Journal, row: Row | None, seconds: float) -> bool:
    """Recovery had failed at it before the quiet, and pauses; or a click on it has come only now, delivered late."""
    if row is None:
        return False
    is_clicked = any(click.at > journal.now() - SOON_S for click in journal.by_request.get(row["id"], ()))
    return is_clicked or bool(row["due_at"] and row["due_at"] > row["now"] - SOON_S and seconds < 400)


def _is_of_another_key(journal: Journal, row: Row | None) -> bool:
    """What became of it may never be known: that the ticket can't be found proves nothing with the key of now."""
    return bool(row and row["outcome"] == "UNKNOWN" and journal.accounts() != {row["account"]})


def _is_expired(row: Row, seconds: float) -> bool:
    return bool(row["editable"]) and row["now"] > row["expires_at"] + min(seconds, LATE_S)


def _is_out_of_date(journal: Journal, said: Said) -> bool:
    """Somebody was told directly that the message is, and what came of it; be it before an older edit landed late."""
    later = [one for one in journal.said if one.at >= said.handed_over_at and "out of date" in one.claimed]
    return any(case in one.words for one in later for case in said.cases) or _is_late_and_last(said)


def _is_late_and_last(said: Said) -> bool:
    """Nobody else knows of it: its process died before it landed, or right after its machine's clocks had stood still.

    The first where it landed so late that others may have had the row.
    """
    is_late = said.sender_is_dead and said.at > said.handed_over_at + LEASE_S
    was_paused = said.bot.is_dead and said.click is not None and said.bot.frozen_s(said.click.at, said.at) > 3
    return said.is_edit and (is_late or was_paused)


def _of(row: Row | None) -> str:
    names = ("id", "case_number", "state", "change", "outcome", "answer", "receipt", "show_again", "tries", "owner")
    return str({name: row[name] for name in names}) if row else "no row"
