"""What the ticket system says is shown to people, but not what it should not have said."""

import json

import pytest

from bot.sandbox.ticket_api import KEY, Fault
from tests.handlers.deletions import DELETE, FETCH, NUMBER, asked
from tests.support.world import ALICE, World, words

LEAKS = (KEY, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "jane.roe@example.com", "+1 555 123 4567")
SENTENCE = f"Key {LEAKS[0]} of {LEAKS[2]} ({LEAKS[3]}) is not good; token {LEAKS[1]} either"


def saying(status: int) -> Fault:
    body = {"Response": False, "Message": SENTENCE, "Code": status}
    return Fault(status=status, body=json.dumps(body).encode())


@pytest.mark.parametrize("status", [400, 418])
async def test_a_look_quotes_the_api_without_keys_and_contacts(team: World, status: int) -> None:
    team.ticket_api.fail(FETCH, saying(status))
    answer = await team.command(ALICE, f"/ticket {NUMBER}")
    assert "is not good" in words(answer)
    assert not [leak for leak in LEAKS if leak in json.dumps(answer.payload)]


async def test_a_deletion_quotes_the_api_without_keys_and_contacts(team: World) -> None:
    request = await asked(team)
    team.ticket_api.fail("delete", saying(418))
    answer = await team.click(ALICE, request, DELETE)
    assert "is not good" in words(answer)
    assert not [leak for leak in LEAKS if leak in json.dumps(answer.payload)]
