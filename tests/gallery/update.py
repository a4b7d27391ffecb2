"""python -m tests.gallery.update: the golden files as the messages are now."""

import json
import sys
from pathlib import Path

from tests.gallery.case import GOLDEN, Case
from tests.gallery.cases import CASES


def as_golden(case: Case) -> str:
    return json.dumps(case.payload, ensure_ascii=False, indent=1) + "\n"


def update() -> list[Path]:
    """The files that were written or removed."""
    GOLDEN.mkdir(exist_ok=True)
    wanted = {case.golden: as_golden(case) for case in CASES}
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in changed:
        path.write_text(wanted[path])
    stray = [path for path in GOLDEN.iterdir() if path not in wanted]
    for path in stray:
        path.unlink()
    return [*changed, *stray]


if __name__ == "__main__":
    for written in update():
        sys.stdout.write(f"{written.name}\n")
