"""`python -m tests.mutation.session [FILE…]`, in mutmut's folder of mutants: judges each in a process of its own.

The tests are collected once, and each mutant is judged by a fork of the process that did so. mutmut would begin a
pytest for each mutant, which takes longer than most tests do. The test that found the last mutant comes first, since
it often finds the next one too, then the quickest ones; one that fails is enough.
"""

import functools
import gc
import json
import os
import resource
import signal
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import pytest

PASSED, FAILED, NO_TESTS, ENDLESS = 0, 1, 33, 36  # as mutmut writes them
_BROKEN, _RECORDED = "fail", "stats"  # what the mutated code knows besides the names of mutants
_REACHED, _FAILED_LAST = Path("reached.json"), Path("failed-last")
# A mutant may take so much longer than its tests do. Only time on a processor counts, unless nothing happens at all.
_TIMES, _SECONDS, _SILENT_S = 3, 5, 300
_ALL_S = 1200


class Reach(NamedTuple):
    """The functions that a test reaches, and how long it takes."""

    functions: list[str]
    seconds: float


class Judge:
    """Goes through the mutants where pytest would go through the tests."""

    def __init__(self, files: Sequence[str], shown: TextIO) -> None:
        self._files = files or sorted(str(meta.with_suffix("")) for meta in Path("bot").glob("**/*.meta"))
        self._shown = shown
        self._killed: dict[str, int] = {}  # by which test, and which mutant last

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.config.pluginmanager.unregister(name="terminalreporter")
        gc.freeze()  # so that a fork copies less
        items = {item.nodeid: item for item in session.items}
        if forked(functools.partial(_record, list(items.values()), self._shown), _ALL_S):
            sys.exit("A test fails without a mutant.")
        reached = {name: Reach(*each) for name, each in json.loads(_REACHED.read_text()).items()}
        if forked(functools.partial(_pass, items.values(), _BROKEN), _ALL_S) != FAILED:
            sys.exit("No test fails though every function does.")
        for file in self._files:
            self._judge(file, items, reached)
        return True

    def _judge(self, file: str, items: Mapping[str, pytest.Item], reached: Mapping[str, Reach]) -> None:
        self._killed.clear()
        meta = Path(f"{file}.meta")
        found = json.loads(meta.read_text())
        codes = found["exit_code_by_key"]
        for number, mutant in enumerate(codes, 1):
            function = mutant.partition("__mutmut_")[0]
            tests = [name for name in items if function in reached[name].functions]
            tests.sort(key=lambda name: (-self._killed.get(name, 0), reached[name].seconds))
            run = functools.partial(_pass, [items[name] for name in tests], mutant)
            limit = _SECONDS + _TIMES * sum(reached[name].seconds for name in tests)
            codes[mutant] = forked(run, limit) if tests else NO_TESTS
            if codes[mutant] == FAILED:
                self._killed[_FAILED_LAST.read_text()] = number
            self._shown.write("." if codes[mutant] == FAILED else "h" if codes[mutant] == ENDLESS else "s")
            self._shown.flush()
        self._shown.write(f" {file}\n")
        meta.write_text(json.dumps(found))


def _record(items: Iterable[pytest.Item], shown: TextIO) -> bool:
    """Which test reaches what; whether all pass."""
    from mutmut.state import state  # noqa: PLC0415 - there only where mutants are judged

    reached: dict[str, Reach] = {}
    for item in items:
        state()._stats.clear()
        begin = time.process_time()
        if not _pass([item], _RECORDED):
            shown.write(f"{item.nodeid}\n")
            shown.flush()
            return False
        reached[item.nodeid] = Reach(sorted(state()._stats), time.process_time() - begin)
    _REACHED.write_text(json.dumps(reached))
    return True


def _pass(items: Iterable[pytest.Item], mutant: str) -> bool:
    """Whether all tests pass."""
    from mutmut.mutation.trampoline import set_mutant_under_test  # noqa: PLC0415

    set_mutant_under_test(mutant)
    for item in items:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if item.session.testsfailed:
            _FAILED_LAST.write_text(item.nodeid)
            return False
    return True


def forked(work: Callable[[], bool], seconds: float) -> int:
    """PASSED or FAILED, or ENDLESS where it takes longer on a processor, or dies."""
    child = os.fork()
    if not child:
        code = FAILED
        try:
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(max(_SILENT_S, int(seconds)))
            code = PASSED if work() else FAILED
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return ended if ended >= 0 else ENDLESS


def main() -> None:
    settings = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["mutmut"]
    arguments = [*settings["pytest_add_cli_args"], *settings["pytest_add_cli_args_test_selection"]]
    with os.fdopen(os.dup(2), "w") as shown:  # pytest takes the other
        sys.exit(pytest.main(["--rootdir=.", "--tb=no", *arguments], plugins=[Judge(sys.argv[1:], shown)]))


if __name__ == "__main__":
    main()
