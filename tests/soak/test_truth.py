"""No message goes unexamined because it was worded anew: each has the rules that its words are to be held against."""

import inspect
from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import get_args

import pytest

from bot.blockkit.blocks import Message
from bot.changes import claims
from bot.changes.claims import Claim
from bot.changes.request import Difference
from bot.messages import deletion, errors, presses
from bot.messages.deletion import Offer, Press
from bot.messages.help import still_looking
from bot.sandbox.slack_messages import SlackMessage
from tests.gallery import fixed
from tests.soak.checks import UNFINISHED
from tests.soak.truth import RULES, rules_for
from tests.support.world import words

_NUMBER, _REF = fixed.NUMBER, fixed.REF
_PRESS = Press(fixed.ALICE, fixed.PRESSED_AT, _REF)
_UNSAID = fixed.PRIZE.model_copy(update={"status": None})
_ALREADY = {
    "working": {"pressed before"},
    "deleted": {"done"},
    "resolved": {"done"},
    "cancelled": {"cancelled before", "nothing changed"},
    "expired": {"ran out", "nothing changed"},
    "answered": {"answered before", "nothing changed"},
}

_Made = tuple[Message | str, set[str]]
MESSAGES: Mapping[str, list[_Made]] = {
    "prompt": [
        (deletion.prompt(fixed.PRIZE, fixed.question(fixed.PRIZE), Offer(300)), {"not yet"}),
        (deletion.prompt(fixed.PRIZE, fixed.question(fixed.PRIZE), Offer(300), seen=False), set()),
    ],
    "changed": [(deletion.changed([Difference("subject")]), {"nothing changed"})],
    "not_done": [
        (deletion.not_done("delete", deletion.BUSY), {"not done"}),
        (deletion.not_done("resolve", deletion.UNREACHABLE), {"not done"}),
        (deletion.not_done("delete", deletion.BUSY, seen=False), {"nothing changed"}),
        (deletion.not_done("resolve", deletion.BUSY, seen=False), {"nothing changed"}),
    ],
    "unusable": [(deletion.unusable("Internal error 17"), {"there", "open"})],
    "under_way": [
        (deletion.under_way(fixed.PRIZE, "delete", fixed.CHECK), {"under way"}),
        (deletion.under_way(fixed.PRIZE, "resolve", fixed.CHECK_RESOLVE), {"under way"}),
    ],
    "done": [
        (deletion.done(fixed.PRIZE, "delete", _PRESS), {"done", "record"}),
        (deletion.done(fixed.PRIZE, "resolve", _PRESS), {"done", "record"}),
        (deletion.done(fixed.PRIZE, "delete", _PRESS, late=True), {"done", "record", "gone"}),
        (deletion.done(fixed.PRIZE, "resolve", _PRESS, late=True), {"done", "record"}),
    ],
    "unclear": [(deletion.unclear(fixed.CHECK, _REF), {"not known"})],
    "may_still_happen": [
        (deletion.may_still_happen(fixed.CHECK, _REF), {"not known", "there"}),
        (deletion.may_still_happen(fixed.CHECK_RESOLVE, _REF), {"not known", "open"}),
    ],
    "gone": [(deletion.gone(fixed.CHECK, _REF), {"gone"})],
    "not_looked_up": [
        (presses.not_looked_up(why), set()) for why in (presses.RESTARTING, presses.FOR_MEMBERS, presses.OTHER_VERSION)
    ],
    "closed": [(deletion.closed(_NUMBER, _REF), {"closed", "not done"})],
    "not_open": [
        (deletion.not_open(fixed.CLOSED, _REF), {"closed", "not done"}),
        (deletion.not_open(_UNSAID, _REF), {"not known", "nothing changed"}),
    ],
    "still_there": [
        (deletion.still_there(fixed.CHECK, _REF), {"not done", "there", "open"}),
        (deletion.still_there(fixed.CHECK_RESOLVE, _REF), {"not done", "there", "open"}),
    ],
    "not_there": [(deletion.not_there(_NUMBER, _REF), {"gone", "nothing changed"})],
    "not_deletable": [
        (deletion.not_deletable(_NUMBER, "delete", _REF, seen=True), {"not done"}),
        (deletion.not_deletable(_NUMBER, "resolve", _REF, seen=True), {"not done"}),
        (deletion.not_deletable(_NUMBER, "delete", _REF, seen=False), {"nothing changed"}),
    ],
    "key_refused": [
        (deletion.key_refused(_NUMBER, "delete", _REF), {"nothing changed", "key refused"}),
        (deletion.key_refused(_NUMBER, "resolve", _REF), {"nothing changed", "key refused"}),
    ],
    "cancelled": [
        (deletion.cancelled(_NUMBER, fixed.BOB, seen=True), {"cancelled", "there"}),
        (deletion.cancelled(_NUMBER, fixed.BOB, seen=False), {"cancelled"}),
    ],
    "expired": [(deletion.expired(_NUMBER, fixed.ASKED_AT), {"ran out", "there"})],
    "unchangeable": [
        (deletion.unchangeable(_NUMBER, "delete", _REF), {"not done", "nothing changed"}),
        (deletion.unchangeable(_NUMBER, "resolve", _REF), {"not done", "nothing changed"}),
    ],
    "already": [
        (presses.already(_NUMBER, Claim(state, fixed.ALICE, fixed.PRESSED_AT)), _ALREADY[state])
        for state in get_args(claims.State)
    ],
}


def told(made: Message | str) -> str:
    """As the journal has it."""
    return made if isinstance(made, str) else f"{words(SlackMessage('', '', None, made.payload()))} {made.text}"


@pytest.mark.parametrize(
    ("made", "rules"),
    [
        pytest.param(*case, id=f"{name}-{number}")
        for name, cases in MESSAGES.items()
        for number, case in enumerate(cases)
    ],
)
def test_every_message_about_a_deletion_is_held_against_what_was_done(made: Message | str, rules: set[str]) -> None:
    assert rules_for(told(made)) == rules


def test_no_message_about_a_deletion_is_forgotten_here() -> None:
    makers = {
        name for module in (deletion, presses) for name, _ in inspect.getmembers(module, partial(is_its_own, module))
    }
    assert makers == MESSAGES.keys()


def is_its_own(module: ModuleType, part: object) -> bool:
    return inspect.isfunction(part) and part.__module__ == module.__name__ and not part.__name__.startswith("_")


def test_no_rule_waits_for_words_that_nobody_says() -> None:
    assert set().union(*(rules for cases in MESSAGES.values() for _, rules in cases)) == RULES.keys()


@pytest.mark.parametrize("made", [errors.restarting(), errors.interrupted(_REF), errors.stale_button()])
def test_an_answer_that_says_so_is_held_against_it_too(made: Message) -> None:
    assert rules_for(told(made)) == {"nothing changed"}


@pytest.mark.parametrize("made", [deletion.under_way(fixed.PRIZE, "delete", fixed.CHECK), still_looking(_NUMBER, 0)])
def test_what_is_not_the_last_word_is_known_for_it(made: Message) -> None:
    assert UNFINISHED.search(told(made))
