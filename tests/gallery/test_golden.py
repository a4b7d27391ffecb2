"""No message changes unseen: `python -m tests.gallery.update`, then read the difference."""

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

import bot.messages
from bot.api.errors import SweeppeaError
from bot.messages import errors
from bot.sandbox import block_kit
from tests.gallery.answer_cases import FAILURES
from tests.gallery.case import GOLDEN, Case
from tests.gallery.cases import CASES
from tests.gallery.update import as_golden


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_message_is_as_its_golden_file(case: Case) -> None:
    assert case.golden.exists(), "python -m tests.gallery.update"
    assert as_golden(case) == case.golden.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_slack_would_take_every_message(case: Case) -> None:
    assert block_kit.violations(case.payload) == []


def test_every_golden_file_has_one_case() -> None:
    names = [case.golden.name for case in CASES]
    assert sorted(names) == sorted(set(names))
    assert {path.name for path in GOLDEN.iterdir()} == set(names)


def makers() -> Iterator[Callable[..., object]]:
    """Every public function of the messages that makes something to be sent, by its annotation."""
    for info in pkgutil.iter_modules(bot.messages.__path__, "bot.messages."):
        module = import_module(info.name)
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and is_sent(node.returns):
                yield getattr(module, node.name)


def is_sent(annotation: ast.expr | None) -> bool:
    """As it is written: a view is a mere dict at run time."""
    return annotation is not None and any(name in ast.unparse(annotation) for name in ("Message", "View"))


@pytest.mark.parametrize("maker", list(makers()), ids=lambda maker: f"{maker.__module__}.{maker.__name__}")
def test_every_function_that_makes_a_message_is_in_the_gallery(maker: Callable[..., object]) -> None:
    assert maker in [case.maker for case in CASES]


def test_every_kind_of_failure_is_in_the_gallery() -> None:
    assert set(errors.READ_ERRORS) <= {type(error) for error in FAILURES.values()}


def kinds_of(error: type[SweeppeaError]) -> Iterator[type[SweeppeaError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


@pytest.mark.parametrize("kind", [kind for kind in kinds_of(SweeppeaError) if not kind.__subclasses__()])
def test_no_kind_of_failure_is_called_a_bug_for_want_of_words(kind: type[SweeppeaError]) -> None:
    nearest = next(known for known in kind.__mro__ if known in errors.READ_ERRORS)
    assert nearest is not SweeppeaError
