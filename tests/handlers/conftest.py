import logging
from collections.abc import Iterator

import pytest

from tests.handlers.deletions import AuditLines


@pytest.fixture
def audit() -> Iterator[AuditLines]:
    handler, log = AuditLines(), logging.getLogger("audit")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)
