"""What the rest of the bot says of what it does. No argument is a case number, a person or a channel."""

from typing import Literal, NamedTuple

from bot.metrics.snapshot import Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of Prometheus' text format."""
Source = Literal["api", "gateway", "none"]
"""Who answered a request to the ticket API: see bot.api.errors."""


class ApiAnswer(NamedTuple):
    """`status` is the HTTP status, or a word where there is none. `is_served`: the request was carried out or declined.

    Otherwise the ticket API was busy, failed, or was not reached.
    """

    source: Source
    status: str
    is_served: bool


TurnedAway = Literal["busy", "outage", "waited"]
"""busy: at once, for lack of time. outage: the API answers nobody. waited: the turn did not come in time."""


class Metrics:
    """Counts nothing: bot.metrics.prometheus does. Durations are in seconds."""

    def acknowledged(self, took_s: float) -> None:
        """A payload of Slack's, with a 200; from when it came in."""

    def handled(self, route: str, outcome: str, took_s: float, *, is_answered: bool) -> None:
        """A command or a click, as its line in the log says it."""

    def api_request(self, endpoint: str, answer: ApiAnswer, took_s: float) -> None:
        """A request to the ticket API, each try of it."""

    def turned_away(self, reason: TurnedAway) -> None:
        """Somebody whose lookup or change did not come to the ticket API."""

    def slack_failed(self, method: str, code: str) -> None:
        """A call to Slack: `code` is Slack's own word, or ours for what is none of Slack's."""

    def render(self, snapshot: Snapshot) -> bytes:  # noqa: ARG002 - there is nothing to write down
        """All that was counted and how things stand, as text of CONTENT_TYPE."""
        return b""


OFF = Metrics()
