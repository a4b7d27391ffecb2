"""What goes wrong, and how often: a share of the calls meets each."""

from collections import deque
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from bot.sandbox.slack import FakeSlack
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import HTML_PAGE, TRUNCATED, FakeTicketApi, Fault
from tests.crash.listening import DELETE, READ

SLOW_S = 1.0
TIME_OUT_S = 11.0
RESOLVE = "resolve"
_PAGE = HTML_PAGE.body
API_FAULTS = (
    (0.02, Fault(status=503)),
    (0.01, Fault(status=503, retry_after="1")),
    (0.01, Fault(status=500)),
    (0.01, Fault(status=502, gateway="instead", body=_PAGE)),
    (0.02, Fault(status=503, gateway="instead", body=_PAGE)),
    (0.01, Fault(status=504, gateway="before", body=_PAGE)),
    (0.01, Fault(status=502, gateway="after", body=_PAGE)),
    (0.01, TRUNCATED),
    (0.01, Fault(reset="before")),
    (0.01, Fault(reset="after")),
    (0.01, Fault(delay_s=SLOW_S)),
    (0.0005, Fault(delay_s=TIME_OUT_S)),
)
"""Of each endpoint. The slow ones are few: each of them takes the time of twenty, or of two hundred others."""
SLACK_FAULTS = (
    (0.01, SlackFault(status=429, retry_after="1")),
    (0.01, SlackFault(status=500)),
    (0.01, SlackFault(status=503, is_taken=True)),
    (0.01, SlackFault(reset=True)),
    (0.01, SlackFault(reset=True, is_taken=True)),
)
_METHODS = ("chat.postMessage", "chat.update", "response_url", "views.open")
SLOW_SHARE_S = sum(share * fault.delay_s for share, fault in API_FAULTS)
"""What faults take of an endpoint's time, for each request."""
Kind = TypeVar("Kind")


class Drawn(deque[Kind]):
    """Never empty: what comes next is drawn, and mostly it is `none`."""

    def __init__(self, random: Random, shares: Sequence[tuple[float, Kind]], none: Kind) -> None:
        super().__init__()
        self._random = random
        self._kinds = [*(kind for _, kind in shares), none]
        self._shares = [share for share, _ in shares]
        self._shares.append(1 - sum(self._shares))

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> Kind:
        return self._random.choices(self._kinds, self._shares)[0]


def begin(random: Random, api: FakeTicketApi, slack: FakeSlack) -> None:
    for endpoint in (READ, DELETE, RESOLVE):
        api._faults[endpoint] = Drawn(random, API_FAULTS, Fault())
    for method in _METHODS:
        slack.faults[method] = Drawn[SlackFault | None](random, SLACK_FAULTS, None)  # type: ignore[assignment]


def heal(api: FakeTicketApi, slack: FakeSlack) -> None:
    api.heal()
    slack.faults.clear()
