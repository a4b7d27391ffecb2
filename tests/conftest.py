import pytest
from hypothesis import settings

# The same examples each time, so that a change is judged by what it changes. To search for others:
#   .venv/bin/python -m pytest --hypothesis-profile=search
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
