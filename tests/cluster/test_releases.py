"""Two releases side by side on one PostgreSQL, and one after the other on a file; there and back.

Real processes, with people at work. The next release is this one with a step of the schema more: see
tests.cluster.releases.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import Call, FakeTicketApi
from handlers import VERSION
from tests.cluster.__main__ import Run, Stage, cluster_on, see_to_the_end
from tests.cluster.cluster import CHANNELS, PEOPLE, Cluster
from tests.cluster.network import Relays
from tests.cluster.people import People
from tests.cluster.releases import NEXT_SCHEMA, next_release, next_version
from tests.cluster.story import story
from tests.crash.bot import ROOT, Bot
from tests.crash.listening import DELETE, Trap, now
from tests.crash.records import rows
from tests.crash.rules import Click, Conversation, has_ended, receipts_of, records
from tests.crash.world import ALICE, MEMBER, World, last_of, until
from tests.support.postgres_server import PostgresServer, postgres_server

CROWD = PEOPLE[1:13]
AT_WORK_S = 3.0
ALL_DAY_S = 600.0
TOO_OLD = f"{next_version()} is the oldest one that may use it, and this is {VERSION}"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with postgres_server() as made:
        yield made


class Rolling:
    """Two places, and what is done to them while the crowd is at work."""

    def __init__(self, cluster: Cluster, people: People) -> None:
        self.cluster, self.people = cluster, people
        self.killed: dict[str, str] = {}
        """Of each ticket whose deletion was cut off by a kill, which process had it."""

    async def replace(self, slot: int, root: Path) -> None:
        """As an operator does: stopped, then started from that folder. No payload is lost."""
        cluster, bot = self.cluster, self.cluster.slots[slot]
        lost = cluster.many.counts["lost"]
        trouble = cluster.begin("stop", bot)
        bot.stop()
        assert await bot.ended() == 0
        trouble.until = now()
        cluster.many.balancer.take_out(bot)
        await self._start(slot, root)
        await asyncio.sleep(AT_WORK_S)
        assert cluster.many.counts["lost"] == lost

    async def replace_killed(self, slot: int, root: Path) -> None:
        """It dies right when the ticket system has deleted a ticket, and before it hears so."""
        cluster, bot = self.cluster, self.cluster.slots[slot]
        case = await self._deletion_killed(bot)
        self.killed[case] = bot.name
        cluster.many.balancer.take_out(bot)
        await self._start(slot, root)
        await asyncio.sleep(AT_WORK_S)
        assert await until(lambda: has_ended(cluster, case)), f"{case} never ended"

    async def _start(self, slot: int, root: Path) -> None:
        bot = await self.cluster.start(slot, root)
        assert await until(lambda: bot.name in self.cluster.many.balancer.healthy)

    async def _deletion_killed(self, bot: Bot) -> str:
        cluster, person = self.cluster, PEOPLE[0]
        conversation = await self._asked(person)
        case, request = conversation.case, last_of(cluster, conversation.case)
        assert request

        def is_it(what: str, thing: object) -> bool:
            return what == "done" and isinstance(thing, Call) and (thing.endpoint, thing.case_number) == (DELETE, case)

        def kill() -> None:
            trouble = cluster.begin("kill", bot)
            bot.kill()
            trouble.until = now()

        trap = Trap(is_it, kill)
        cluster.journal.traps.append(trap)
        clicked = Click(request.posted.ts, now())
        conversation.clicks.append(clicked)
        body = cluster.slack.click_payload(person, request.posted, request.posted.button("Delete"))
        await cluster.slack.post_to(f"{bot.url}/slack/events", "interactive", body)
        assert await until(trap.sprung.is_set), f"{case}: nobody deleted it"
        cluster.journal.traps.remove(trap)
        clicked.until = now()
        return case

    async def _asked(self, person: str) -> Conversation:
        """Again where the answer is that the bot is too busy."""
        cluster = self.cluster
        conversation = Conversation(cluster.open_ticket(), person, CHANNELS[0])
        cluster.conversations[conversation.case] = conversation
        while not last_of(cluster, conversation.case):
            heard = self.people.told.get(person)
            await cluster.slack.command(person, "/ticket-delete", conversation.case, conversation.channel)
            assert await until(partial(self._is_answered, conversation, heard)), f"{conversation.case}: no answer"
        return conversation

    def _is_answered(self, conversation: Conversation, heard: float | None) -> bool:
        return bool(last_of(self.cluster, conversation.case)) or self.people.told.get(conversation.person) != heard


@pytest.mark.postgres
async def test_an_upgrade_and_the_way_back_with_both_releases_at_work_lose_nothing(
    server: PostgresServer, tmp_path: Path
) -> None:
    run, stage = Run(ALL_DAY_S, "1", ROOT), Stage("http", Relays(), server)
    this, following = ROOT, next_release(tmp_path)
    async with cluster_on(stage, run, slots=2) as cluster:
        people = People(cluster, ALL_DAY_S, CROWD)
        rolling = Rolling(cluster, people)
        sampling = asyncio.create_task(run.load.run())
        living = asyncio.create_task(people.live())
        try:
            await asyncio.sleep(AT_WORK_S)
            await rolling.replace(0, following)
            await rolling.replace_killed(1, following)
            await rolling.replace(0, this)
            await rolling.replace_killed(1, this)
        finally:
            people.ends_at = now()
            await living
        cluster.ticket_api.heal()
        await see_to_the_end(cluster, people, run.load, now())
        sampling.cancel()
        assert cluster.problems == [], "\n".join(story(cluster, run.seed))
        assert [line for bot in cluster.bots for line in errors(bot)] == []
        await _each_was_carried_out_once(cluster)
        await _both_have_worked_on_the_same(cluster, rolling)
        [schema] = await rows(cluster.database_url, "select version_num from alembic_version")
        assert schema["version_num"] == NEXT_SCHEMA


def errors(bot: Bot) -> Iterator[str]:
    """What the operator would have to look at."""
    yield from (line for line in bot.log.read_text(errors="replace").splitlines() if " ERROR " in line)


async def _each_was_carried_out_once(cluster: Cluster) -> None:
    sent = await rows(cluster.database_url, "select case_number, outcome from changes where send_not_after is not null")
    done = Counter(call.case_number for call in cluster.ticket_api.calls(DELETE) if call.carried_out)
    assert done == Counter(row["case_number"] for row in sent)
    assert done


async def _both_have_worked_on_the_same(cluster: Cluster, rolling: Rolling) -> None:
    """What the one began the other ended, after a kill and in between, in both directions."""
    this, following = "", next_version()
    audit = await rows(cluster.database_url, "select * from audit order by id")
    wrote: dict[str, dict[str, str]] = defaultdict(dict)
    for row in audit:
        wrote[row["case_number"]][row["event"]] = row["written_by"]
    kills = [(wrote[case].get("confirmed"), wrote[case].get("found deleted")) for case in rolling.killed]
    assert kills == [(this, following), (following, this)]
    clicks = {(by["asked"], by["confirmed"]) for by in wrote.values() if {"asked", "confirmed"} <= by.keys()}
    assert clicks == {(this, this), (this, following), (following, following), (following, this)}


@pytest.mark.postgres
async def test_a_release_that_no_older_one_may_work_beside_refuses_this_one_at_its_start(
    server: PostgresServer, tmp_path: Path
) -> None:
    run = Run(ALL_DAY_S, "1", next_release(tmp_path, refuses_this=True))
    async with cluster_on(Stage("http", Relays(), server), run, slots=1) as cluster:
        with pytest.raises(RuntimeError, match=TOO_OLD):
            await cluster.start(1, ROOT)
        assert await cluster.slots[1].ended() == 2


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[World]:
    """A file, and no bot yet."""
    folder = tmp_path / "work"
    folder.mkdir()
    async with FakeSlack() as slack, FakeTicketApi() as api:
        url = f"sqlite:///{folder / 'ticket-bot.db'}"
        world = World("a file", "http", url, folder, Random(0), slack, api)
        try:
            yield world
        finally:
            world.kill_all()


async def asks(world: World) -> str:
    case = world.open_ticket()
    assert (await world.slack.command(ALICE, "/ticket-delete", case, MEMBER)).status == 200
    assert await until(lambda: last_of(world, case))
    return case


async def clicks(world: World, case: str) -> None:
    request = last_of(world, case)
    assert request
    assert (await world.slack.click(ALICE, request.posted, "Delete")).status == 200
    assert await until(lambda: has_ended(world, case) and case in world.journal.done_at)
    assert await until(lambda: receipts_of(world, case))


async def stops(world: World) -> None:
    world.bot.stop()
    assert await world.bot.ended() == 0


async def test_a_file_goes_to_the_next_release_and_back_with_what_is_open_in_it(alone: World, tmp_path: Path) -> None:
    following = next_release(tmp_path)
    await alone.start_bot()
    first = await asks(alone)
    await stops(alone)
    await alone.start_bot(following)
    await clicks(alone, first)
    second = await asks(alone)
    await stops(alone)
    await alone.start_bot()
    await clicks(alone, second)
    await stops(alone)
    assert await rows(alone.database_url, "select version_num from alembic_version") == [{"version_num": NEXT_SCHEMA}]
    assert [line for bot in alone.bots for line in errors(bot)] == []
    assert await rows(alone.database_url, "select event, written_by from audit order by id") == [
        {"event": event, "written_by": by}
        for event, by in (
            ("asked", ""), ("confirmed", next_version()), ("deleted", next_version()),
            ("asked", next_version()), ("confirmed", ""), ("deleted", ""),
        )
    ]  # fmt: skip
    assert list(await records(alone)) == []


async def test_a_file_of_a_release_that_no_older_one_may_use_refuses_this_one(alone: World, tmp_path: Path) -> None:
    await alone.start_bot(next_release(tmp_path, refuses_this=True))
    await stops(alone)
    with pytest.raises(RuntimeError, match=TOO_OLD):
        await alone.start_bot()
    assert await alone.bot.ended() == 2
