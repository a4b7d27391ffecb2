"""What `make mutate` mutates, and which survivors it takes."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutation.__main__ import ROOT, SURVIVORS
from tests.mutation.judge import Survivor, complaints, read_survivors, table
from tests.mutation.prepare import undecorated
from tests.mutation.results import Mutant, read
from tests.mutation.session import ENDLESS, FAILED, PASSED, forked

DEAD = Mutant("bot/a.py", "f", "return 1", "return 2", died=True)
ALIVE = Mutant("bot/a.py", "A.g", "x = 1", "x = None", died=False)
MAY_LIVE = Survivor(*ALIVE[:4], why="nobody reads x")
DECORATED = """\
class A:
    @property
    def plain(self) -> int:
        return 1

    @validator(
        "b",
    )
    @classmethod
    def made(cls) -> int:
        return 2


@first
@second(1)
async def outside() -> None:
    @inner
    def kept() -> None: ...
"""
MUTATED = """\
def xǁAǁg__mutmut_orig(self):
    x = 1
    return x
def xǁAǁg__mutmut_1(self):
    x = None
    return x
def xǁAǁg__mutmut_2(self):
    x = 2
    return x
"""


def test_a_survivor_that_is_in_the_list_is_accepted_and_counts_as_alive() -> None:
    mutants = [DEAD] * 19 + [ALIVE]
    assert list(complaints(mutants, [MAY_LIVE])) == []
    each, everything = table(mutants, [MAY_LIVE])
    assert each[1:] == everything[1:] == (20, 19, 0, 1, 1)
    assert everything.share == 0.95


def test_a_survivor_that_is_not_in_the_list_is_drawn() -> None:
    (complaint,) = complaints([DEAD] * 99 + [ALIVE], [])
    assert complaint.splitlines()[1:] == ["  bot/a.py: A.g", "    - x = 1", "    + x = None"]


def test_a_survivor_of_the_list_that_does_not_live_has_to_leave_it() -> None:
    (complaint,) = complaints([DEAD], [MAY_LIVE])
    assert complaint.startswith("is in the list, and does not live")
    assert list(complaints([DEAD._replace(file="bot/b.py")], [MAY_LIVE])) == []  # another file was asked for


def test_too_few_that_die_are_complained_about() -> None:
    assert list(complaints([DEAD] * 18 + [ALIVE], [MAY_LIVE])) == ["94.7% died, and 95% have to"]


def test_a_property_and_a_validator_are_mutated_too() -> None:
    lines = undecorated(DECORATED).splitlines()
    assert lines == [
        "class A:",
        "    def plain(self) -> int:",
        "        return 1",
        "    plain = property(plain)",
        "",
        "    @classmethod",
        "    def made(cls) -> int:",
        "        return 2",
        "    made = validator('b')(made)",
        "",
        "",
        "async def outside() -> None:",
        "    @inner",
        "    def kept() -> None: ...",
        "outside = first(second(1)(outside))",
    ]


@pytest.mark.parametrize(
    ("code", "died", "hung"), [(1, True, False), (0, False, False), (33, False, False), (36, True, True)]
)
def test_a_mutant_that_no_test_runs_is_alive_and_one_that_hangs_is_dead(
    tmp_path: Path, code: int, *, died: bool, hung: bool
) -> None:
    file = tmp_path / "bot" / "a.py"
    file.parent.mkdir()
    file.write_text(MUTATED)
    names = {"xǁAǁg__mutmut_orig": [1, 3], "xǁAǁg__mutmut_1": [4, 6], "xǁAǁg__mutmut_2": [7, 9]}
    file.with_name("a.py.spans").write_text(json.dumps({"version": 1, "spans": names}))
    codes = {"bot.a.xǁAǁg__mutmut_1": code, "bot.a.xǁAǁg__mutmut_2": None}
    file.with_name("a.py.meta").write_text(json.dumps({"exit_code_by_key": codes}))
    assert list(read(tmp_path)) == [ALIVE._replace(died=died, hung=hung)]


def die() -> bool:
    os.kill(os.getpid(), signal.SIGXCPU)  # as where a mutant takes too long
    return True


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # is multi-threaded, under pytest-xdist
@pytest.mark.parametrize(
    ("work", "code"),
    [(lambda: True, PASSED), (lambda: False, FAILED), (lambda: bool(1 / 0), FAILED), (die, ENDLESS)],
    ids=["passes", "fails", "crashes", "endless"],
)
def test_what_becomes_of_a_mutant_is_known_from_the_end_of_its_process(work: Callable[[], bool], code: int) -> None:
    assert forked(work, 5) == code


def test_each_survivor_of_the_list_is_of_a_file_of_ours_and_has_its_reason() -> None:
    for survivor in read_survivors(SURVIVORS):
        source = (ROOT / survivor.file).read_text()
        assert all(line in source for line in survivor.before.splitlines()), survivor
        assert survivor.why.endswith("."), survivor
