"""Metrics counted, and written down in Prometheus' text format: the only module that knows its library, with `process`.

Names and units follow https://prometheus.io/docs/practices/naming/. A label has one of the values of
bot.metrics.labels; which combinations there are, is said in docs/operations.md.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.metrics import labels
from bot.metrics.counters import ApiAnswer, Metrics, TurnedAway
from bot.metrics.process import process_families
from bot.metrics.snapshot import Changes, Snapshot

# Slack waits 3 s for an acknowledgement; a person, 20 s for an answer unless SWEEPPEA_DEADLINE_S says otherwise.
ACKNOWLEDGE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0, 5.0)
ANSWER_S = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0)
SERVED_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)
_REMEMBERED = 256
REASONS: tuple[TurnedAway, ...] = ("busy", "outage", "waited")


class PrometheusMetrics(Metrics):
    """`routes` are the names of all commands and buttons; `build` says what runs; `started_at` in Unix time."""

    def __init__(self, routes: Collection[str], build: Mapping[str, str], started_at: float) -> None:
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each
        self._routes, self._build, self._started_at = frozenset(routes), dict(build), started_at
        self._unserved = 0
        self._is_key_rejected = False
        self._registry = registry = CollectorRegistry()
        self._interactions = Counter(
            "ticketbot_interactions_total",
            "Commands and clicks that are over, by what was typed or clicked and what came of it, as in the log.",
            ("route", "outcome"),
            registry=registry,
        )
        self._acknowledge = Histogram(
            "ticketbot_acknowledge_seconds",
            "From when a payload of Slack's came in until it was acknowledged. Slack waits 3 seconds.",
            buckets=ACKNOWLEDGE_S,
            registry=registry,
        )
        self._answer = Histogram(
            "ticketbot_answer_seconds",
            "From the acknowledgement of a command or click until Slack had taken the last answer to it.",
            ("route",),
            buckets=ANSWER_S,
            registry=registry,
        )
        self._requests = Counter(
            "ticketbot_api_requests_total",
            "Requests to the ticket API, by who answered (api, gateway, none) and with which HTTP status.",
            ("endpoint", "source", "status"),
            registry=registry,
        )
        self._served = Histogram(
            "ticketbot_api_request_seconds",
            "How long the ticket API took for an answer of its own, waiting for the turn not included.",
            ("endpoint",),
            buckets=SERVED_S,
            registry=registry,
        )
        self._turned_away = Counter(
            "ticketbot_api_turned_away_total",
            "Lookups and changes that were not sent to the ticket API: busy, outage, or waited in vain.",
            ("reason",),
            registry=registry,
        )
        for reason in REASONS:
            self._turned_away.labels(reason)
        self._slack_errors = Counter(
            "ticketbot_slack_errors_total",
            "Calls that Slack refused or did not answer, each try of them, by method and error code.",
            ("method", "code"),
            registry=registry,
        )

        # To find a counter by its labels takes twice as long as to count.
        self._interaction = lru_cache(_REMEMBERED)(self._find_interaction)
        self._answer_to = lru_cache(_REMEMBERED)(self._find_answer_to)
        self._request = lru_cache(_REMEMBERED)(self._find_request)
        self._served_by = lru_cache(_REMEMBERED)(self._served.labels)

    def acknowledged(self, took_s: float) -> None:
        self._acknowledge.observe(took_s)

    def handled(self, route: str, outcome: str, took_s: float, *, is_answered: bool) -> None:
        self._interaction(route, outcome).inc()
        if is_answered:
            self._answer_to(route).observe(took_s)

    def api_request(self, endpoint: str, answer: ApiAnswer, took_s: float) -> None:
        self._request(endpoint, answer.source, answer.status).inc()
        if answer.is_served and answer.source == "api":
            self._served_by(endpoint).observe(took_s)
            self._unserved = 0
            self._is_key_rejected = answer.status in {"401", "403"}
        else:
            self._unserved += 1

    def turned_away(self, reason: TurnedAway) -> None:
        self._turned_away.labels(reason).inc()

    def slack_failed(self, method: str, code: str) -> None:
        self._slack_errors.labels(labels.method_label(method), labels.code_label(code)).inc()

    def _find_interaction(self, route: str, outcome: str) -> Counter:
        return self._interactions.labels(labels.route_label(route, self._routes), labels.outcome_label(outcome))

    def _find_answer_to(self, route: str) -> Histogram:
        return self._answer.labels(labels.route_label(route, self._routes))

    def _find_request(self, endpoint: str, source: str, status: str) -> Counter:
        return self._requests.labels(endpoint, source, labels.status_label(status))

    def render(self, snapshot: Snapshot) -> bytes:
        return generate_latest(_Families([*self._registry.collect(), *self._families(snapshot)]))

    def _families(self, now: Snapshot) -> Iterator[Metric]:
        yield _gauge("ticketbot_build_info", "1; what runs stands in the labels.", 1, **self._build)
        yield _gauge("ticketbot_ready", "1 while the bot takes what people do, as /healthz says.", now.is_ready)
        yield _gauge("ticketbot_interactions_under_way", "Commands and clicks that are being worked on.", now.under_way)
        yield _gauge("ticketbot_event_loop_tasks", "Tasks of the event loop, idle connections included.", now.tasks)
        waiting = _by("ticketbot_api_waiting_requests", "Requests that wait for their turn.", "endpoint")
        answer = _by(
            "ticketbot_api_service_time_estimate_seconds",
            "What the bot reckons with for an answer of the ticket API; without requests it fades to 0 in seconds.",
            "endpoint",
        )
        for endpoint, queue in now.queues.items():
            waiting.add_metric([endpoint], queue.waiting)
            answer.add_metric([endpoint], queue.answer_s)
        yield from (waiting, answer)
        yield _gauge(
            "ticketbot_api_unserved_requests",
            "Requests in a row that the ticket API did not serve: busy, failed, no answer; 0 since it served one.",
            self._unserved,
        )
        yield _gauge(
            "ticketbot_api_key_rejected",
            "1 from when the ticket API refuses the key until it accepts one.",
            self._is_key_rejected,
        )
        yield _gauge(
            "ticketbot_ledger_up",
            "1 if the database could be asked just now, and takes changes.",
            now.is_ledger_up and now.changes is not None,
        )
        if now.changes:
            yield from _changes(now.changes)
        yield from process_families(self._started_at)


def _changes(changes: Changes) -> Iterator[Metric]:
    """Left out where the database can't be asked: a 0 would be untrue."""
    by_state = _by(
        "ticketbot_changes",
        "Changes that the bot looks at again, by state; delivered ones until their texts are forgotten.",
        "state",
    )
    for state, number in changes.by_state.items():
        by_state.add_metric([state], number)
    yield by_state
    yield _gauge(
        "ticketbot_oldest_undelivered_change_seconds",
        "Age of the oldest change that was begun and whose end people have not been told; 0 for none.",
        changes.oldest_s,
    )
    yield _gauge(
        "ticketbot_changes_unknown",
        'Changes of the last 7 days that ended as "we don\'t know" and that nobody has cleared up since.',
        changes.unknown,
    )


def _gauge(name: str, words: str, value: float, **more: str) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(more))
    family.add_metric(list(more.values()), value)
    return family


def _by(name: str, words: str, label: str) -> Any:  # noqa: ANN401 - the library's families have no types of their own
    return GaugeMetricFamily(name, words, labels=[label])


class _Families(Collector):
    """What was collected already, for whoever writes it down."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)
