"""deploy/alerts.yml and the metrics themselves, in Prometheus' own judgement: `make alerts` runs these."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.handlers.deletions import DELETE, asked
from tests.support.metrics import scraped
from tests.support.world import ALICE, World

pytestmark = pytest.mark.alerts
ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "deploy" / "alerts.yml"
PLAYED = Path(__file__).parent / "alerts_test.yml"


def promtool(*arguments: str, stdin: str = "") -> tuple[int, str]:
    done = subprocess.run(["promtool", *arguments], input=stdin, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_prometheus_understands_every_rule() -> None:
    code, said = promtool("check", "rules", "--lint=all", "--lint-fatal", str(RULES))
    assert (code, "8 rules found" in said) == (0, True), said


def test_each_alert_is_there_when_it_should_be_and_only_then() -> None:
    code, said = promtool("test", "rules", str(PLAYED))
    assert code == 0, said


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    """As a rule each, with Grafana's variables filled in."""
    dashboard = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text())
    targets = [target for panel in dashboard["panels"] for target in panel.get("targets", [])]
    queries = {target["expr"].replace("$__rate_interval", "5m") for target in targets}
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(sorted(queries))]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    code, said = promtool("check", "rules", str(file))
    assert (code, f"{len(queries)} rules found" in said) == (0, True), said


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("ticketbot_oldest_undelivered_change_seconds", "ticketbot_oldest_change_seconds"),
        ("> 600", "> 6000"),
        ("for: 15m", "for: 5m"),
        ("_key_rejected{", "_key_rejected{x="),
    ],
)
def test_a_mistake_in_a_rule_would_be_seen(tmp_path: Path, right: str, wrong: str) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "tests" / "deploy").mkdir(parents=True)
    rules = RULES.read_text()
    assert right in rules
    (tmp_path / "deploy" / RULES.name).write_text(rules.replace(right, wrong))
    played = tmp_path / "tests" / "deploy" / PLAYED.name
    played.write_text(PLAYED.read_text())
    code, _ = promtool("test", "rules", str(played))
    assert code != 0


async def test_prometheus_has_nothing_to_say_against_a_name_or_a_text(empty_world: World) -> None:
    async with empty_world.bot(metrics_port=0) as bot:
        await empty_world.command(ALICE, "/ticket HYXTNJV")
        await empty_world.click(ALICE, await asked(empty_world), DELETE)
        found = await scraped(bot.metrics_port)
    assert promtool("check", "metrics", stdin=found.text) == (0, "")
