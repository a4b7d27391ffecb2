"""What must hold in every world, whatever people do and whatever fails: a rule a function.

A request is a message with the buttons Delete, Resolve and Cancel; a change is a deletion or a resolution; "carried
out" is the ticket API's own doing. A rule is asked at the moment that its decorator names, and yields what is wrong.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bot.tickets import parse_case_number
from tests.simulation import truth, words
from tests.simulation.journal import (
    ASKS,
    AUDITED,
    CANCEL,
    CHECK,
    ENDPOINTS,
    PRESSES,
    READ,
    AuditLine,
    Call,
    Click,
    Logged,
    Said,
)
from tests.simulation.people import AUDIT_CHANNEL, PERSONAL, SECRET

if TYPE_CHECKING:
    from tests.simulation.world import World

OFF: dict[str, str] = {
    "a_change_is_repeated_only_where_it_was_proven_undone": "issue 10",
    "a_change_is_decided_on_a_fresh_read": "issue 10",
    "a_late_check_unsays_nothing": "issue 10",
    "a_cancel_holds_in_every_process": "issue 14",
}
"""Rules that do not hold yet, by name, with the issue after which they must."""

FRESH_S = 5.0  # between the answer of the read that decides and the first byte of the change
ACK_S = 3.0
QUICK_S = 2.0

Rule = Callable[["World", Any], Iterator[str]]
RULES: dict[str, list[Rule]] = defaultdict(list)


def at(moment: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        RULES[moment].append(rule)
        return rule

    return register


class Rules:
    def __init__(self, world: "World") -> None:
        self._world = world

    def heard(self, moment: str, fact: object) -> None:
        for rule in RULES[moment]:
            for wrong in rule(self._world, fact):
                self._world.broken(rule.__name__, wrong)

    def at_the_end(self) -> None:
        self.heard("end", None)


# ── what is done ──────────────────────────────────────────────────────────────────────────────────────────────────


@at("begins")
def a_change_has_a_click(world: "World", call: Call) -> Iterator[str]:
    """Nothing is sent to be changed but for a click on that very button of that very ticket."""
    click = call.click
    if call.endpoint != READ and (
        click is None or ENDPOINTS.get(click.action) != call.endpoint or click.case != call.case
    ):
        yield f"request {call.number} would {call.endpoint} {call.case} without such a click"


@at("carried out")
def a_change_is_by_somebody_who_may(world: "World", call: Call) -> Iterator[str]:
    click = call.click
    if click and not may(click):
        yield f"{click.name} of {click.user} changed {call.case}, and may not"
    if call.endpoint == "resolve" and not call.bot.settings.ticket_resolve:
        yield f"request {call.number} resolved {call.case}, which is turned off"


@at("carried out")
def a_change_is_on_a_request_that_stands(world: "World", call: Call) -> Iterator[str]:
    """In time, and after no Cancel that came first in the same process."""
    click = call.click
    if click is None:
        return
    age = click.at_clock - click.requested_at
    if age >= click.bot.settings.delete_prompt_ttl_s + 1:
        yield f"{click.name} came {age:.0f} s after the request"
    if any(said.bot is call.bot for said in _cancelled(world, click)):
        yield f"{click.name} changed {call.case} after its request had been cancelled"


@at("carried out")
def a_cancel_holds_in_every_process(world: "World", call: Call) -> Iterator[str]:
    if call.click and _cancelled(world, call.click):
        yield f"{call.click.name} changed {call.case} after its request had been cancelled"


@at("carried out")
def a_change_is_on_the_ticket_as_shown(world: "World", call: Call) -> Iterator[str]:
    """Some time after the click the ticket was open and as the request showed it."""
    click = call.click
    if click is None or (said := world.journal.shown.get(click.request)) is None or said.click is None:
        return
    shown = world.journal.versions(call.case, said.click.at, said.at)
    since = world.journal.versions(call.case, click.at, call.done_at or 0)
    if not {version.number for version in shown if version} & {version.number for version in since if version}:
        yield f"{click.name} changed {call.case}, which was not as {said.click.name} had shown it"


@at("begins")
def a_change_is_decided_on_a_fresh_read(world: "World", call: Call) -> Iterator[str]:
    """It was begun after the click, found the ticket open, and is at most five seconds old."""
    click = call.click
    if call.endpoint == READ or click is None:
        return
    now = world.loop.time()
    reads = [read for read in click.calls if read.endpoint == READ and read.answer == "own 200"]
    fresh = [read for read in reads if read.began_at >= click.at and now - (read.over_at or 0) <= FRESH_S]
    if not [read for read in fresh if read.version and read.version.is_open]:
        yield f"request {call.number} would {call.endpoint} {call.case}, of which nobody had a fresh look"


@at("begins")
def a_request_is_carried_out_by_one_click(world: "World", call: Call) -> Iterator[str]:
    """Of two clicks on one request the process sends the change for the first alone."""
    if call.endpoint == READ or call.click is None:
        return
    clicks = world.journal.of_request(call.click.request, *PRESSES)
    before = [click for click in clicks if click.bot is call.bot and click is not call.click]
    unclear = [one.name for click in before for one in [click] if any(_may_have_happened(c) for c in click.changes)]
    if unclear:
        yield f"request {call.number} is sent for {call.click.name}, after {unclear} for the same request"


@at("begins")
def a_change_is_repeated_only_where_it_was_proven_undone(world: "World", call: Call) -> Iterator[str]:
    """After the API's own 429 or 503, or nothing sent; or a gateway's quick one, once a fresh read found it open."""
    if call.endpoint == READ or call.click is None:
        return
    before = [one for one in call.click.changes if one is not call]
    if not before or before[-1].answer in {"own 429", "own 503", "not sent"}:
        return
    last = before[-1]
    quick = (last.over_at or 0) - (last.sent_at or 0) <= QUICK_S + 0.001 and last.answer in {
        "gateway 429",
        "gateway 503",
    }
    reads = [read for read in call.click.calls if read.endpoint == READ and read.began_at >= (last.over_at or 0)]
    if not quick or not any(read.version and read.version.is_open for read in reads):
        yield f"request {call.number} repeats request {last.number}, which was answered {last.answer!r}"


@at("begins")
def repetitions_leave_the_ticket_system_air(world: "World", call: Call) -> Iterator[str]:
    """No more than six tries of one kind for one click in any five seconds."""
    if call.click is None:
        return
    tries = [one for one in call.click.calls if one.endpoint == call.endpoint and one.began_at > call.began_at - 5]
    if len(tries) > 8:
        yield f"{len(tries)} tries within five seconds for {call.click.name}"


@at("begins")
def an_endpoint_gets_one_request_at_a_time(world: "World", call: Call) -> Iterator[str]:
    others = [
        one
        for one in world.journal.calls[-40:]
        if one is not call and one.bot is call.bot and one.endpoint == call.endpoint and one.over_at is None
    ]
    if others:
        yield f"request {call.number} is sent while request {others[0].number} is under way"


@at("begins")
def the_buttons_go_before_the_change(world: "World", call: Call) -> Iterator[str]:
    """People see that it is being done before it is."""
    if call.endpoint == READ or call.click is None:
        return
    edits = [said for said in call.click.said if said.is_edit]
    if not edits or edits[-1].offers_deletion:
        yield f"request {call.number} is sent while {call.click.name}'s message still has its buttons"


# ── what is said ──────────────────────────────────────────────────────────────────────────────────────────────────


@at("said")
def what_is_said_is_true(world: "World", said: Said) -> Iterator[str]:
    if said.where != AUDIT_CHANNEL and said.click and said.click.action in AUDITED:
        yield from truth.lies(world.journal, said, said.claims)


@at("said")
def a_late_check_unsays_nothing(world: "World", said: Said) -> Iterator[str]:
    """Whoever checks what the API itself has refused is not told that it may still happen."""
    check = said.click
    if check is None or check.action != CHECK or not said.claimed & {"unknown", "may still happen"}:
        return
    clicks = [click for click in world.journal.of_request(check.request, *PRESSES) if _is_about(check, click)]
    calls = [call for click in clicks for call in click.changes]
    known = bool(calls) and all(call.answer.startswith("own 4") for call in calls)
    if known and not any(click.trouble or click.bot is not said.bot for click in clicks):
        yield f"{check.name} is told {said.words[:120]!r} of what was refused"


@at("carried out")
def what_was_denied_does_not_happen(world: "World", call: Call) -> Iterator[str]:
    """Nobody was told "not deleted" of a request that is then carried out all the same."""
    click = call.click
    if click is None:
        return
    checks = [one for one in world.journal.of_request(click.request, CHECK) if _is_about(one, click)]
    for said in [said for one in (click, *checks) for said in one.said]:
        if said.where != AUDIT_CHANNEL and words.DENIALS & said.claimed and said.at > click.at:
            yield f"{click.name} changed {call.case} after {said.words[:120]!r} had been said"


@at("said")
def nobody_sees_what_they_may_not(world: "World", said: Said) -> Iterator[str]:
    content, settings = SECRET in said.words, said.bot.settings
    if "user-token" in said.words:
        yield f"a credential is shown: {said.words[:160]!r}"
    if content and said.where == AUDIT_CHANNEL:
        yield f"the audit channel is told ticket content: {said.words[:160]!r}"
    if content and said.visible_to and said.visible_to not in settings.ticket_viewers:
        yield f"{said.visible_to} is shown a ticket, and may not look: {said.words[:160]!r}"
    if content and said.click and not may(said.click):
        yield f"{said.click.name} of {said.click.user}, who may not, shows: {said.words[:160]!r}"
    hidden = settings.ticket_contact != "full"
    shared = said.visible_to is None and said.click is not None and said.click.action == "share_ticket"
    if PERSONAL in said.words and (hidden or shared):
        yield f"personal data is shown: {said.words[:160]!r}"


@at("ended")
def everybody_is_answered(world: "World", click: Click) -> Iterator[str]:
    """In three seconds that it was heard, and in the end what came of it."""
    if click.acked_at is None or click.acked_at > click.at + ACK_S:
        yield f"{click.name} was acknowledged after {(click.acked_at or 1e9) - click.at:.1f} s"
    told = [said for said in click.said if said.where != AUDIT_CHANNEL]
    if not told and not click.trouble:
        yield f"{click.name} was never answered"
    elif told and not click.trouble and words.UNFINISHED & told[-1].claimed:
        yield f"{click.name} was left with {told[-1].words[:100]!r}"


@at("ended")
def nobody_waits_for_ever(world: "World", click: Click) -> Iterator[str]:
    """The deadline, the reading back, and what Slack takes for its own messages."""
    most = click.bot.settings.sweeppea_deadline_s + 8 + 10 + 40 * len(click.trouble)
    took = (click.ended_at or 0) - click.at
    if took > most and click.bot.stops_at is None:
        yield f"{click.name} took {took:.0f} s"


# ── what is written down ──────────────────────────────────────────────────────────────────────────────────────────


@at("ended")
def every_event_is_on_record(world: "World", click: Click) -> Iterator[str]:
    no_request = click.action == "/ticket-delete" and not parse_case_number(click.text)  # help, or a slip of the hand
    events = [line.fields["event"] for line in click.lines]
    if bool(events) is not (click.action in AUDITED and not no_request):
        yield f"{click.name} ({click.action}) is on record as {events}"
    if not click.changes:
        return
    confirmed = [line.at for line in click.lines if line.fields["event"] == "confirmed"]
    if len(confirmed) != 1 or confirmed[0] > click.changes[0].began_at:
        yield f"{click.name} sent a change and is on record as {events}"
    done = [call for call in click.changes if call.done_at is not None and call.done_at <= (click.ended_at or 0)]
    expected = {"deleted", "unclear"} if click.action == "delete_ticket" else {"resolved", "unclear"}
    if done and events[-1] not in expected:
        yield f"{click.name} changed {click.case} and is on record as {events}"


@at("audited")
def the_record_is_right(world: "World", line: AuditLine) -> Iterator[str]:
    click, told = line.click, line.fields
    if SECRET in line.raw:
        yield f"ticket content in an audit line: {line.raw}"
    if click is None:
        yield f"an audit line of nobody's click: {line.raw}"
        return
    wrong = {key for key in ("user", "team", "channel") if told.get(key) != getattr(click, key)}
    if wrong or told.get("case_number") not in {click.case, None}:
        yield f"{click.name} is on record as {line.raw}"
    change = told.get("change")
    done = [call for call in click.changes if call.endpoint == change and call.done_at is not None]
    lost = [call for call in click.changes if call.answer not in {"own 200", "own 404"}]
    if told["event"] in {"deleted", "resolved"} and not done and not lost:
        yield f"{click.name} is on record as {told['event']}, and was not carried out"


@at("ended")
def a_deletion_has_its_receipt(world: "World", click: Click) -> Iterator[str]:
    """Whoever is told that they deleted a ticket gets its text."""
    deleted = any(line.fields["event"] == "deleted" for line in click.lines)
    receipts = [said for said in click.said if "receipt" in said.claimed]
    if deleted and click.bot.settings.delete_receipt and not receipts and not click.trouble:
        yield f"{click.name} deleted {click.case} and got no receipt"
    if any(said.visible_to != click.user for said in receipts):
        yield f"the receipt of {click.name} went to somebody else"


@at("logged")
def nothing_unforeseen_is_logged(world: "World", logged: Logged) -> Iterator[str]:
    if logged.level in {"ERROR", "CRITICAL"} and "refuses SWEEPPEA_API_KEY" not in logged.text:
        yield f"logged: {logged.text[:400]}"
    if SECRET in logged.text:
        yield f"ticket content in the log: {logged.text[:200]}"


# ── in the end ────────────────────────────────────────────────────────────────────────────────────────────────────


@at("end")
def nothing_is_left_unfinished(world: "World", _: None) -> Iterator[str]:
    """But for what a killed process had begun: see issue 14."""
    for click in world.journal.clicks:
        if click.ended_at is None and not click.bot.is_dead:
            yield f"{click.name} never came to an end"


@at("ended")
def what_nothing_stands_in_the_way_of_works(world: "World", click: Click) -> Iterator[str]:
    """A bot that never deletes anything breaks no other rule."""
    if click.action not in PRESSES or click.trouble or not may(click) or click.bot.stops_at is not None:
        return
    said = world.journal.shown.get(click.request)
    alone = len(world.journal.of_request(click.request)) == 1
    fine = all(call.answer == "own 200" for call in click.calls if call.endpoint == READ) and not world.api_trouble(
        click
    )
    off = click.action == "resolve_ticket" and not click.bot.settings.ticket_resolve
    age = click.at_clock - click.requested_at
    if said is None or said.click is None or not alone or not fine or off:
        return
    same = len({v and v.number for v in world.journal.versions(click.case, said.click.at, click.at + 2)}) == 1
    if same and 0 <= age < click.bot.settings.delete_prompt_ttl_s - 1 and not click.changes:
        yield f"{click.name} should have worked"


# ── what the rules ask ────────────────────────────────────────────────────────────────────────────────────────────


def may(click: Click) -> bool:
    """Who may do what, said without the bot's own code."""
    settings, requester = click.bot.settings, click.carried.get("requester")
    member, listed = click.team == "T01SWEEP", click.user in settings.ticket_deleters.ids
    here = not settings.ticket_channels or click.channel in settings.ticket_channels
    if click.action == CHECK:
        return member
    if click.action == CANCEL:
        return member and here and (listed or click.user == requester)
    if click.action in ASKS:
        return member and here and listed
    if click.action in PRESSES:
        theirs = click.user != requester if settings.delete_second_person else click.user == requester
        return member and here and listed and theirs
    return member and (click.user in settings.ticket_viewers)


def _cancelled(world: "World", click: Click) -> list[Said]:
    """The messages that said so of the click's request."""
    cancels = world.journal.of_request(click.request, CANCEL)
    return [said for one in cancels for said in one.said if "cancelled" in said.claimed]


def _may_have_happened(call: Call) -> bool:
    return call.answer in {"none", "unusable", "own 200", ""} or call.answer.startswith("gateway")


def _is_about(check: Click, press: Click) -> bool:
    """A check is about one click of its request; there may be more, in other processes."""
    same = f"{check.carried.get('change')}_ticket" == press.action
    return same and check.confirmed_at == int(press.at_clock)


def parse(raw: str) -> Mapping[str, Any]:
    try:
        told = json.loads(raw)
    except ValueError:
        return {"event": f"unreadable: {raw[:80]}"}
    return told if isinstance(told, dict) else {"event": "unreadable"}
