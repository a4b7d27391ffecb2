import pytest

from tests.handlers.deletions import AuditLines
from tests.support.world import World


@pytest.fixture
def audit(empty_world: World) -> AuditLines:
    """What the bots of this world put on record."""
    return AuditLines(empty_world.audit)
