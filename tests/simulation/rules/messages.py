"""What people read: all of it true, nobody without an answer, nothing for the wrong eyes."""

from collections.abc import Iterator

from tests.simulation import evidence, truth, words
from tests.simulation.evidence import may, told, told_last
from tests.simulation.journal import ASKS, AUDITED, CHECK, Call, Click, Journal, Said
from tests.simulation.people import AUDIT_CHANNEL, PERSONAL, SECRET
from tests.simulation.rulebook import at

ACK_S = 3.0
_HANDED_OVER = "handed over"  # by a stop: another process answers, see every_conversation_comes_to_its_end
_COMPLAINTS = ("did not take", "failed", _HANDED_OVER)


@at("said")
def what_is_said_is_true(journal: Journal, said: Said) -> Iterator[str]:
    """About a deletion: held against what the API has done by then."""
    is_about = said.about is not None and said.about.action in AUDITED and said.where != AUDIT_CHANNEL
    if is_about and "receipt" not in said.claimed:
        yield from truth.lies(journal, said)


@at("said")
def a_receipt_claims_no_more_than_the_record(journal: Journal, said: Said) -> Iterator[str]:
    if "receipt" in said.claimed:
        yield from truth.lies(journal, said)


@at("said")
def a_cancel_is_on_record_before_it_is_told(journal: Journal, said: Said) -> Iterator[str]:
    """The record alone makes it true: from memory it would hold in no other process, and in none after a restart."""
    if "cancelled" not in said.claimed or not said.about or said.where == AUDIT_CHANNEL:
        return
    rows = journal.ledger(f"SELECT outcome FROM changes WHERE id = '{said.about.request}'")
    if [row["outcome"] for row in rows] != ["CANCELLED"]:
        yield f"{said.about.name} is told {said.words[:120]!r}, and on record is {rows}"


@at("said")
def a_late_check_unsays_nothing(journal: Journal, said: Said) -> Iterator[str]:
    """Whoever checks what the API itself has refused is not told that it may still happen."""
    check = said.click
    is_unsure = bool(said.claimed & {"unknown", "may still happen"})
    if is_unsure and check and check.action == CHECK and evidence.was_refused(journal, check):
        yield f"{check.name} is told {said.words[:120]!r} of what was refused"


@at("carried out")
def what_was_denied_does_not_happen(journal: Journal, call: Call) -> Iterator[str]:
    """Nobody was told "not deleted" of a click that is then carried out all the same."""
    for said in evidence.denials(journal, call):
        if said.click and not evidence.clock_was_set(call, said.click):
            yield f"{call.cause} changed {call.case} after {said.words[:120]!r} had been said"


@at("carried out")
def what_was_denied_does_not_happen_after_a_clock_was_set(journal: Journal, call: Call) -> Iterator[str]:
    """A minute is measured by the time of day, which somebody may set; a database's clock would know better."""
    for said in evidence.denials(journal, call):
        yield f"{call.cause} changed {call.case} after {said.words[:120]!r} had been said"


@at("said")
def a_request_is_posted_once(_: Journal, said: Said) -> Iterator[str]:
    posted = [one for one in said.click.said if one.offers_deletion and not one.is_edit] if said.click else []
    if said in posted and len([one for one in posted if not one.visible_to]) > 1:
        yield f"{said.click.name if said.click else ''} has led to {len(posted)} requests"


@at("said")
def nobody_sees_what_they_may_not(_: Journal, said: Said) -> Iterator[str]:
    settings, click, seen = said.bot.settings, said.click, f"{said.words[:160]!r}"
    if "user-token" in said.words:
        yield f"a credential is shown: {seen}"
    if SECRET in said.words and said.where == AUDIT_CHANNEL:
        yield f"the audit channel is told ticket content: {seen}"
    if SECRET in said.words and said.visible_to and said.visible_to not in settings.ticket_viewers:
        yield f"{said.visible_to} is shown a ticket, and may not look: {seen}"
    if SECRET in said.words and click and not may(click):
        yield f"{click.name} of {click.user}, who may not, shows: {seen}"
    is_shared = said.visible_to is None and click is not None and click.action == "share_ticket"
    if PERSONAL in said.words and (settings.ticket_contact != "full" or is_shared):
        yield f"personal data is shown: {seen}"


@at("ended")
def everybody_is_answered(journal: Journal, click: Click) -> Iterator[str]:
    """Within three seconds that it was heard, and in the end what came of it, be it that recovery says so."""
    if click.acked_at is None or click.acked_at > click.at + ACK_S + click.frozen_s:
        yield f"{click.name} was acknowledged after {(click.acked_at or 1e9) - click.at:.1f} s"
    read, deliveries = told(click), evidence.deliveries(journal, click) or [click]
    is_answered = any(told(other) for other in deliveries)
    logged = [text for other in deliveries for text in other.logged]
    if not is_answered and not any(word in text for word in _COMPLAINTS for text in logged):
        yield f"{click.name} was not answered, and the log does not say why"
    is_handed_over = any(_HANDED_OVER in text for text in logged)
    left_alone = not click.trouble and not click.database_trouble and not click.frozen_s and not is_handed_over
    lasts = [told_last(journal, other) for other in deliveries if told(other)]  # one may find that the other answers
    if read and left_alone and all(words.UNFINISHED & said.claimed for said in lasts):
        yield f"{click.name} was left with {read[-1].words[:100]!r}"


@at("ended")
def a_command_that_is_delivered_twice_asks_once(journal: Journal, click: Click) -> Iterator[str]:
    said = [said for other in evidence.deliveries(journal, click) for said in other.said if said.offers_deletion]
    requests = {
        offer.about and offer.about.request for offer in said
    }  # a private answer may come twice, with the same buttons
    if len(requests) > 1:
        yield f"{click.name} and its other delivery led to {len(requests)} requests"


@at("ended")
def nobody_waits_for_ever(_: Journal, click: Click) -> Iterator[str]:
    """No longer than the deadline, then eight seconds to read the ticket back; and what Slack takes for its part."""
    end = max((said.at for said in told(click)), default=click.at)
    deadline = click.at + click.bot.settings.sweeppea_deadline_s
    since = max([deadline, *(call.over_at or 0 for call in click.changes)])
    allowed_s = 8 + 6 + 40 * len(click.trouble) + click.frozen_s
    if end - since > allowed_s and click.bot.stops_at is None and not click.disk_trouble:
        yield f"{click.name} was told the last at {end - click.at:.0f} s"


@at("said")
def a_request_is_seen_by_whom_the_settings_say(_: Journal, said: Said) -> Iterator[str]:
    click, private = said.click, said.bot.settings.delete_prompt_visibility == "private"
    is_request = click is not None and click.action in ASKS and said.offers_deletion
    if click and is_request and said.visible_to != (click.user if private else None):
        yield f"the request of {click.name} is seen by {said.visible_to or 'all'}"


@at("ended")
def who_asks_about_an_open_ticket_gets_a_request(journal: Journal, click: Click) -> Iterator[str]:
    """And who asks about one that is closed or gone gets none. With one key: another account has other tickets."""
    deliveries = evidence.deliveries(journal, click)  # none but for who asks
    if len({one.bot.api_key for one in deliveries}) > 1:
        return
    troubled = any(one.trouble or one.database_trouble or one.frozen_s or one.bot.is_dead for one in deliveries)
    if deliveries and not evidence.is_slip(click) and may(click) and evidence.was_calm(click) and not troubled:
        states = [version is not None and version.is_open for version in evidence.during(journal, click)]
        all_said = [said for other in deliveries for said in other.said]
        posted = any(said.offers_deletion for said in all_said)
        if len(set(states)) == 1 and posted is not states[0]:
            yield f"{click.name} led to {'a' if posted else 'no'} request"


@at("end")
def nothing_is_left_unfinished(journal: Journal, _: None) -> Iterator[str]:
    for click in journal.clicks:
        if click.ended_at is None and not click.bot.is_dead:
            yield f"{click.name} never came to an end"
