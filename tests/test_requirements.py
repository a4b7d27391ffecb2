"""The pins install with every pip: each carries the extras that others ask of it.

pip 23, which Python 3.11 brings, takes `coverage==7` for no answer to somebody who asks for `coverage[toml]`, and
refuses the whole list.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distributions
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LISTS = {
    "requirements.txt": PROJECT["project"]["dependencies"],
    "requirements-dev.txt": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]],
    "requirements-lock.txt": PROJECT["dependency-groups"]["lock"],
}
# What the bot and its tests run on, and what a lock must hold for.
SYSTEMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"))
PYTHONS = ("3.11", "3.12", "3.13")

Pins = Mapping[str, Requirement]
Asked = Mapping[str, list[str]]  # what each package's metadata asks for


def pins_in(text: str) -> Pins:
    logical = text.replace("\\\n", " ").splitlines()
    found = [Requirement(line.partition("--hash")[0]) for line in logical if line and not line.lstrip().startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in found}


def environments() -> Iterator[dict[str, str]]:
    here = {key: str(value) for key, value in default_environment().items()}
    for (sys_platform, system, os_name), python in product(SYSTEMS, PYTHONS):
        there = {"sys_platform": sys_platform, "platform_system": system, "os_name": os_name}
        yield here | there | {"python_version": python, "python_full_version": f"{python}.0"}


def missing(pins: Pins, roots: Iterable[str], asked: Asked) -> set[str]:
    """What somebody asks for and the pins do not give: a package, a version, or an extra."""
    return {lack for environment in environments() for lack in _missing_in(environment, pins, roots, asked)}


def _missing_in(environment: dict[str, str], pins: Pins, roots: Iterable[str], asked: Asked) -> Iterator[str]:
    waiting, seen = [Requirement(root) for root in roots], set[str]()
    while waiting:
        wanted = waiting.pop()
        pin = pins.get(canonicalize_name(wanted.name))
        if pin is None or (pin.marker and not pin.marker.evaluate(environment)):
            yield wanted.name
            continue
        if not wanted.specifier.contains(next(iter(pin.specifier)).version, prereleases=True):
            yield f"{wanted.name}{wanted.specifier}"
        if not wanted.extras <= pin.extras:
            yield f"{wanted.name}[{','.join(sorted(wanted.extras - pin.extras))}]"
        if pin.name not in seen:
            seen.add(pin.name)
            waiting += _asked_by(pin, asked, environment)


def _asked_by(pin: Requirement, asked: Asked, environment: dict[str, str]) -> Iterator[Requirement]:
    for line in asked.get(canonicalize_name(pin.name), []):
        wanted = Requirement(line)
        extras = ("", *pin.extras)
        if wanted.marker is None or any(wanted.marker.evaluate(environment | {"extra": extra}) for extra in extras):
            yield wanted


@pytest.fixture(scope="module")
def installed() -> Asked:
    return {canonicalize_name(found.name): found.requires or [] for found in distributions()}


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_carries_what_the_installed_packages_ask_of_it(name: str, installed: Asked) -> None:
    pins = pins_in((ROOT / name).read_text())
    assert missing(pins, LISTS[name], installed) == set()
    if name != "requirements-lock.txt":
        elsewhere = {"colorama"}  # for Windows, and pinned all the same
        assert set(pins) - set(installed) <= elsewhere


def test_a_pin_without_its_extra_a_stale_pin_and_no_pin_are_found() -> None:
    asked = {
        "plugin": ["coverage[toml]>=7", "pluggy>=2", "gone; python_version < '3.12'", "dos; sys_platform == 'win32'"],
        "coverage": ["tomli; extra == 'toml'"],
    }
    pins = pins_in("plugin==1 \\\n    --hash=sha256:00\ncoverage==7\n    # via plugin\npluggy==1\n")
    assert missing(pins, ["plugin>=1"], asked) == {"coverage[toml]", "pluggy>=2", "gone"}
    assert missing(pins_in("coverage[toml]==7"), ["coverage[toml]"], asked) == {"tomli"}


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_has_one_version_and_a_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    names = re.findall(r"^([\w.-]+)\S*==", text, re.MULTILINE)
    hashed = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==\d[\w.]+(?: ;.*)? \\\n +--hash=sha256:", text, re.MULTILINE)
    assert hashed == names == sorted(set(names))


def test_the_tests_packages_are_the_bots_and_more() -> None:
    bots, tests = (pins_in((ROOT / name).read_text()) for name in ("requirements.txt", "requirements-dev.txt"))
    assert {name: str(pin.specifier) for name, pin in bots.items()} == {
        name: str(pin.specifier) for name, pin in tests.items() if name in bots
    }
