"""Imports run one way, and each library is known where it belongs: see bot/__init__.py."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted([ROOT / "app.py", *(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")])

# A lower layer knows nothing of a higher one.
LAYERS = {"bot.errors": 0, "bot.credentials": 0, "bot.tickets": 1, "bot.text": 1, "handlers": 8, "app": 9}
# Who may know a library.
KNOWN_IN = {
    "slack_bolt": ("app.py", "handlers/"),
    "slack_sdk": ("app.py", "handlers/"),
    "httpx": ("bot/wire.py",),
    "tenacity": ("bot/sweeppea.py",),
    "aiohttp": ("app.py", "handlers/", "bot/wire.py", "bot/sandbox.py", "bot/stand_in.py"),
    "rich": ("bot/demo.py", "bot/drawing.py"),
    "dotenv": ("bot/settings.py",),
    "selectolax": ("bot/markup.py",),
}
PURE = ("bot/messages/", "bot/policy.py", "bot/prompts.py", "bot/text.py", "bot/answers.py", "bot/limits.py")
IMPURE = {"asyncio", "time", "socket", "os", "logging", "random"}
FOR_SHOW = {"bot.sandbox", "bot.sandbox_tickets", "bot.stand_in", "bot.demo", "bot.drawing"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(module: str) -> int:
    whole = [LAYERS[key] for key in LAYERS if module == key or module.startswith(f"{key}.")]
    return whole[0] if whole else 2


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_run_one_way(path: Path) -> None:
    own = name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    above = [module for module in imports(path) if module.split(".")[0] in {"bot", "handlers", "app"}]
    assert [module for module in above if layer(module) > layer(own)] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_library_is_known_where_it_belongs(path: Path) -> None:
    known = {module.split(".")[0] for module in imports(path)}
    assert [lib for lib in known & KNOWN_IN.keys() if not name(path).startswith(KNOWN_IN[lib])] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_what_decides_or_renders_has_no_clock_and_no_io(path: Path) -> None:
    if name(path).startswith(PURE):
        assert {module.split(".")[0] for module in imports(path)} & IMPURE == set()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_bot_knows_nothing_of_its_demo(path: Path) -> None:
    if name(path).removesuffix(".py").replace("/", ".") not in FOR_SHOW | {"app"}:
        assert set(imports(path)) & FOR_SHOW == set()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    if name(path) not in {"app.py", "bot/settings.py"}:
        assert "environ" not in path.read_text()
