"""That each kind of fault comes as often as it is said to."""

from random import Random

from bot.sandbox.slack import FakeSlack
from bot.sandbox.ticket_api import FakeTicketApi
from tests.crash.listening import DELETE
from tests.soak import faults


def test_faults_are_drawn_for_each_call_by_their_share_until_all_is_healed() -> None:
    api, slack = FakeTicketApi(), FakeSlack()
    faults.begin(Random(1), api, slack)
    drawn = [api._faults[DELETE].popleft() for _ in range(20_000)]
    for share, fault in faults.API_FAULTS:
        assert 0.5 * share < drawn.count(fault) / 20_000 < 1.5 * share
    assert slack.faults["chat.postMessage"]
    faults.heal(api, slack)
    assert not api._faults.get(DELETE)
    assert not slack.faults["chat.postMessage"]
