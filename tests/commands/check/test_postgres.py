"""What `app.py check` says of a database on PostgreSQL, with each thing broken in turn."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.ledger.inspection import Connections
from bot.ledger.keys import new_key
from bot.ledger.postgres import connections_needed
from bot.runtime import Runtime
from bot.sandbox.slack_payloads import TEAM
from bot.settings import Settings
from commands.check import postgres
from commands.check.everything import Limits
from commands.check.result import Result
from handlers.open_ledger import connect_ledger
from tests.commands.check.checking import broken, check, settings_of
from tests.support.ports import free_port
from tests.support.postgres_server import Databases
from tests.support.world import World

KEY = new_key(Runtime().random)


def settings_for(world: World, url: str, **more: object) -> Settings:
    return settings_of(world, Path(), "socket", database_url=url, encryption_keys=KEY, **more)


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    made = databases.new()
    yield made
    databases.drop(made)


@contextmanager
def user(databases: Databases, url: str, options: str = "", rights: str = "") -> Iterator[str]:
    """A URL for a user of their own; `rights` is a grant, on all tables."""
    name = url.rpartition("/")[2]
    databases.server.sql(f"create role few login {options}", name)
    if rights:
        databases.server.sql(f"grant {rights} on all tables in schema public to few", name)
    try:
        yield databases.server.url(name, "few")
    finally:
        databases.server.sql("drop owned by few; drop role few", name)


async def lines_of(world: World, url: str) -> dict[str, Result]:
    found = await check(settings_for(world, url), world)
    assert broken(found) <= {"DATABASE_URL", "connections", "schema", "ENCRYPTION_KEYS"}
    return found


@pytest.mark.postgres
async def test_where_all_is_well_every_line_says_so(empty_world: World, url: str) -> None:
    found = await lines_of(empty_world, url)
    assert broken(found) == set()
    assert found["DATABASE_URL"].text.startswith("PostgreSQL answers in ")
    assert found["schema"].text == "as it should be"
    assert "allows 97, " in found["connections"].text


@pytest.mark.postgres
async def test_the_connections_of_a_bot_at_work_are_told_apart(empty_world: World, url: str) -> None:
    async with connect_ledger(settings_for(empty_world, url), Runtime(), TEAM):
        found = await lines_of(empty_world, url)
    assert broken(found) == set()
    assert re.search(r" (\d) are used, \1 of them by bots", found["connections"].text)


@pytest.mark.postgres
async def test_an_empty_database_gets_its_tables_from_a_start(empty_world: World, databases: Databases) -> None:
    url = databases.new(empty=True)
    found = await lines_of(empty_world, url)
    assert broken(found) == set()
    assert found["schema"].text == "no tables yet: the first start makes them"
    with user(databases, url) as stranger:
        found = await lines_of(empty_world, stranger)
    assert found["DATABASE_URL"].text == "the user of DATABASE_URL may not: CREATE in the schema"
    databases.drop(url)


@pytest.mark.postgres
async def test_rights_that_are_missing_are_named(empty_world: World, databases: Databases, url: str) -> None:
    with user(databases, url, rights="select, insert, update") as few:
        found = await lines_of(empty_world, few)
    assert broken(found) == {"DATABASE_URL"}
    assert "DELETE on audit, DELETE on changes, DELETE on ledger_meta" in found["DATABASE_URL"].text


@pytest.mark.postgres
async def test_a_server_that_only_reads_is_named(empty_world: World, databases: Databases, url: str) -> None:
    databases.server.sql(f"alter database {url.rpartition('/')[2]} set default_transaction_read_only = on")
    found = await lines_of(empty_world, url)
    assert broken(found) == {"DATABASE_URL"}
    assert "it is read-only" in found["DATABASE_URL"].text


@pytest.mark.postgres
async def test_too_few_connections_are_named_with_what_sets_the_limit(
    empty_world: World, databases: Databases, url: str
) -> None:
    with user(databases, url, "connection limit 3", "all") as few:
        found = await lines_of(empty_world, few)
    assert broken(found) == {"connections"}
    assert "the user's limit allows 3, 0 are used" in found["connections"].text
    assert "raise the user's limit" in found["connections"].hint


@pytest.mark.postgres
async def test_a_server_with_no_connection_left_is_named(empty_world: World, databases: Databases, url: str) -> None:
    with user(databases, url, "connection limit 0") as few:
        found = await lines_of(empty_world, few)
    assert broken(found) == {"DATABASE_URL"}
    assert "has no connection left for the bot" in found["DATABASE_URL"].text


async def test_a_server_that_is_down_is_named(empty_world: World) -> None:
    found = await lines_of(empty_world, f"postgresql://postgres:s3cret@127.0.0.1:{free_port()}/tickets")
    assert broken(found) == {"DATABASE_URL"}
    assert "PostgreSQL can't be reached" in found["DATABASE_URL"].text
    assert found["connections"].ok is None


@pytest.mark.postgres
async def test_a_server_that_hangs_is_given_up(empty_world: World, databases: Databases, url: str) -> None:
    databases.server.freeze()
    try:
        found = [await check(settings_for(empty_world, url), empty_world, Limits(database_s=s)) for s in (0.5, 60)]
    finally:
        databases.server.thaw()
    assert [broken(one) for one in found] == [{"DATABASE_URL"}] * 2
    words = [one["DATABASE_URL"].text for one in found]
    assert words == ["no answer within 0.5 s", "PostgreSQL can't be reached (no answer in time): is it running?"]


@pytest.mark.postgres
@pytest.mark.parametrize(("user_name", "words"), [("nobody", "refuses the user"), ("postgres", "has no database")])
async def test_a_wrong_url_is_named(empty_world: World, databases: Databases, user_name: str, words: str) -> None:
    found = await lines_of(empty_world, databases.server.url("nowhere", user_name))
    assert broken(found) == {"DATABASE_URL"}
    assert words in found["DATABASE_URL"].text


@pytest.mark.parametrize(
    ("allowed", "used", "ours", "mark"),
    [
        (97, 0, 0, "✓"),
        (7, 0, 0, "✓"),
        (6, 0, 0, "✗"),
        (97, 91, 0, "✗"),
        (97, 90, 0, "✓"),
        (10, 7, 7, "!"),  # one is at work, and another would not get its own
        (10, 7, 3, "✗"),  # … nor would the one that takes its place
    ],
)
def test_a_process_needs_room_beside_everybody_else(allowed: int, used: int, ours: int, mark: str) -> None:
    assert postgres.judge(Connections("max_connections", allowed, used, ours), 7).mark == mark


@pytest.mark.parametrize(
    ("more", "endpoints"),
    [
        ({"ticket_deleters": ""}, 1),
        ({"ticket_resolve": "off"}, 2),
        ({}, 3),
        ({"ticket_deleters": "*"}, 3),
        ({"sweeppea_concurrency": 2}, 0),
    ],
)
async def test_each_endpoint_in_use_takes_a_connection(
    empty_world: World, more: dict[str, object], endpoints: int
) -> None:
    settings = settings_for(empty_world, "postgresql://u@localhost/tickets", **more)
    assert postgres._endpoints(settings) == endpoints
    assert connections_needed(endpoints) == 4 + endpoints
