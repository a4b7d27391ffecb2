"""A copy of the bot and its tests for mutmut to work in.

mutmut leaves decorated functions alone, and many of ours that decide are properties and validators. In the copy each
decorator is applied below its function: the same to Python, and mutated.
"""

import ast
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MUTMUTS_OWN = {"classmethod", "staticmethod"}
_IGNORED = shutil.ignore_patterns("__pycache__", "node_modules")


def copy(root: Path, folder: Path, also: Collection[str], decorated: Collection[str]) -> None:
    """`also`: files and folders besides bot and tests. `decorated`: patterns of the files that are mutated."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("bot", "tests", "pyproject.toml", *also):
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=_IGNORED)
        else:
            shutil.copy(root / name, folder / name)
    for pattern in decorated:
        for path in folder.glob(pattern):
            path.write_text(undecorated(path.read_text()))


def undecorated(source: str) -> str:
    """The same module, its functions decorated by a line below each."""
    lines = source.splitlines()
    for function in sorted(_functions(ast.parse(source)), key=lambda node: node.lineno, reverse=True):
        moved = [each for each in function.decorator_list if ast.unparse(each) not in _MUTMUTS_OWN]
        if not moved:
            continue
        applied = function.name
        for decorator in reversed(moved):
            applied = f"{ast.unparse(decorator)}({applied})"
        lines.insert(function.end_lineno or 0, f"{' ' * function.col_offset}{function.name} = {applied}")
        for decorator in reversed(moved):
            del lines[decorator.lineno - 1 : decorator.end_lineno]
    return "\n".join(lines) + "\n"


def _functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in module.body:
        for each in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(each, FUNCTIONS):
                yield each
