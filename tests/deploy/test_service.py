"""The units in deploy/, in systemd's own judgement: `make systemd` runs these."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.systemd
UNITS = sorted((Path(__file__).parent.parent.parent / "deploy").glob("*.service"))
SECURITY = ("security", "--offline=true", "--no-pager")
MOST = 2.0  # of systemd's 10; the network alone, which the bot needs, is worth 1.0


def analyze(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_every_line_of_the_unit(path: Path, tmp_path: Path) -> None:
    unit = tmp_path / path.name
    text, programs = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", path.read_text())  # not installed here
    assert programs == 1
    unit.write_text(text)
    assert analyze("verify", "--man=no", str(unit)) == ""
    if (drop_ins := path.with_name(f"{path.name}.d")).exists():
        shutil.copytree(drop_ins, tmp_path / drop_ins.name)
    assert analyze("verify", "--man=no", str(unit)) == ""


def test_a_line_that_systemd_does_not_know_would_be_seen(tmp_path: Path) -> None:
    unit = tmp_path / "misspelt.service"
    unit.write_text("[Service]\nExecStart=/bin/true\nProtectSytem=strict\n")
    assert "'ProtectSytem' in section" in analyze("verify", "--man=no", str(unit))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_the_service_is_shut_off_from_the_rest_of_the_machine(path: Path) -> None:
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", analyze(*SECURITY, str(path)))
    assert exposure
    assert float(exposure[1]) <= MOST
