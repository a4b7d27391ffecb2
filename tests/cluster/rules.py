"""What must hold across the processes. What must hold of each conversation is in tests.crash.rules."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from tests.cluster.calls import Overlap
from tests.cluster.cluster import AFTER_S, LEASE_S, Cluster
from tests.crash.bot import Bot
from tests.crash.records import Row, rows
from tests.crash.rules import MOST_RECEIPTS, receipts_of
from tests.crash.story import logged

_DATABASE_BACK_S = AFTER_S
TRY_S = 9.9
"""After which time nobody waits for the ticket API's answer any more."""
NOTICED_S = 2.0
"""In which a load balancer has seen that a process is stopping, and what came to it before is answered."""
_AT_WORK = re.compile(r"left to whoever looks next|runner \[\w+\] delete_ticket")


class Owner(NamedTuple):
    """A row of a change got it. `old` is whoever had it until then, "" where nobody did; both are processes' names.

    `at` is in the cluster's own time. `was_handed_over`: the old one had given up its lease.
    """

    at: float
    row: str
    case: str
    state: str
    old: str
    new: str
    was_handed_over: bool


def overlaps(cluster: Cluster) -> Iterator[str]:
    """One request per endpoint at a time, but for what a process had begun that was killed, frozen or cut off."""
    for one in cluster.callers.overlaps:
        if not is_excused(cluster, one):
            when = f"{one.at - cluster.journal.began:.2f}"
            yield (
                f"{when}: two requests of one endpoint overlap at the API: {one.endpoint} of {one.refused_by} "
                f"came {one.at - one.served_since:.3f} s after that of {one.served_by}"
            )


def is_excused(cluster: Cluster, one: Overlap) -> bool:
    """One of its processes had trouble, or none had the database; or the served one was given up, after a whole try."""
    names, at = (one.served_by, one.refused_by), one.at
    is_away = any(restart.began <= at <= restart.until + _DATABASE_BACK_S for restart in cluster.restarts)
    return is_away or at - one.served_since > TRY_S or any(cluster.has_excuse(name, at) for name in names)


def asked_once(cluster: Cluster) -> Iterator[str]:
    """Each command posts one request at most, to however many processes Slack gave it."""
    for case in cluster.conversations:
        posted = [
            said
            for said in cluster.journal.about(case)
            if "request" in said.claims and not said.edits and said.posted.visible_to is None and not said.is_direct
        ]
        if len(posted) > 1:
            yield f"{case}: one command asked {len(posted)} times"


def receipts(cluster: Cluster, kept: Collection[str]) -> Iterator[str]:
    """Of each deletion: one, or two; and one more for each time in which PostgreSQL could not be told of one.

    None where Slack confirmed neither of two: see `records.kept`.
    """
    for case in cluster.conversations.keys() & cluster.journal.done_at.keys():
        got = [said.at for said in receipts_of(cluster, case)]
        away = [one for one in cluster.restarts if got and one.began <= got[-1] and one.until + LEASE_S >= got[0]]
        if not got and case in kept:
            continue
        if not 1 <= len(got) <= MOST_RECEIPTS + len(away):
            yield f"{case}: {len(got)} receipts"


async def owners(cluster: Cluster) -> list[Owner]:
    """In order."""
    found = await rows(cluster.database_url, "select *, ledger_now() as now from cluster_owners order by at")
    return list(_named(cluster, found))


def _named(cluster: Cluster, found: list[Row]) -> Iterator[Owner]:
    names: dict[str, str] = {}
    for row in found:
        names[row["new"]] = row["bot"]
        at = cluster.time_of(row["at"])
        yield Owner(
            at,
            row["id"],
            row["case_number"],
            row["state"],
            names.get(row["old"] or "", row["old"] or ""),
            row["bot"],
            row["was_handed_over"],
        )


def taken_away(cluster: Cluster, taken: list[Owner]) -> Iterator[str]:
    """A living process keeps its work, whatever becomes of PostgreSQL; unless it has left it to others itself."""
    bots = {bot.name: bot for bot in cluster.bots}
    for one in taken:
        since = one.at - LEASE_S - AFTER_S
        if (
            one.old not in {"", one.new}
            and not _was_ill(cluster, one.old, since, one.at)
            and _is_at_work(cluster, bots[one.old], one)
        ):
            when = f"{one.at - cluster.journal.began:.2f}"
            yield f"{one.case}: {one.new} took it from {one.old}, which was at work on it ({one.state}, at {when})"


def handed_over(cluster: Cluster, taken: list[Owner]) -> Iterator[str]:
    """What a stopped process leaves is another's at once: nobody waits until its lease is over."""
    for stop in (one for one in cluster.troubles if one.what == "stop"):
        if any(one.began <= stop.until and one.until + LEASE_S >= stop.until for one in cluster.restarts):
            continue
        for one in taken:
            is_next = one.old == stop.name != one.new and stop.began < one.at
            since = stop.began - LEASE_S - AFTER_S
            if is_next and not one.was_handed_over and not _was_ill(cluster, stop.name, since, one.at, but="stop"):
                yield f"{one.case}: {stop.name} was stopped, and did not hand it over ({one.state})"


def sent_while_stopping(cluster: Cluster) -> Iterator[str]:
    """Behind a load balancer a process that is to stop gets nothing more: its /healthz says so at once."""
    stops = [one.began for one in cluster.troubles if one.what == "stop"]
    for said in cluster.journal.said if cluster.transport == "http" else ():
        if "The bot is restarting" in said.words and not any(0 <= said.at - began <= NOTICED_S for began in stops):
            when = f"{said.at - cluster.journal.began:.2f}"
            yield f"{when}: somebody's command came to a process that was stopping: {said.words[:120]!r}"


def _is_at_work(cluster: Cluster, bot: Bot, one: Owner) -> bool:
    """Whether the log says so later: what it was about to do about the ticket ends there."""
    return any(
        at > one.at - cluster.journal.began and one.case in line and _AT_WORK.search(line)
        for at, line in logged(bot, {one.case}, cluster.journal.began_at)
    )


async def cancelled_for_good(cluster: Cluster) -> list[str]:
    """Once it is on record that a request was cancelled nothing is sent for it."""
    audit = await rows(cluster.database_url, "select id, event, request, case_number from audit order by id")
    cancelled: set[str] = set()
    found = []
    for row in audit:
        if row["event"] == "cancelled":
            cancelled.add(row["request"])
        elif row["event"] in {"confirmed", "deleted"} and row["request"] in cancelled:
            found.append(f"{row['case_number']}: {row['event']} after it was cancelled")
    return found


def _was_ill(cluster: Cluster, name: str, since: float, to: float, but: str = "") -> bool:
    own = [one for one in cluster.troubles if one.name == name and one.what != but]
    return any(one.began <= to and one.until >= since for one in own)
