"""Which claims each golden message makes: a message that is worded anew has to be looked at here, and in `words`.

Golden messages that are not named here make no claim.
"""

import json
from pathlib import Path

import pytest

from tests.gallery.case import GOLDEN
from tests.simulation.slack_messages import texts
from tests.simulation.truth import HOLDS
from tests.simulation.words import CLAIMS, DENIALS, UNFINISHED, find_claims

MESSAGES: dict[str, set[str]] = {
    "about-elsewhere": {"refused"},
    "about-nothing": {"refused"},
    "about-viewer": {"refused"},
    "already-cancelled": {"cancelled before", "nothing changed"},
    "already-closed": {"answered before", "nothing changed"},
    "already-deleted": {"confirmed by", "done"},
    "already-expired": {"expired", "nothing changed"},
    "already-resolved": {"confirmed by", "done"},
    "already-working": {"clicked before"},
    "ask-closed": {"closed"},
    "asked-meanwhile": {"confirmed by"},
    "audit-asked": {"asked by"},
    "audit-cancelled": {"asked by"},
    "audit-confirmed": {"asked by", "confirmed by"},
    "audit-deleted-alone": {"confirmed by"},
    "audit-deleted": {"asked by", "confirmed by"},
    "audit-expired": {"asked by"},
    "audit-failed": {"asked by", "confirmed by"},
    "audit-found-deleted": {"asked by", "confirmed by", "never said"},
    "audit-found-resolved": {"asked by", "confirmed by", "never said"},
    "audit-refused-mistyped": {"refused"},
    "audit-refused-often": {"refused"},
    "audit-refused": {"refused"},
    "audit-resolved": {"asked by", "confirmed by"},
    "audit-unclear": {"asked by", "confirmed by"},
    "busy-late": {"asked by", "confirmed by", "not done"},
    "cancelled": {"cancelled"},
    "check-found-closed": {"asked by", "closed"},
    "check-found-gone": {"asked by", "gone", "never said"},
    "check-found-open": {"asked by", "not done", "open"},
    "check-may-still-happen": {"asked by", "confirmed by", "may still happen"},
    "check-unknown": {"asked by", "confirmed by", "unknown"},
    "closed": {"closed"},
    "deleted": {"asked by", "confirmed by", "done"},
    "denied-deletion-off": {"refused"},
    "denied-many-channels": {"refused"},
    "denied-not-a-deleter": {"refused"},
    "denied-not-a-viewer": {"refused"},
    "denied-not-the-requester": {"refused"},
    "denied-other-workspace": {"refused"},
    "denied-same-person": {"refused"},
    "denied-unnamed": {"refused"},
    "denied-wrong-channel": {"refused"},
    "details-stale": {"nothing changed"},
    "expired": {"expired"},
    "failed-before-deletion": {"nothing changed"},
    "failed-key": {"key refused"},
    "failed-not-found": {"not found"},
    "found-closed": {"asked by", "closed", "confirmed by"},
    "found-deleted": {"asked by", "confirmed by", "gone", "most likely", "never said"},
    "found-gone-either": {"asked by", "confirmed by", "gone"},
    "found-gone-named": {"asked by", "confirmed by", "gone"},
    "found-gone": {"asked by", "confirmed by", "gone", "never said"},
    "found-open": {"asked by", "confirmed by", "not done", "open"},
    "found-resolved": {"asked by", "closed", "confirmed by", "most likely", "never said"},
    "interrupted-late": {"asked by", "confirmed by", "not done", "nothing sent"},
    "interrupted": {"nothing changed"},
    "may-late": {"asked by", "confirmed by", "may still happen"},
    "may-still-be-resolved": {"asked by", "confirmed by", "may still happen"},
    "may-still-happen": {"asked by", "confirmed by", "may still happen"},
    "maybe-posted": {"maybe posted"},
    "not-deletable-unread": {"nothing changed", "refused by the API"},
    "not-deletable": {"not done", "refused by the API"},
    "not-found": {"gone", "nothing changed"},
    "not-posted": {"not posted"},
    "not-read": {"nothing changed"},
    "not-recordable": {"nothing changed"},
    "not-recorded": {"nothing changed", "nothing sent"},
    "not-resolvable": {"not done", "refused by the API"},
    "not-saved": {"nothing changed", "nothing sent"},
    "not-updatable": {"nothing changed", "nothing sent"},
    "other-request": {"confirmed by", "nothing changed"},
    "out-of-date-private": {"asked by", "confirmed by", "done", "out of date"},
    "out-of-date": {"asked by", "confirmed by", "done", "out of date"},
    "receipt-1": {"done", "receipt"},
    "receipt-empty-1": {"done", "receipt"},
    "receipt-gmail-1": {"done", "receipt"},
    "receipt-google-docs-1": {"done", "receipt"},
    "receipt-hostile-1": {"done", "receipt"},
    "receipt-long-1": {"done", "receipt"},
    "receipt-outlook-1": {"done", "receipt"},
    "receipt-quill-1": {"done", "receipt"},
    "receipt-shortened": {"done", "not sent directly", "receipt"},
    "receipt-unsent": {"done", "not sent directly", "receipt"},
    "receipt-word-1": {"done", "receipt"},
    "receipt-zendesk-1": {"done", "receipt"},
    "rejected-key": {"key refused", "nothing changed"},
    "request-busy-unread": {"asked by", "nothing changed", "request"},
    "request-busy": {"asked by", "not done", "request"},
    "request-changed": {"asked by", "changed", "nothing changed", "request"},
    "request-delete-only": {"asked by", "request"},
    "request-empty": {"asked by", "request"},
    "request-error": {"asked by", "not done", "request"},
    "request-hostile": {"asked by", "not done", "request"},
    "request-interrupted": {"asked by", "not done", "nothing sent", "request"},
    "request-largest": {"asked by", "request"},
    "request-second-person": {"asked by", "request"},
    "request-unreachable": {"asked by", "nothing changed", "request"},
    "request": {"asked by", "request"},
    "resolved": {"asked by", "confirmed by", "done"},
    "resolving": {"asked by", "confirmed by", "under way"},
    "restarting": {"nothing changed"},
    "stale-button": {"nothing changed"},
    "still-looking-behind-one": {"still looking"},
    "still-looking-behind-some": {"still looking"},
    "still-looking": {"still looking"},
    "under-way": {"asked by", "confirmed by", "under way"},
    "unknown-late": {"asked by", "confirmed by", "unknown"},
    "unknown": {"asked by", "confirmed by", "unknown"},
}
LABELS = {"out of date", "request", "receipt", "not sent directly", "still looking", "refused", "maybe posted"}
"""What says what a message is, and can't be untrue."""


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.stem)
def test_a_message_makes_the_claims_that_it_is_known_for(path: Path) -> None:
    shown = " ".join(texts(json.loads(path.read_text())))
    assert {claim.name for claim in find_claims(shown)} == MESSAGES.get(path.stem, set())


def test_every_claim_is_made_by_some_message() -> None:
    """One that nobody makes any more would switch off the rule behind it, unseen."""
    assert set().union(*MESSAGES.values()) == CLAIMS.keys()
    assert MESSAGES.keys() <= {path.stem for path in GOLDEN.iterdir()}


def test_every_claim_that_can_be_untrue_is_held_against_the_log() -> None:
    assert CLAIMS.keys() - HOLDS.keys() == LABELS
    assert HOLDS.keys() | LABELS >= DENIALS | UNFINISHED
