"""Each rule across processes lets pass what it should, and finds what it is for."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from bot.sandbox.slack_messages import SlackMessage
from bot.sandbox.ticket_api import Call, FakeTicketApi
from tests.cluster import rules
from tests.cluster.cluster import Cluster, Trouble
from tests.cluster.network import Relays
from tests.cluster.rules import Owner
from tests.cluster.slack import ClusterSlack
from tests.crash.listening import DELETE
from tests.crash.rules import Conversation
from tests.support.postgres_server import PostgresServer

CASE = "1000001"
ASKS = {"text": f"Delete ticket {CASE}?"}


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    """Without processes; what happened is written into it."""
    slack, api, postgres = ClusterSlack(), FakeTicketApi(), PostgresServer(tmp_path, 0)
    made = Cluster("http", "http", "", tmp_path, Random(0), slack, api, network=Relays(), postgres=postgres)
    made.journal.cases.add(CASE)
    made.conversations[CASE] = Conversation(CASE, "U01ALICE", "C01SUPPORT")
    return made


def named(cluster: Cluster, *names: str) -> None:
    """The ends of connections are named as their processes."""
    cluster.callers.bot_at = {name: name for name in names}.get  # type: ignore[assignment]


def overlap(cluster: Cluster) -> float:
    """Two requests at a time, of a and of b; when the second came."""
    named(cluster, "a", "b")
    first, second = Call(DELETE, CASE, 100.0, client="a"), Call(DELETE, CASE, 100.05, client="b")
    for call in (first, second):
        cluster.ticket_api.log.append(call)
    return second.started


def test_requests_that_overlap_are_found(cluster: Cluster) -> None:
    overlap(cluster)
    assert [True for told in rules.overlaps(cluster) if "delete of b came 0.050 s after that of a" in told]


def test_an_overlap_is_excused_by_a_request_that_was_given_up(cluster: Cluster) -> None:
    named(cluster, "a", "b")
    for at, client in ((100.0, "a"), (110.0, "b")):
        cluster.ticket_api.log.append(Call(DELETE, CASE, at, client=client))
    assert cluster.callers.overlaps
    assert not [*rules.overlaps(cluster)]


def test_requests_one_after_the_other_do_not_overlap(cluster: Cluster) -> None:
    named(cluster, "a")
    for at in (1.0, 2.0):
        call = Call(DELETE, CASE, at, client="a")
        cluster.ticket_api.log.append(call)
        call.ended = at + 0.5
    assert not cluster.callers.overlaps


@pytest.mark.parametrize(("what", "ago", "is_excused"), [
    ("kill", 9.0, True), ("kill", 11.0, False), ("cut", 9.0, True), ("stop", 1.0, False),
])  # fmt: skip
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_an_overlap_is_excused_by_what_happened_to_one_of_its_two_processes(
    cluster: Cluster, what: str, name: str, *, ago: float, is_excused: bool
) -> None:
    at = overlap(cluster)
    cluster.troubles.append(Trouble(what, name, at - ago, at - ago))
    assert (not [*rules.overlaps(cluster)]) == (is_excused and name != "c")


@pytest.mark.parametrize(("ago", "is_excused"), [(9.0, True), (11.0, False)])
def test_an_overlap_is_excused_by_a_restart_of_postgresql(cluster: Cluster, *, ago: float, is_excused: bool) -> None:
    at = overlap(cluster)
    cluster.restarts.append(Trouble("restart", "PostgreSQL", at - ago - 1, at - ago))
    assert (not [*rules.overlaps(cluster)]) == is_excused


@pytest.mark.parametrize("times", [1, 2])
def test_a_command_that_asked_twice_is_found(cluster: Cluster, times: int) -> None:
    for number in range(times):
        cluster.journal.say(SlackMessage(str(number), "C01SUPPORT", None, ASKS))
    assert len([*rules.asked_once(cluster)]) == times - 1


def test_a_request_that_is_shown_again_was_asked_once(cluster: Cluster) -> None:
    cluster.journal.say(SlackMessage("1", "C01SUPPORT", None, ASKS))
    cluster.journal.say(SlackMessage("1", "C01SUPPORT", None, ASKS, edits=1))
    assert not [*rules.asked_once(cluster)]


def takeover(**more: object) -> Owner:
    values: dict[str, Any] = {
        "at": 100.0, "row": "r", "case": CASE, "state": "sending", "old": "a", "new": "b", "was_handed_over": False,
    }  # fmt: skip
    return Owner(**values | more)


def log(cluster: Cluster, name: str, at: float, line: str) -> None:
    """A process's log has that line at that time."""
    path = cluster.folder / name
    epoch = at - cluster.time_of(0.0)
    path.write_text(f"{datetime.fromtimestamp(epoch, UTC).isoformat(' ', 'milliseconds')} {line}\n")
    cluster.bots.append(SimpleNamespace(name=name, log=path))  # type: ignore[arg-type]


@pytest.mark.parametrize(("later_s", "is_found"), [(5.0, True), (-5.0, False)])
def test_work_that_is_taken_from_a_living_process_is_found(cluster: Cluster, *, later_s: float, is_found: bool) -> None:
    """Its log says whether it was still at work."""
    log(cluster, "a", 100.0 + later_s, f"INFO handlers.slack.runner [ABCDE] delete_ticket {CASE} by U01ALICE: deleted")
    assert bool([*rules.taken_away(cluster, [takeover()])]) == is_found


@pytest.mark.parametrize("change", [{"old": ""}, {"new": "a"}])
def test_work_that_nobody_had_is_not_taken_away(cluster: Cluster, change: dict[str, str]) -> None:
    log(cluster, "a", 105.0, f"WARNING handlers.recover [ABCDE] {CASE} is left to whoever looks next")
    assert not [*rules.taken_away(cluster, [takeover(**change)])]


def test_the_work_of_a_process_that_froze_may_be_taken(cluster: Cluster) -> None:
    log(cluster, "a", 105.0, f"WARNING handlers.recover [ABCDE] {CASE} is left to whoever looks next")
    cluster.troubles.append(Trouble("freeze", "a", 92.0, 104.0))
    assert not [*rules.taken_away(cluster, [takeover()])]


@pytest.mark.parametrize("was_handed_over", [True, False])
def test_what_a_stop_left_without_handing_it_over_is_found(cluster: Cluster, *, was_handed_over: bool) -> None:
    cluster.troubles.append(Trouble("stop", "a", 80.0, 99.0))
    found = [*rules.handed_over(cluster, [takeover(was_handed_over=was_handed_over)])]
    assert bool(found) != was_handed_over


@pytest.mark.parametrize("late_s", [0.5, 5.0])
def test_a_command_that_came_to_a_stopping_process_is_found(cluster: Cluster, late_s: float) -> None:
    cluster.journal.say(SlackMessage("1", "C01SUPPORT", "U01ALICE", {"text": "The bot is restarting."}))
    cluster.troubles.append(Trouble("stop", "a", cluster.journal.said[0].at - late_s))
    assert bool([*rules.sent_while_stopping(cluster)]) == (late_s > rules.NOTICED_S)


@pytest.mark.parametrize(
    ("number", "kept", "is_found"),
    [(0, [], True), (0, [CASE], False), (1, [], False), (2, [], False), (3, [], True), (3, [CASE], True)],
)
def test_receipts_that_did_not_arrive_or_came_too_often_are_found(
    cluster: Cluster, *, number: int, kept: list[str], is_found: bool
) -> None:
    cluster.journal.done_at[CASE] = 1.0
    for ts in range(number):
        text = f"Ticket {CASE} was deleted. Keep this: it is the only copy."
        cluster.journal.say(SlackMessage(str(ts), "U01ALICE", "U01ALICE", {"text": text}, is_own=True))
    assert bool([*rules.receipts(cluster, kept)]) == is_found


def test_a_receipt_may_come_once_more_where_the_database_was_away(cluster: Cluster) -> None:
    test_receipts_that_did_not_arrive_or_came_too_often_are_found(cluster, kept=[], number=3, is_found=True)
    first = cluster.journal.said[0].at
    cluster.restarts.append(Trouble("restart", "PostgreSQL", first - 1, first))
    assert not [*rules.receipts(cluster, [])]
