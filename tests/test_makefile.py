"""`make demo`, `make run` and `make test` install what they need, and nothing twice.

With a Python that is none: it writes down what it is asked for, so that no package is loaded from anywhere.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# `python -m venv FOLDER` puts itself into FOLDER; what looks like $FAILING fails.
PYTHON = """#!/bin/sh
bin=$(dirname "$0")
echo "$(basename "$(dirname "$bin")") $* user=$PIP_USER target=$PIP_TARGET" >>"$LOG"
case "$*" in $FAILING) exit 1 ;; esac
if [ "$2" = pip ] && [ -e "$bin/no-pip" ]; then exit 1; fi
if [ "$2" = venv ]; then
  for folder in "$@"; do :; done
  mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python"
  case "$*" in *--without-pip*) touch "$folder/bin/no-pip" ;; esac
fi
"""
TOOLS = ("make", "sh", "grep", "sed", "expand", "rm", "touch", "cp", "mkdir", "dirname", "basename")

Make = Callable[..., list[str]]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone, as far as make looks at one."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    programs = tmp_path / "machine" / "bin"
    programs.mkdir(parents=True)
    for name in TOOLS:
        (programs / name).symlink_to(str(shutil.which(name)))
    python = programs / "python3"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


@pytest.fixture
def make(clone: Path) -> Make:
    def made(target: str, *, failing: str = "none", code: int = 0, **environ: str) -> list[str]:
        """What the Pythons were asked for, but for their versions."""
        log = clone / "log"
        log.write_text("")
        found = {"PATH": str(clone / "machine" / "bin"), "LOG": str(log), "FAILING": failing, **environ}
        done = subprocess.run(["make", target], cwd=clone, env=found, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return [line for line in log.read_text().splitlines() if " -c " not in line and "--version" not in line]

    return made


def installs(asked: list[str]) -> list[str]:
    """The lists of pins that were installed."""
    return [line.partition(" -r ")[2].split()[0] for line in asked if " install " in line]


@pytest.mark.parametrize("target", ["demo", "run"])
def test_demo_and_run_install_what_the_bot_needs_and_no_more(make: Make, target: str) -> None:
    asked = make(target)
    assert installs(asked) == ["requirements.txt"]
    assert asked[0].startswith("machine -m venv --clear .venv")
    assert all("--require-hashes" in line for line in asked if " install " in line)
    assert installs(make(target)) == []


@pytest.mark.parametrize("target", ["test", "check", "golden", "bench", "venv"])
def test_whatever_tests_installs_what_the_tests_need(make: Make, target: str) -> None:
    assert installs(make(target)) == ["requirements-dev.txt"]
    assert installs(make(target)) == []


def test_the_tests_packages_are_added_to_the_bots(make: Make) -> None:
    make("demo")
    asked = make("test")
    assert installs(asked) == ["requirements-dev.txt"]
    assert not any(" venv " in line for line in asked)
    assert installs(make("run")) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_other_pins_are_installed_at_the_next_start(make: Make, clone: Path, name: str) -> None:
    target = "test" if "dev" in name else "run"
    make(target)
    installed = max(path.stat().st_mtime for path in (clone / ".venv").glob("installed-*"))
    os.utime(clone / name, (installed + 1, installed + 1))
    assert installs(make(target)) == [name]


def test_an_installation_that_failed_is_made_up_for(make: Make) -> None:
    assert installs(make("run", failing="*install*", code=2)) == ["requirements.txt"]
    assert installs(make("run")) == ["requirements.txt"]


def test_an_environment_whose_python_is_gone_is_made_again(make: Make, clone: Path) -> None:
    make("run")
    (clone / ".venv" / "bin" / "python").unlink()
    asked = make("run")
    assert asked[0].startswith("machine -m venv --clear .venv")
    assert installs(asked) == ["requirements.txt"]


def test_a_python_without_ensurepip_fills_the_environment_with_its_own_pip(make: Make) -> None:
    asked = make("run", failing="-m venv --clear .venv")
    assert asked[1].startswith("machine -m venv --clear --without-pip .venv")
    assert asked[2].startswith("machine -m pip --python .venv/bin/python")


def test_a_python_that_is_too_old_is_named_and_makes_nothing(make: Make, clone: Path) -> None:
    assert make("run", failing="-c*", code=2) == []
    assert not (clone / ".venv").exists()


def test_a_machine_that_installs_elsewhere_by_habit_installs_here_all_the_same(make: Make) -> None:
    asked = make("run", PIP_USER="1", PIP_TARGET="elsewhere")
    assert asked[-2].endswith("requirements.txt user=0 target=")
