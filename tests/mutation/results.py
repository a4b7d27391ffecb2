"""What became of each mutant, read from the files that mutmut leaves beside the code that it mutated."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# The statuses of pytest, and the signal by which mutmut ends a run that takes far longer than it should.
_FAILED = {1, 3}
_ENDLESS = {-24, -9, 24, 36, 152, 255}


class Mutant(NamedTuple):
    """`function` with its class; `before` and `after` are the lines that differ. `died`: a test failed or hung."""

    file: str
    function: str
    before: str
    after: str
    died: bool
    hung: bool = False


def read(folder: Path) -> Iterator[Mutant]:
    """`folder` is mutmut's own, with the mutated code."""
    for meta in sorted(folder.glob("bot/**/*.meta")):
        path = meta.with_suffix("")
        found = json.loads(meta.read_text())["exit_code_by_key"]
        if not found:
            continue
        spans = json.loads(path.with_name(f"{path.name}.spans").read_text())["spans"]
        lines = path.read_text().splitlines()
        for key, code in found.items():
            if code is None:
                continue  # another file was asked for
            name = key.rpartition(".")[2]
            original = f"{name.partition('__mutmut_')[0]}__mutmut_orig"
            before, after = _difference(
                *(_body(lines[first - 1 : last], each) for each in (original, name) for first, last in [spans[each]])
            )
            file = str(path.relative_to(folder))
            yield Mutant(file, _function(name), before, after, code in _FAILED | _ENDLESS, code in _ENDLESS)


def _body(lines: list[str], name: str) -> list[str]:
    """Without its indentation and its number, which every mutant has another of."""
    return [line.strip().replace(name, "") for line in lines]


def _function(name: str) -> str:
    """`xǁPolicyǁview__mutmut_3` is Policy.view, `x_plain__mutmut_1` is plain."""
    mangled = name.partition("__mutmut_")[0]
    return mangled.removeprefix("xǁ").replace("ǁ", ".") if "ǁ" in mangled else mangled.removeprefix("x_")


def _difference(original: list[str], mutated: list[str]) -> tuple[str, str]:
    before, after = [], []
    for kind, first, last, start, end in difflib.SequenceMatcher(None, original, mutated).get_opcodes():
        if kind != "equal":
            before += original[first:last]
            after += mutated[start:end]
    return "\n".join(before), "\n".join(after)
