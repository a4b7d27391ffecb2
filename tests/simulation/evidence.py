"""What the rules ask of the journal: who may, what was cancelled, what had been read; without the bot's own code."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.ledger.statements import LEASE_S
from bot.sandbox.slack import TEAM
from bot.sandbox.slack_messages import direct_channel
from tests.simulation.journal import ASKS, CANCEL, CHECK, PRESSES, READ, Call, Click, Journal, Said, Version
from tests.simulation.people import AUDIT_CHANNEL
from tests.simulation.words import DENIALS

FRESH_S = 5.0  # between the answer of the read that decides and the first byte of the change
QUICK_S = 2.0  # a gateway's answer that came later may be that of a function that ran out of time
LATEST_S = 60.0  # between the first byte of a change and its being carried out
CLOCK_S = 5.0  # what drift may come to
_LOST_ANSWERS = ("database reset after", "database silent")
_STEPS = ("TAKE", "CONFIRM", "SEND", "END")
_SAFE = {"own 429", "own 503", "not sent"}  # after these a change was not carried out
_CASE = re.compile(r"[A-Z0-9]{7}")


def may(click: Click) -> bool:
    settings, requester = click.bot.settings, click.carried.get("requester")
    is_member, is_deleter = click.team == TEAM, click.user in settings.ticket_deleters.ids
    is_viewer = click.user in settings.ticket_viewers
    place = click.channel
    if place == direct_channel(click.user) and click.action in {*PRESSES, CANCEL}:
        place = click.carried.get("channel") or place  # what the bot itself sent there counts for the request's channel
    is_here = not settings.ticket_channels or place in settings.ticket_channels
    if click.action == CHECK:
        return is_member
    if click.action == CANCEL:
        return is_member and is_here and (is_deleter or click.user == requester)
    if click.action in ASKS:
        return is_member and is_here and is_deleter and is_viewer
    if click.action in PRESSES:
        theirs = click.user != requester if settings.delete_second_person else click.user == requester
        return is_member and is_here and is_deleter and is_viewer and theirs
    return is_member and is_viewer


def is_slip(click: Click) -> bool:
    """Nobody's wish to delete anything: help, or what is no case number."""
    return click.action == "/ticket-delete" and not _CASE.fullmatch(click.case)


def told(click: Click) -> list[Said]:
    """What people read of it, but for the audit channel."""
    return [said for said in click.said if said.where != AUDIT_CHANNEL]


def told_last(journal: Journal, click: Click) -> Said:
    """What people read of it last, by whoever said so."""
    return next(said for said in reversed(journal.said) if said.about is click and said.where != AUDIT_CHANNEL)


def age_s(click: Click) -> float:
    """Of the request, by the clock of the process that got the click."""
    return click.at_clock - click.requested_at


def cancels(journal: Journal, click: Click) -> list[Said]:
    """The messages that said that the click's request is cancelled."""
    return [
        said for one in journal.of_request(click.request, CANCEL) for said in one.said if "cancelled" in said.claimed
    ]


def others_of_request(journal: Journal, call: Call) -> list[Call]:
    """Changes that other clicks on the same request have sent, and that may have been carried out."""
    clicks = journal.of_request(call.click.request, *PRESSES) if call.click else []
    sent = [one for click in clicks if click is not call.click for one in click.changes if one.sent_at is not None]
    return [one for one in sent if one.answer not in _SAFE and not one.answer.startswith("own 4")]


def may_still_be_carried_out(journal: Journal, call: Call) -> list[Call]:
    """Changes of the ticket that another click has sent less than a minute ago, without an answer that settles it.

    The minute is the database's: where its clock was set since, nobody can know.
    """
    since = max([journal.now() - LATEST_S, *journal.clock_sets])
    changes = [one for one in journal.calls if one.endpoint != READ and one.case == call.case]
    sent = [one for one in changes if one.click is not call.click and one.sent_at is not None and one.sent_at > since]
    return [one for one in sent if one.answer not in _SAFE and not one.answer.startswith("own ")]


def fresh_reads(call: Call, since: float, now: float) -> list[Call]:
    """The click's reads that were begun at `since` or later, found the ticket open, and are not too old."""
    reads = [one for one in call.click.calls if one.endpoint == READ and one.answer == "own 200"] if call.click else []
    paused_s = min(call.bot.frozen_s(since, now), LEASE_S)  # which none of the machine's own clocks may show
    if call.click and call.click.looked_at:  # a freeze between the last look and the first byte nobody can notice
        paused_s += call.bot.frozen_s(call.click.looked_at, now)
    recent = [one for one in reads if one.began_at >= since and now - (one.over_at or 0) <= FRESH_S + paused_s]
    return [one for one in recent if one.version is not None and one.version.is_open]


def may_be_repeated(last: Call, now: float) -> bool:
    """A change, after the try before it."""
    if last.answer in _SAFE:
        return True
    took_s = (last.over_at or 0) - (last.sent_at or 0)
    quick = last.answer in {"gateway 429", "gateway 503"} and took_s <= QUICK_S + 0.2  # the last byte leaves later
    return quick and bool(fresh_reads(last, last.over_at or 0, now))


def was_shown(journal: Journal, call: Call) -> bool:
    """Whether the ticket was at some time after the click as it was while the click's request was being made."""
    click, said = call.click, journal.shown.get(call.click.request) if call.click else None
    if click is None or said is None or said.click is None:
        return True

    def seen(since: float, until: float) -> set[int]:
        found = [version for version in journal.versions(call.case, since, until) if version]
        return {one.without_files if click.carried.get("replaces") else one.number for one in found}

    return bool(seen(said.click.at, said.at) & seen(click.at, call.done_at or 0))


def checks_of(journal: Journal, click: Click) -> Iterator[Click]:
    """Those that ask what became of this click; there may be more clicks on its request, in other processes."""
    for check in journal.of_request(click.request, CHECK):
        if str(check.carried.get("change")) in click.action and check.confirmed_at == int(click.at_clock):
            yield check


def denials(journal: Journal, call: Call) -> Iterator[Said]:
    """What people were told by then of the click that the call is for: that nothing came of it, or never will."""
    for click in [call.click, *checks_of(journal, call.click)] if call.click else []:
        yield from (said for said in told(click) if DENIALS & said.claimed)


def clock_was_set(call: Call, check: Click) -> bool:
    """Whether between the click and the check of it the machine's clock was, or it was another machine's."""
    click = call.click or check
    return abs((check.at_clock - check.at) - (click.at_clock - click.at)) > CLOCK_S


def was_refused(journal: Journal, check: Click) -> bool:
    """Whether the API itself had said no to all that the checked click sent."""
    clicks = [one for one in journal.of_request(check.request, *PRESSES) if check in checks_of(journal, one)]
    calls = [call for click in clicks for call in click.changes]
    return bool(calls) and all(call.answer.startswith("own 4") and call.bot is check.bot for call in calls)


def asker_of(journal: Journal, request: str) -> str:
    """Who typed the command or clicked *Delete…*, also where the request took another one's place since."""
    said = journal.shown.get(request)
    if said is None or said.about is None:
        return ""
    return said.about.user if said.about.action in ASKS else asker_of(journal, said.about.request)


def deliveries(journal: Journal, click: Click) -> list[Click]:
    """Of one payload that asks for a deletion, wherever they went: whoever came first asks, answers and records."""
    return [other for other in journal.clicks if other.cause == click.cause] if click.action in ASKS else []


def was_calm(click: Click) -> bool:
    """Neither Slack nor the ticket system nor the database nor the disk stood in its way, nor a stop or a freeze."""
    return was_calm_but_for_the_database(click) and not click.database_trouble


def was_calm_but_for_the_database(click: Click) -> bool:
    fine = all(call.answer in {"own 200", "own 404"} for call in click.calls)
    deadline = click.at + click.bot.settings.sweeppea_deadline_s  # after which nobody waits for an answer
    fine = fine and all(call.over_at is not None and call.over_at < deadline for call in click.calls)
    troubled = click.trouble or click.disk_trouble or click.frozen_s
    return bool(click.calls) and fine and not troubled and click.bot.stops_at is None


def lost_one_answer(click: Click) -> bool:
    """To a commit that stands, and nothing else went wrong at the database: a look at the row shows that."""
    return len(click.database_trouble) == 1 and click.database_trouble[0] in {
        (fault, step) for fault in _LOST_ANSWERS for step in _STEPS
    }


def during(journal: Journal, click: Click) -> list[Version | None]:
    """How the click's ticket was while the click was being worked on, for the key of that bot."""
    return journal.versions(click.case, click.at, click.ended_at or journal.now(), click.bot.api_key)


def nothing_stood_in_the_way(journal: Journal, click: Click) -> bool:
    """Whether a click on *Delete* or *Resolve instead* has to work."""
    said, settings = journal.shown.get(click.request), click.bot.settings
    is_off = click.action == "resolve_ticket" and not settings.ticket_resolve
    is_calm = was_calm(click) or (was_calm_but_for_the_database(click) and lost_one_answer(click))
    if said is None or said.click is None or is_off or not is_calm:
        return False
    history = journal.versions(click.case, said.click.at, click.ended_at or journal.now(), click.bot.api_key)
    same = None not in history and len({version.number for version in history if version}) == 1
    alone = len(journal.by_request[click.request]) == 1
    return may(click) and same and alone and 0 <= age_s(click) < settings.delete_prompt_ttl_s - 1


def parse(raw: str) -> Mapping[str, Any]:
    """An audit line."""
    try:
        fields = json.loads(raw)
    except ValueError:
        return {"event": f"unreadable: {raw[:80]}"}
    return fields if isinstance(fields, dict) else {"event": "unreadable"}
