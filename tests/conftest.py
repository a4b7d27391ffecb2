from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from tests.support.ledgers import postgres_databases
from tests.support.postgres_server import Databases
from tests.support.world import Transport, World, world

# The same examples each time, so that a change is judged by what it changes. To search for others:
#   .venv/bin/python -m pytest --hypothesis-profile=search
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
# For `make mutate`: few examples, since all are tried on each mutant that lives, and the first that fails will do.
_GENERATED = [Phase.explicit, Phase.generate]
settings.register_profile("mutation", derandomize=True, deadline=None, max_examples=20, phases=_GENERATED)
settings.load_profile("steady")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A mutant that dies by an example need not be searched for."""
    if config.getoption("--hypothesis-profile") == "mutation":
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def empty_world() -> AsyncIterator[World]:
    """No bot in it yet."""
    async with world() as made:
        yield made


@pytest.fixture
async def team(empty_world: World) -> AsyncIterator[World]:
    """A bot at work, over HTTP."""
    async with empty_world.bot():
        yield empty_world


@pytest.fixture(params=["http", "socket"])
def transport(request: pytest.FixtureRequest) -> Transport:
    value: Transport = request.param
    return value


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """A PostgreSQL server: whoever asks for it is marked `postgres`."""
    with postgres_databases() as made:
        yield made


BOTH_DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH_DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database, on each of the two: a file that is not there yet, or tables with nothing in them."""
    yield from _database_url(request, tmp_path, empty=False)


@pytest.fixture(params=BOTH_DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same without tables."""
    yield from _database_url(request, tmp_path, empty=True)


def _database_url(request: pytest.FixtureRequest, tmp_path: Path, *, empty: bool) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    else:
        databases: Databases = request.getfixturevalue("databases")
        url = databases.new(empty=empty)
        yield url
        databases.drop(url)
