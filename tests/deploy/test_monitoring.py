"""Dashboard, alerts and their page speak of what is there: metrics, labels and their values, headings, settings."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from bot.ledger.overview import RECENT_S
from bot.ledger.row import State
from bot.metrics import ApiAnswer, Changes, QueueState, Snapshot, labels
from bot.metrics.prometheus import PrometheusMetrics
from handlers.routes import ROUTES
from handlers.scrape import LEDGER_TIMEOUT_S
from tests.support.metrics import Metrics

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text()
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text())
ALERTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"][0]["rules"]
PLAYED: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "deploy" / "alerts_test.yml").read_text())
METRIC = re.compile(r"\b(?:ticketbot|process)_\w+")
SELECTOR = re.compile(r"(\w+)\{([^}]*)\}")
OF_PROMETHEUS = {"job", "instance", "le"}


def everything() -> Metrics:
    """What a bot exports once each thing has happened."""
    build = dict.fromkeys(("version", "python", "transport", "database"), "x")
    counted = PrometheusMetrics(ROUTES, build, 0.0)
    counted.acknowledged(0.1)
    counted.handled("/ticket", "answered", 0.1, is_answered=True)
    counted.api_request("/tickets/delete", ApiAnswer("api", "200", is_served=True), 0.1)
    counted.slack_failed("chat.update", "ratelimited")
    changes = Changes(dict.fromkeys(get_args(State), 0), 0.0, 0)
    queues = {"/tickets/delete": QueueState(0, 0.0)}
    snapshot = Snapshot(is_ready=True, is_ledger_up=True, under_way=0, tasks=0, queues=queues, changes=changes)
    return Metrics(counted.render(snapshot).decode())


EXPORTED = everything()
LABELS = {sample.name: set(sample.labels) for sample in EXPORTED.samples}
FAMILIES = re.findall(r"(?m)^# TYPE (\w+) ", EXPORTED.text)
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
EXPRESSIONS = [*QUERIES, *(rule["expr"] for rule in ALERTS)]


def test_the_dashboard_shows_every_metric() -> None:
    shown = set(METRIC.findall(" ".join(QUERIES)))
    families = {re.sub(r"_bucket$", "", name) for name in shown}
    assert families == set(FAMILIES)


@pytest.mark.parametrize("query", sorted(set(EXPRESSIONS)))
def test_every_metric_and_label_that_is_asked_for_is_exported(query: str) -> None:
    named = set(METRIC.findall(query))
    assert named - set(LABELS) == set()
    known = OF_PROMETHEUS.union(*(LABELS[name] for name in named))
    asked = {label for group in re.findall(r"by \(([^)]*)\)", query) for label in re.split(r",\s*", group)}
    asked |= {label for _, matchers in SELECTOR.findall(query) for label in re.findall(r"(\w+)=", matchers)}
    assert asked - known == set()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_names_only_labels_that_its_query_has(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert named <= OF_PROMETHEUS.union(*(LABELS[name] for name in METRIC.findall(target["expr"])))


def test_the_dashboard_can_be_imported_anywhere() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in PANELS)
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"datasource", "job"}
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert overlapping(DASHBOARD["panels"]) == []


def overlapping(panels: list[dict[str, Any]]) -> list[tuple[int, int]]:
    cells = Counter(cell for panel in panels for cell in cells_of(panel["gridPos"]))
    return [cell for cell, count in cells.items() if count > 1 or cell[0] >= 24]


def cells_of(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_is_and_where_to_read_on(rule: dict[str, Any]) -> None:
    words = rule["annotations"]
    assert words["summary"]
    assert words["description"]
    assert words["runbook_url"] == f"docs/operations.md#{rule['alert'].lower()}"
    assert f"\n### {rule['alert']}\n" in PAGE
    assert rule["labels"]["severity"] in {"critical", "warning"}


def test_the_page_has_no_alert_that_is_not_there() -> None:
    assert re.findall(r"(?m)^### (TicketBot\w+)$", PAGE) == [rule["alert"] for rule in ALERTS]


def test_each_alert_is_played_both_ways() -> None:
    played = [test for world in PLAYED["tests"] for test in world["alert_rule_test"]]
    for rule in ALERTS:
        seen = {bool(test["exp_alerts"]) for test in played if test["alertname"] == rule["alert"]}
        assert seen == {True, False}


def test_the_page_has_each_metric_and_the_numbers_of_the_code() -> None:
    named = set(METRIC.findall(PAGE))
    assert named == set(FAMILIES)
    assert f"of the last {RECENT_S / 86_400:.0f} days" in PAGE
    assert f"within {LEDGER_TIMEOUT_S:.0f} seconds" in PAGE


def test_the_page_names_each_value_that_a_reader_has_to_know() -> None:
    row = "".join(line for line in PAGE.splitlines() if line.startswith("| `ticketbot_"))
    words = ("api", "gateway", "none", "invalid", "not_sent", "no_answer", "busy", "waited", "outage", labels.BUG)
    assert all(f"`{word}`" in row for word in words)


def test_the_question_to_the_vendor_is_in_the_alert_and_on_the_page() -> None:
    (rule,) = [rule for rule in ALERTS if "ask_the_vendor" in rule["annotations"]]
    question = "Was that request carried out, and when? Does the ticket still exist?"
    assert rule["alert"] == "TicketBotChangeUnknown"
    assert question in rule["annotations"]["ask_the_vendor"]
    assert question in PAGE
