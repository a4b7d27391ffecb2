"""What the tests of a deletion share."""

import json
import logging

from bot.stand_in import Posted
from tests.support.world import ALICE, World

FETCH = "fetchSingleTicket"
NUMBER = "2531581"
DELETE = f"Delete {NUMBER}"


class AuditLines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(record.getMessage()))

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


def deletions(world: World) -> int:
    return sum(call.carried_out for call in world.sandbox.calls("delete"))


async def asked(world: World, user: str = ALICE) -> Posted:
    return await world.types(user, f"/ticket-delete {NUMBER}")
