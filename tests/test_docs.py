"""What is written down is what is there."""

import re
import struct
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import get_args

import pytest
import yaml

from bot.ledger.lease import RENEW_S
from bot.ledger.retention import BATCH
from bot.ledger.row import State
from bot.ledger.sqlite import WAL_LIMIT_BYTES
from bot.ledger.statements import LEASE_S
from bot.settings import NAMES, Settings
from commands import COMMANDS, settle
from handlers import VERSION
from handlers.serve import STOP_TIMEOUT_S
from handlers.slack.startup import PATIENCE_S
from tests.simulation import rulebook

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINE = re.compile(r"^(?:# )?([A-Z_]+)=(.*)$", re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_in_the_readme_and_in_the_example(name: str) -> None:
    assert f"`{name}`" in README.partition("## Settings")[2].partition("\n## ")[0]
    assert name in dict(LINE.findall(EXAMPLE))


def test_the_example_has_no_other_setting_and_only_true_defaults() -> None:
    lines = dict(LINE.findall(EXAMPLE))
    assert set(lines) == set(NAMES)
    required = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "SWEEPPEA_API_KEY": "k"}
    written = {name: value for name, value in lines.items() if f"# {name}=" in EXAMPLE and value and name != "PORT"}
    assert Settings.load(required | written, ROOT / "none") == Settings.load(required, ROOT / "none")


def test_the_bot_says_the_version_that_it_is_released_as() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z0-9]+)", README))))
def test_every_command_in_the_readme_is_in_the_makefile(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:\]\(|src=\")((?!https?:)[^)\"#]+)", README))))
def test_every_file_that_the_readme_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_readme_says_how_long_slack_is_waited_for() -> None:
    assert f"{PATIENCE_S:.0f} seconds" in README


TROUBLE = README.partition("## Troubleshooting")[2].partition("\n## ")[0]
MESSAGES = "".join(path.read_text() for path in (ROOT / "bot" / "messages").glob("*.py"))
SEEN = "".join(
    line.split("|")[1] for line in TROUBLE.splitlines() if line.startswith("|") and "Slack's own" not in line
)


@pytest.mark.parametrize("words", sorted(set(re.findall(r"\*([^*]+)\*", SEEN))))
def test_what_people_may_read_is_what_the_bot_says(words: str) -> None:
    for part in words.split("…"):
        assert part.strip() in MESSAGES


SIMULATION = "".join(path.read_text() for path in (ROOT / "tests" / "simulation").rglob("*.py"))
SAFE = README.partition("## How a deletion stays safe")[2].partition("\n## ")[0]


@pytest.mark.parametrize("rule", re.findall(r"`([a-z]+(?:_[a-z]+)+)`", SAFE))
def test_every_promise_of_the_readme_is_held_by_a_rule_of_the_simulation(rule: str) -> None:
    assert f"\ndef {rule}(" in SIMULATION
    assert rule not in rulebook.OFF


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_names_files_and_commands_that_are_there(page: Path) -> None:
    words = page.read_text()
    for path in re.findall(r"\]\(((?!https?:)[^)#]+)(?:#[^)]*)?\)", words):
        assert (page.parent / path).exists(), path
    for target in re.findall(r"`make ([a-z0-9]+)", words):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target
    for path in re.findall(r"`((?:bot|handlers|tests|commands|deploy|docs|benchmarks)/[\w./-]+|\.ci/\w+)`", words):
        assert (ROOT / path).exists() or "settings.env" in path or "secrets" in path, path


HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    for path, anchor in re.findall(r"\]\(((?!https?:)[^)#\s]*)#([^)\s]+)\)", page.read_text()):
        headings = HEADING.findall((page.parent / path if path else page).read_text())
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, anchor


def test_the_workflow_runs_what_has_to_pass() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text())
    assert workflow["jobs"]["run"]["steps"][-1] == {"run": "bash .ci/run"}


def test_the_icon_has_the_size_that_slack_asks_for() -> None:
    header = (ROOT / "docs" / "images" / "icon.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:]) == (512, 512)


# Names in capitals that are no settings: proxies, and what Kubernetes sets.
OTHERS = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TICKET_BOT_SERVICE_HOST"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_is_one(page: Path) -> None:
    code = " ".join(re.findall(r"`([^`\n]+)`", page.read_text()))
    named = set(re.findall(r"(?<![\w.…-])[A-Z]{2,}(?:_[A-Z0-9]+)+(?![\w…*])", code))
    assert {name.removesuffix("_FILE") for name in named} - set(NAMES) - OTHERS == set()


SHOWN = re.findall(r"(?m)^```sh\n(.*?)^```", (ROOT / "docs" / "deploy.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"deploy/[\w.-]+", " ".join(SHOWN)))))
def test_every_file_in_the_commands_of_deploy_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_commands_of_deploy_write_the_files_that_the_unit_and_the_container_read() -> None:
    written = set(re.findall(r"cat >(\S+?)\)", " ".join(SHOWN)))
    unit = (ROOT / "deploy" / "ticket-bot.service").read_text()
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    read = set(re.findall(r"LoadCredential=[\w-]+:(\S+)", unit)) | set(re.findall(r"file: (secrets/\S+)", compose))
    assert written == read
    assert "/etc/ticket-bot/settings.env" in unit


def test_the_pages_say_how_long_a_stop_takes() -> None:
    assert f"takes {STOP_TIMEOUT_S:.0f} seconds at most" in (ROOT / "docs" / "operations.md").read_text()


def test_the_page_of_the_log_names_each_field_of_a_line() -> None:
    page = (ROOT / "docs" / "logs-and-audit.md").read_text()
    fields = re.findall(r'(?m)^        "(\w+)": ', (ROOT / "handlers" / "slack" / "runner.py").read_text())
    assert len(fields) == 7
    assert all(f"`{field}`" in page for field in fields)


def test_the_example_of_a_test_is_one_of_the_tests() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "tests" / "README.md").read_text(), re.DOTALL)
    assert example in (ROOT / "tests" / "handlers" / "test_delete.py").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_bot_that_a_page_names_is_there_with_its_options(page: Path) -> None:
    parsers = {}
    for command in COMMANDS:
        parsers[command.name] = parser = ArgumentParser()
        command.add_arguments(parser)
    for name, rest in re.findall(r"`python app\.py ([a-z][a-z-]*)([^`]*)`", page.read_text()):
        assert set(re.findall(r"--[a-z]+", rest)) - set(parsers[name].format_help().split()) == set()


LEDGER = (ROOT / "docs" / "ledger.md").read_text()


def test_the_page_of_the_ledger_has_each_command_and_each_word_of_settle() -> None:
    named = set(re.findall(r"`python app\.py ([a-z-]+)", LEDGER))
    assert named == {command.name for command in COMMANDS}
    assert all(f"`{word}`" in LEDGER for word in settle.WORDS)


def test_the_picture_of_the_ledger_has_each_state_and_the_lease() -> None:
    picture = (ROOT / "docs" / "images" / "ledger.svg").read_text()
    assert [state for state in get_args(State) if f">{state}</text>" not in picture] == []
    assert f"a lease of {LEASE_S:.0f} s, which whoever works on it renews every {RENEW_S:.0f} s" in picture


def test_the_page_of_the_ledger_says_the_numbers_of_the_code() -> None:
    assert f"it is cut to {WAL_LIMIT_BYTES / 1e6:.0f} MB" in LEDGER
    assert f"{BATCH} rows of each kind a minute" in LEDGER
    assert f"holds it for {LEASE_S:.0f} seconds at a time" in LEDGER
