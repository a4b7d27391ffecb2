"""Whatever people are told about a deletion, held against what the API did: one rule for each kind of sentence."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.soak.journal import Delivery, Journal, Line, Said, Sent

PRESSES = ("delete_ticket", "resolve_ticket")
CANCEL, CHECK = "cancel_deletion", "check_deletion"
ENDPOINT = {"deleted": "delete", "resolved": "resolve"}


@dataclass(frozen=True)
class Claim:
    """A sentence in a message: who caused the message, when it came, and the words in question."""

    journal: Journal
    said: Said
    by: Delivery
    found: re.Match[str]

    @property
    def told(self) -> str:
        return self.found[0]

    @property
    def presses(self) -> list[Delivery]:
        """The presses that the sentence is about: for a check that of which it wants to know."""
        if self.by.action == CHECK:
            return self.journal.on_prompt(self.by.prompt_id, *PRESSES)
        return [self.by]

    def done_before(self, *deliveries: Delivery) -> list[Sent]:
        sent = [one for delivery in deliveries for one in self.journal.changes_by(delivery)]
        return [one for one in sent if one.done is not None and one.done < self.said.at]

    def was(self, *kinds: str) -> bool:
        """Whether the ticket was open, closed or gone while the message was on its way."""
        states = self.journal.between(self.by.ticket, self.by.started, self.said.at)
        return any(("gone" if state is None else "closed" if state[0] else "open") in kinds for state in states)


def was_done(journal: Journal, press: Delivery, change: str, told: Said | Line) -> bool:
    """Whether the press may be said to have deleted or resolved: it did, or its answer was lost and it looks so."""
    sent = [one for one in journal.changes_by(press) if one.endpoint == ENDPOINT[change] and one.at < told.at]
    if any(one.done is not None and one.done < told.at for one in sent):
        return True
    if not sent or (sent[-1].answer in {"busy", "no"} and not _gave_up(press, told.at_s)):
        return False
    states = journal.between(press.ticket, sent[-1].at, told.at)
    return any(state is None if change == "deleted" else state is not None and state[0] is True for state in states)


def _gave_up(press: Delivery, at_s: float) -> bool:
    """An answer that the API sends at that moment is not seen any more."""
    return at_s >= press.started_s + press.deadline_s


def _done(claim: Claim) -> bool:
    """Whoever says so has it from the process that did it."""
    change = claim.found["change"]
    if claim.by.action in PRESSES and claim.journal.changes_by(claim.by):
        return was_done(claim.journal, claim.by, change, claim.said)
    others = claim.journal.on_prompt(claim.by.prompt_id, *PRESSES)
    return any(
        one.bot == claim.by.bot
        and f"by <@{one.user}>" in claim.said.words
        and was_done(claim.journal, one, change, claim.said)
        for one in others
    )


def _record(claim: Claim) -> bool:
    return claim.by.user == claim.found["who"] and bool(claim.journal.changes_by(claim.by))


def _not_by_this_press(claim: Claim) -> bool:
    """Nor, where somebody checks what became of a press, by that press."""
    return not claim.done_before(*claim.presses)


def _not_by_any_press(claim: Claim) -> bool:
    """Of this prompt: what another process did must be known if it was over before, but for a private answer."""
    of_prompt = claim.journal.on_prompt(claim.by.prompt_id, *PRESSES)
    own = [one for one in of_prompt if one.bot == claim.by.bot]
    done = claim.done_before(*own)
    if claim.said.edit:
        done += [one for one in claim.done_before(*of_prompt) if one.done and one.done < claim.by.started]
    return not [one for one in done if one.endpoint == ENDPOINT[claim.found["change"]]]


def _was_open_when_last_read(claim: Claim) -> bool:
    """Or asked for in any other way: what an answer tells is as good as a look."""
    asked = [sent.at for sent in claim.journal.sent if sent.delivery is claim.by and sent.at < claim.said.at]
    states = claim.journal.between(claim.by.ticket, max(asked, default=claim.by.started), claim.said.at)
    return any(state is not None and state[0] is False for state in states)


def _not_known(claim: Claim) -> bool:
    """Said only where an answer was lost or unusable, or the bot was stopped before it came."""
    if any(one.cut_off or one.bot != claim.by.bot or one.refused for one in claim.presses):
        return True
    sent = [one for press in claim.presses for one in claim.journal.changes_by(press) if one.at < claim.said.at]
    if any(one.answer in {"none", "unusable", "pending"} for one in sent):
        return True
    return any(_gave_up(press, claim.said.at_s) for press in claim.presses)


def _nothing_sent_yet(claim: Claim) -> bool:
    return not [one for one in claim.journal.changes_by(claim.by) if one.at < claim.said.at]


def _somebody_works_on_it(claim: Claim) -> bool:
    others = claim.journal.on_prompt(claim.by.prompt_id, *PRESSES, CANCEL)
    now = [one for one in others if one.started < claim.said.at and not (one.ended and one.ended < claim.by.started)]
    return any(one.user == claim.found["who"] and one.bot == claim.by.bot and one is not claim.by for one in now)


def _somebody_did(*actions: str) -> Callable[[Claim], bool]:
    def check(claim: Claim) -> bool:
        others = claim.journal.on_prompt(claim.by.prompt_id, *actions)
        return any(one.user == claim.found["who"] and one.started < claim.said.at for one in others)

    return check


def _ran_out(claim: Claim) -> bool:
    asked_at = int(claim.by.carried.get("asked_at", 0))
    return claim.by.at >= asked_at + claim.by.settings.delete_prompt_ttl_s


def _key_was_refused(claim: Claim) -> bool:
    sent = [one for one in claim.journal.sent if one.bot == claim.by.bot and one.ticket == claim.by.ticket]
    return any(one.answer == "no" for one in sent)


RULES: dict[str, tuple[str, Callable[[Claim], bool]]] = {
    "done": (r"Ticket \w{7} was (?P<change>deleted|resolved)", _done),
    "record": (r"\bBy <@(?P<who>\w+)>", _record),
    "nothing changed": (
        r"[Nn]othing was (changed|done|tried)|press changed nothing|press did not (delete|resolve)",
        _not_by_this_press,
    ),
    "not yet": (r"[Nn]othing has been deleted yet", _was_open_when_last_read),
    "not done": (r"(?:[Nn]othing was|was not) (?P<change>deleted|resolved)", _not_by_any_press),
    "not known": (r"cannot be told|may still be (deleted|resolved)", _not_known),
    "under way": (r"(Deleting|Resolving) ticket", _nothing_sent_yet),
    "pressed before": (r"<@(?P<who>\w+)> pressed a button here just before", _somebody_works_on_it),
    "cancelled before": (r"<@(?P<who>\w+)> cancelled this", _somebody_did(CANCEL)),
    "cancelled": (r"cancelled by <@(?P<who>\w+)>", _somebody_did(CANCEL)),
    "answered before": (r"<@(?P<who>\w+)> answered this", _somebody_did(*PRESSES, CANCEL)),
    "ran out": (r"question ran out", _ran_out),
    "key refused": (r"does not accept this bot's key", _key_was_refused),
    "gone": (r"is gone\.|not there any more", lambda claim: claim.was("gone")),
    "there": (r"(?:is|was) still there", lambda claim: claim.was("open", "closed")),
    "open": (r"still there, and open|is still open", lambda claim: claim.was("open")),
    "closed": (r"Ticket \w{7} is closed\.", lambda claim: claim.was("closed")),
}
"""By name: the words of a sentence, and what must be so where it is said. What no pattern finds is believed."""

_DENIALS = {"nothing changed", "not done"}


def rules_for(words: str) -> set[str]:
    """The names of the rules that a message with these words is held against."""
    return {name for name, (pattern, _) in RULES.items() if re.search(pattern, words)}


def lies(journal: Journal, said: Said) -> list[str]:
    """What in a message does not agree with what the API did."""
    by = said.delivery
    if by is None or by.action == "/ticket":
        return []
    wrong = []
    for pattern, holds in RULES.values():
        claims = [Claim(journal, said, by, found) for found in re.finditer(pattern, said.words)]
        wrong += [f"told {claim.told!r} for {by.number}" for claim in claims if not holds(claim)]
    if "delete_ticket" in said.buttons and (sent := journal.changes_by(by)) and sent[-1].answer == "none":
        wrong.append(f"a Delete button after no answer at all, for {by.number}")
    return wrong


def denied_before(journal: Journal, sent: Sent) -> list[str]:
    """What was denied and then carried out all the same: a late request is to be reckoned with."""
    press = sent.delivery
    if press is None or sent.done is None:
        return []
    checks = [one for one in journal.on_prompt(press.prompt_id, CHECK) if _is_about(one, press)]
    told = [said for one in (press, *checks) for said in journal.said_by(one) if press.started < said.at < sent.done]
    return [f"told {said.words[:120]!r} before it was carried out" for said in told if _DENIALS & rules_for(said.words)]


def _is_about(check: Delivery, press: Delivery) -> bool:
    """A check is about one press of its prompt; there may be more, in other processes."""
    change = f"{check.carried.get('change')}_ticket"
    return change == press.action and check.carried.get("pressed_at") == int(press.at)
