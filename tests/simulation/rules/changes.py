"""What is done to tickets: by whose click, on what proof, and how often."""

from collections.abc import Iterator

from tests.simulation import evidence
from tests.simulation.evidence import may
from tests.simulation.journal import ENDPOINTS, PRESSES, READ, AuditLine, Call, Click, Journal
from tests.simulation.rulebook import at

TRY_S = 10.0
TURN_S = 60.0
"""For how long somebody may have a turn before a request: for a change with all its tries."""


@at("sent")
def a_change_has_a_click(_: Journal, call: Call) -> Iterator[str]:
    """On that very button, about that very ticket."""
    click = call.click
    if call.endpoint != READ and (not click or (ENDPOINTS.get(click.action), click.case) != (call.endpoint, call.case)):
        yield f"request {call.number} would {call.endpoint} {call.case} without such a click"


@at("sent")
def a_change_is_sent_with_no_key_but_the_rows(journal: Journal, call: Call) -> Iterator[str]:
    if call.endpoint != READ and call.click:
        for row in journal.ledger(f"SELECT account FROM changes WHERE id = '{call.click.request}'"):
            if row["account"] != call.bot.account:
                yield f"request {call.number} is sent with another key than that of its row"


@at("audited")
def with_another_key_nothing_is_found_gone(journal: Journal, line: AuditLine) -> Iterator[str]:
    """It is another account's, which can't see the ticket whatever became of it. The API's own word holds with any."""
    is_found = line.fields["event"] == "found deleted" or "can't be found" in str(line.fields.get("outcome"))
    if is_found and line.bot:
        for row in journal.ledger(f"SELECT account, answer FROM changes WHERE id = '{line.fields.get('request')}'"):
            if row["account"] != line.bot.account and not row["answer"]:
                yield f"{line.bot.name} has another key than the row, and puts on record: {line.raw}"


@at("sent")
def a_change_is_clicked_by_somebody_who_may(_: Journal, call: Call) -> Iterator[str]:
    if call.endpoint != READ and call.click and not may(call.click):
        yield f"{call.click.name} of {call.click.user} would {call.endpoint} {call.case}, and may not"
    if call.endpoint == "resolve" and not call.bot.settings.ticket_resolve:
        yield f"request {call.number} would resolve {call.case}, which is turned off"


@at("sent")
def a_change_is_clicked_in_time(_: Journal, call: Call) -> Iterator[str]:
    """Neither after the request expired, nor where a clock that was set back makes its age unknown."""
    if call.endpoint != READ and call.click:
        age_s, ttl_s = evidence.age_s(call.click), call.bot.settings.delete_prompt_ttl_s
        if not -62 - call.click.frozen_s <= age_s < ttl_s + 1:  # a process that stood still looks at its clock later
            yield f"{call.click.name} came {age_s:.0f} s after a request that holds for {ttl_s} s"


@at("carried out")
def a_cancelled_request_is_not_carried_out(journal: Journal, call: Call) -> Iterator[str]:
    if call.click and any(said.bot is call.bot for said in evidence.cancels(journal, call.click)):
        yield f"{call.click.name} changed {call.case} after its request had been cancelled"


@at("carried out")
def a_cancel_holds_in_every_process(journal: Journal, call: Call) -> Iterator[str]:
    if call.click and evidence.cancels(journal, call.click):
        yield f"{call.click.name} changed {call.case} after its request had been cancelled"


@at("carried out")
def what_is_settled_does_not_happen(journal: Journal, call: Call) -> Iterator[str]:
    """By the record, from which people are told that it can't happen any more; but for who stood still before it."""
    is_known = call.click and not call.bot.frozen_s(call.began_at, call.sent_at or journal.now())
    if not is_known or any(at >= call.began_at for at in journal.clock_sets):
        return
    of_it = f"FROM changes WHERE id = '{call.click.request if call.click else ''}'"
    for row in journal.ledger(f"SELECT ledger_now() - settled_at AS late_s {of_it}"):
        if (row["late_s"] or 0) > 0:
            yield f"request {call.number} was settled {row['late_s']:.0f} s before it was carried out"


@at("carried out")
def a_ticket_is_changed_only_as_it_was_shown(journal: Journal, call: Call) -> Iterator[str]:
    """At some time after the click the ticket was as the request had shown it."""
    if not evidence.was_shown(journal, call):
        yield f"request {call.number} changed {call.case}, which was not as the request in Slack had shown it"


@at("sent")
def a_change_is_decided_on_a_fresh_read(journal: Journal, call: Call) -> Iterator[str]:
    """It was begun after the click, found the ticket open, and is at most five seconds old."""
    if call.endpoint != READ and call.click and not evidence.fresh_reads(call, call.click.at, journal.now()):
        yield f"request {call.number} would {call.endpoint} {call.case}, of which nobody had a fresh look"


@at("sent")
def a_request_is_carried_out_by_one_click(journal: Journal, call: Call) -> Iterator[str]:
    """Of two clicks on one request a process sends the change for the first alone."""
    same = [one.number for one in evidence.others_of_request(journal, call) if one.bot is call.bot]
    if call.endpoint != READ and same:
        yield f"request {call.number} is sent for {call.cause}, after {same} for the same message"


@at("sent")
def a_request_is_carried_out_by_one_click_in_all_processes(journal: Journal, call: Call) -> Iterator[str]:
    if call.endpoint != READ and (others := evidence.others_of_request(journal, call)):
        yield f"request {call.number} is sent for {call.cause}, after {[one.number for one in others]}"


@at("sent")
def a_ticket_has_one_change_under_way(journal: Journal, call: Call) -> Iterator[str]:
    """None is sent while another request for the ticket may still be carried out, for all that the bots know."""
    others = evidence.may_still_be_carried_out(journal, call) if call.endpoint != READ else []
    if others:
        yield f"request {call.number} is sent for {call.case}, after {[one.number for one in others]}"


@at("audited")
def a_ticket_is_one_clicks_at_a_time(journal: Journal, line: AuditLine) -> Iterator[str]:
    """None is confirmed while another one is, for the same ticket, and has not ended."""
    click = line.click
    if line.fields["event"] != "confirmed" or not click or click.frozen_s or click.disk_trouble:  # else the line is old
        return
    for row in journal.ledger("SELECT * FROM changes WHERE state IN ('claimed', 'sending') AND announced = 1"):
        if row["case_number"] == line.fields["case_number"] and row["id"] != line.fields["request"]:
            yield f"confirmed is {line.raw}, and {row['clicker']} is at the same ticket with {row['id']}"


@at("sent")
def a_change_is_sent_in_its_time(journal: Journal, call: Call) -> Iterator[str]:
    """From its end others reckon when the change can't happen any more. Who stood still is other rules' matter."""
    since = call.began_at
    if call.endpoint == READ or not call.click or call.bot.frozen_s(since, journal.now()):
        return
    if any(at >= since for at in journal.clock_sets):
        return
    of_it = f"FROM changes WHERE id = '{call.click.request}'"
    for row in journal.ledger(f"SELECT ledger_now() - send_not_after AS late_s {of_it}"):
        if row["late_s"] is None or row["late_s"] > 0:
            yield f"request {call.number} is sent {row['late_s']} s after the last moment that is on record for it"


@at("sent")
def a_change_is_repeated_only_where_it_was_proven_undone(journal: Journal, call: Call) -> Iterator[str]:
    """After the API's own 429 or 503, or nothing sent; or a gateway's quick one, once a fresh read found it open."""
    before = [one for one in call.click.changes if one is not call] if call.click and call.endpoint != READ else []
    if before and not evidence.may_be_repeated(before[-1], journal.now()):
        yield f"request {call.number} repeats request {before[-1].number}, which met {before[-1].answer!r}"


@at("sent")
def tries_leave_the_ticket_system_air(_: Journal, call: Call) -> Iterator[str]:
    """No more than twelve of one kind for one click in five seconds: a change reads the ticket anew between its own."""
    calls = call.click.calls if call.click else []
    tries = [one for one in calls if one.endpoint == call.endpoint and one.began_at > call.began_at - 5]
    if len(tries) > 12:
        yield f"{len(tries)} tries within five seconds for {call.cause}"


@at("sent")
def an_endpoint_gets_one_request_at_a_time(journal: Journal, call: Call) -> Iterator[str]:
    for one in journal.calls[-40:]:
        is_open = one.sent_at is not None and one.over_at is None
        if is_open and one is not call and one.bot is call.bot and one.endpoint == call.endpoint:
            yield f"request {call.number} is sent while request {one.number} is under way"


@at("sent")
def an_endpoint_gets_one_request_at_a_time_from_all_processes(journal: Journal, call: Call) -> Iterator[str]:
    """But for what a process had under way that was killed or stood still: its turn goes to the next one."""
    now = journal.now()
    if not journal.is_turn_shared or call.bot.frozen_s(call.began_at - TURN_S, now):
        return
    for one in journal.calls[-80:]:
        is_open = one.sent_at is not None and one.over_at is None and one.endpoint == call.endpoint
        lives = not one.bot.is_dead and not one.bot.frozen_s(one.began_at - TURN_S, now)
        if is_open and one is not call and lives:
            yield f"{call.bot.name} sends request {call.number} while {one.bot.name} has {one.number} under way"


@at("sent")
def what_the_api_works_on_keeps_its_turn(journal: Journal, call: Call) -> Iterator[str]:
    """For as long as one try may take, though nobody waits for the answer any more: the next would meet a 503."""
    for one in journal.calls[-40:]:
        is_same = one is not call and one.bot is call.bot and one.endpoint == call.endpoint
        if one.bot.frozen_s(one.began_at, journal.now()):  # at the thaw all its timers are over at once
            continue
        if is_same and one.is_given_up and one.sent_at is not None and journal.now() < one.sent_at + TRY_S - 1:
            yield f"request {call.number} is sent while the API may be working on {one.number}, which was given up"


@at("sent")
def the_buttons_go_before_the_change(_: Journal, call: Call) -> Iterator[str]:
    edits = [said for said in call.click.said if said.is_edit] if call.click else []
    if call.endpoint != READ and (not edits or edits[-1].offers_deletion):
        yield f"request {call.number} is sent while the message of {call.cause} still has its buttons"


@at("sent")
def a_change_is_on_record_before_it_is_sent(_: Journal, call: Call) -> Iterator[str]:
    lines = call.click.lines if call.click else []
    if call.endpoint != READ and not any(line.fields["event"] == "confirmed" for line in lines):
        yield f"request {call.number} is sent, and nothing on record says who confirmed it"


@at("ended")
def what_nothing_stands_in_the_way_of_works(journal: Journal, click: Click) -> Iterator[str]:
    """A bot that never deletes anything breaks no other rule."""
    if click.action in PRESSES and not click.changes and evidence.nothing_stood_in_the_way(journal, click):
        yield f"{click.name} should have worked"
