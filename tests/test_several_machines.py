"""docs/several-machines.md: its commands fit the files in deploy/, its numbers and log lines are the code's."""

import re
from pathlib import Path

import pytest

from bot.api.client import CHANGES
from bot.ledger import postgres
from bot.ledger.statements import LEASE_S
from bot.settings import NAMES
from handlers.serve import STOP_TIMEOUT_S
from handlers.slack.startup import PATIENCE_S

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "several-machines.md").read_text()
SHOWN = "\n".join(re.findall(r"(?m)^```sh\n(.*?)^```", PAGE, re.DOTALL))
UNIT = (ROOT / "deploy" / "ticket-bot.service").read_text()
DROP_IN = (ROOT / "deploy" / "ticket-bot.service.d" / "postgresql.conf").read_text()
COMPOSE = (ROOT / "deploy" / "compose-two-bots.yaml").read_text()
SOURCES = "".join(path.read_text() for house in ("bot", "handlers") for path in (ROOT / house).rglob("*.py"))


def credentials(unit: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^LoadCredential=([\w-]+):(\S+)$", unit))


def test_every_file_that_the_pages_commands_name_is_there() -> None:
    named = set(re.findall(r"(?<![\w/])deploy/[\w./-]+", SHOWN))
    named |= {f"deploy/{name}" for name in re.findall(r"-f ([\w.-]+)", SHOWN)}
    assert len(named) == 3
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_pages_commands_write_the_files_that_the_containers_and_the_service_read() -> None:
    written = set(re.findall(r">((?:secrets|/etc/ticket-bot)/[\w-]+)\)", SHOWN))
    assert written == {*re.findall(r"file: (secrets/\S+)", COMPOSE), *credentials(DROP_IN).values()}


def test_the_service_reads_the_database_and_its_key_from_what_it_loads() -> None:
    given = dict(re.findall(r"(?m)^Environment=(\w+)=%d/([\w-]+)$", DROP_IN))
    assert given == {"DATABASE_URL_FILE": "database-url", "ENCRYPTION_KEYS_FILE": "encryption-keys"}
    assert set(given.values()) == set(credentials(DROP_IN))


def test_the_copy_reads_the_secrets_that_the_service_has() -> None:
    given = dict(re.findall(r"(?m)^export (\w+)=(\S+)$", SHOWN))
    assert {name.removesuffix("_FILE") for name in given} <= set(NAMES)
    known = {**credentials(UNIT), "encryption-keys": credentials(DROP_IN)["encryption-keys"]}
    assert given == {f"{name.replace('-', '_').upper()}_FILE": path for name, path in known.items()}
    (state,) = re.findall(r"(?m)^WorkingDirectory=(\S+)$", UNIT)
    assert f"cd {state}\nexport" in SHOWN  # where sqlite:///ticket-bot.db is


def test_the_page_says_the_numbers_of_the_code() -> None:
    endpoints = len(CHANGES) + 1
    assert (postgres.CONNECTIONS, endpoints) == (4, 3)
    assert f"at most {postgres.CONNECTIONS + endpoints} for each process" in PAGE
    assert f"others take it over only {LEASE_S:.0f} seconds later" in PAGE
    assert f"finishes what is under way, for {STOP_TIMEOUT_S:.0f} seconds at most" in PAGE
    assert f"waits {PATIENCE_S:.0f} seconds, then ends with exit code 1" in PAGE


LINES = re.findall(r"`([^`]+)`", PAGE.partition("## What happens when")[2].partition("\n\nWhatever")[0])


@pytest.mark.parametrize("line", [line for line in LINES if line not in {"/healthz", "degraded"}])
def test_the_log_says_what_the_page_quotes(line: str) -> None:
    fixed = max(re.split(r"\d{7}|…", line), key=len).strip("( ,;)")
    assert len(fixed) > 8
    assert fixed in SOURCES
