"""Imports run one way, and each library is known where it belongs: see bot/__init__.py."""

import ast
import pkgutil
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSES = ("app", "bot", "commands", "handlers")
FILES = sorted([ROOT / "app.py", *(path for house in HOUSES for path in (ROOT / house).rglob("*.py"))])

# What each part of the house may import of the others. What is not in the table is forbidden.
BOT = "tickets blockkit policy logs runtime audit metrics settings richtext api changes ledger messages"
MAY_IMPORT = {
    "bot.tickets": "",
    "bot.blockkit": "",
    "bot.policy": "",
    "bot.logs": "",
    "bot.runtime": "",
    "bot.audit": "tickets",
    "bot.settings": "policy",
    "bot.metrics": "audit",  # the words of an outcome are labels
    "bot.richtext": "blockkit",
    "bot.api": "tickets logs runtime metrics",  # where a request ends is where it is counted
    "bot.changes": "api audit tickets blockkit",
    "bot.ledger": "api changes audit blockkit tickets runtime logs",  # api: of a turn, what it is
    "bot.messages": "changes audit richtext blockkit api policy tickets",
    "bot.sandbox": "blockkit settings logs runtime",
    "handlers": BOT,
    "commands": f"{BOT} handlers",
    "app": "settings logs runtime ledger sandbox handlers commands",
}
# Who may know a library.
KNOWN_IN = {
    "slack_bolt": ("handlers/",),
    "slack_sdk": ("handlers/",),
    "httpx": ("bot/api/http.py",),
    "aiohttp": ("handlers/", "bot/api/http.py", "bot/sandbox/"),
    "rich": ("bot/sandbox/",),
    "dotenv": ("bot/settings/env_file.py",),
    "idna": ("bot/richtext/links.py",),
    "selectolax": ("bot/richtext/",),
    "uvloop": ("app.py",),
    "sqlite3": ("bot/ledger/sqlite.py",),
    "asyncpg": ("bot/ledger/postgres.py", "bot/ledger/postgres_session.py", "bot/ledger/postgres_target.py"),
    "sqlalchemy": ("bot/ledger/schema.py", "bot/ledger/migrations/"),
    "alembic": ("bot/ledger/schema.py", "bot/ledger/migrations/"),
    "cryptography": ("bot/ledger/encryption.py",),
    "prometheus_client": ("bot/metrics/",),
}
PURE = ("bot/messages/", "bot/policy.py", "bot/changes/", "bot/blockkit/", "bot/richtext/", "bot/api/responses.py")
IMPURE = {"asyncio", "time", "socket", "os", "logging", "random"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part(module: str) -> str:
    """The package or file of the house that a module belongs to."""
    top, _, rest = module.partition(".")
    return f"bot.{rest.partition('.')[0]}" if top == "bot" and rest else top


def own_part(path: Path) -> str:
    return part(name(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name; the name is empty where the whole module is imported."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            of_bot = node.module == "bot"
            yield from ((f"bot.{a.name}", "") if of_bot else (node.module, a.name) for a in node.names)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_package_imports_what_the_table_allows_and_nothing_else(path: Path) -> None:
    own = own_part(path)
    ours = {part(module) for module, _ in imported(path) if module.split(".")[0] in HOUSES}
    allowed = {name if name in HOUSES else f"bot.{name}" for name in MAY_IMPORT.get(own, "").split()}
    assert ours - allowed - {own} == set()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nobody_imports_a_private_name(path: Path) -> None:
    private = [f"{module}.{name}" for module, name in imported(path) if f".{module}.{name}".find("._") >= 0]
    assert [name for name in private if name.split(".")[0] in HOUSES] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_rich_text_is_imported_by_its_public_face_alone(path: Path) -> None:
    if own_part(path) != "bot.richtext":
        assert [module for module, _ in imported(path) if module.startswith("bot.richtext.")] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_library_is_known_where_it_belongs(path: Path) -> None:
    known = {module.split(".")[0] for module, _ in imported(path)}
    assert [lib for lib in known & KNOWN_IN.keys() if not name(path).startswith(KNOWN_IN[lib])] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_what_decides_or_renders_has_no_clock_and_no_io(path: Path) -> None:
    if name(path).startswith(PURE):
        assert {module.split(".")[0] for module, _ in imported(path)} & IMPURE == set()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    if name(path) != "app.py" and not name(path).startswith("bot/settings/"):
        assert not re.search(r"\benviron\b", path.read_text())


# What tells the time or rolls dice by itself; `Random` is what is handed in.
TIME_AND_CHANCE = {"time", "secrets", "uuid", "random"}
CLOCKS = re.compile(r"\b(?:datetime|date)\.(?:now|utcnow|today)\b|\bos\.(?:urandom|getrandom)\b|\bSystemRandom\b")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_time_and_chance_come_from_what_is_handed_in(path: Path) -> None:
    if name(path) != "bot/runtime.py":
        known = {(module, what) for module, what in imported(path) if module.split(".")[0] in TIME_AND_CHANCE}
        assert known <= {("random", "Random")}
        assert not CLOCKS.search(path.read_text())


NAME_OF_OURS = re.compile(r"(?<![\w-])(?:bot|handlers|commands)(?:\.[A-Za-z_]\w*)+")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_what_a_comment_refers_to_is_there(path: Path) -> None:
    with tokenize.open(path) as file:
        tokens = [*tokenize.generate_tokens(file.readline)]
    said = [one.string for one in tokens if one.type == tokenize.COMMENT or one.string.startswith('"""')]
    for found in NAME_OF_OURS.findall("\n".join(said)):
        assert pkgutil.resolve_name(found)


PACKAGES = sorted(path.parent for path in FILES if path.name == "__init__.py")


@pytest.mark.parametrize("package", PACKAGES, ids=name)
def test_the_map_of_a_package_names_each_of_its_parts(package: Path) -> None:
    lines = (package / "__init__.py").read_text().partition('"""')[2].partition('"""')[0]
    parts = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    named = re.compile(r"(?m)(?:^|(?<=; )|(?<=, )|(?<=with )|(?<=and )|(?<=^    ))(\w+)").findall(lines)
    assert parts - {"__init__"} - set(named) == set()
