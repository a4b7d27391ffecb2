"""`python -m tests.mutation [FILE…]`: mutates what decides, runs its tests on each mutant, and says what lives.

Without a file all of pyproject.toml's. Ends with 1 where too few died, where one lives that is not in survivors.toml,
and where one in there does not live. See `make mutate`.
"""

import os
import resource
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.mutation import prepare
from tests.mutation.judge import HEADER, complaints, read_survivors, table
from tests.mutation.results import read

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".cache" / "mutation"
MUTMUT = ROOT / ".cache" / "mutmut"
SURVIVORS = Path(__file__).parent / "survivors.toml"
_SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]


def main() -> None:
    prepare.copy(ROOT, FOLDER, _SETTINGS["also_copy"], _SETTINGS["only_mutate"])
    _run("tests.mutation.generate", FOLDER)
    _run("tests.mutation.session", FOLDER / "mutants", *sys.argv[1:])
    mutants, survivors = list(read(FOLDER / "mutants")), read_survivors(SURVIVORS)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    wrong = list(complaints(mutants, survivors))
    lines = ["", HEADER, *map(str, table(mutants, survivors)), f"{used.ru_utime + used.ru_stime:.0f} s of CPU", *wrong]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(bool(wrong))


def _run(module: str, folder: Path, *arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(MUTMUT), "MUTANT_UNDER_TEST": ""}
    done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=folder, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
