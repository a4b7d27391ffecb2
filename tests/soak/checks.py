"""What has to hold after every step, whatever was done and whatever failed."""

import re
from collections.abc import Iterator

from tests.soak import truth
from tests.soak.journal import Delivery, Journal, Line, Said, Sent
from tests.soak.model import ASKS, for_the_record, in_time, may, ought_to_work, shown, touched_before, unchanged
from tests.soak.tickets import SECRET
from tests.soak.truth import CANCEL, CHECK, PRESSES

AUDIT_CHANNEL = "C0AUDIT"
_KEYS = {
    "time",
    "event",
    "change",
    "user",
    "asker",
    "confirmer",
    "team",
    "channel",
    "case_number",
    "outcome",
    "reference",
}
_ENDS = {"deleted", "resolved", "failed", "unclear"}
UNFINISHED = re.compile(r"(Deleting|Resolving) ticket|Still looking")


class Checks:
    """Looks at each thing once, as soon as it is over."""

    def __init__(self, journal: Journal, dead: set[int]) -> None:
        self._journal, self._dead = journal, dead
        self._done: set[object] = set()

    def run(self) -> None:
        wrong = list(self._all())
        assert not wrong, "\n".join([*wrong, "", self._journal.story()])

    def _all(self) -> Iterator[str]:
        journal = self._journal
        for sent in self._new([one for one in journal.sent if one.done is not None]):
            yield from self._confirmed(sent)
            yield from truth.denied_before(journal, sent)
        for said in self._new(journal.said):
            yield from truth.lies(journal, said)
            yield from self._keeps_secrets(said)
        for delivery in self._new([one for one in journal.deliveries if one.ended or one.status == -1]):
            never_taken = delivery.cut_off and delivery.status == -1  # by a process that stops: Slack says so itself
            if delivery.bot not in self._dead and not never_taken:
                yield from self._once(delivery)
                yield from self._answered(delivery)
                yield from self._audited(delivery)
                yield from self._as_expected(delivery)
        yield from self._log()

    def _new(self, things: list[object] | list[Sent] | list[Said] | list[Delivery]) -> list:  # type: ignore[type-arg]
        found = [thing for thing in things if thing not in self._done]
        self._done.update(found)
        return found

    # ── (a) and (b) ───────────────────────────────────────────────────────────────────────────────────────────────

    def _confirmed(self, sent: Sent) -> Iterator[str]:
        """Carried out: by a press of that very button, by somebody who may, in time, on the ticket as shown."""
        press = sent.delivery
        if press is None or press.action != f"{sent.endpoint}_ticket" or press.ticket != sent.ticket:
            yield f"{sent.endpoint} {sent.ticket} carried out without such a press"
            return
        about = f"{sent.endpoint} {sent.ticket} carried out for {press.number}"
        if not may(press):
            yield f"{about}, by somebody who may not"
        if press.action == "resolve_ticket" and not press.settings.ticket_resolve:
            yield f"{about}, which is turned off"
        if not in_time(press):
            yield f"{about}, which came too late"
        if not unchanged(self._journal, press, sent.done or 0):
            yield f"{about}, on a ticket that was not shown so"
        ended = [line for line in self._journal.lines if line.fields["event"] == "cancelled" and line.delivery]
        if any(_same_prompt(press, line.delivery) and line.at < press.started for line in ended):
            yield f"{about}, after it was cancelled"
        done = [one for one in self._journal.sent if one.done and one.delivery]
        if len([one for one in done if one.delivery and one.delivery.prompt_id == press.prompt_id]) > 1:
            yield f"{about}, twice for one prompt"

    def _once(self, press: Delivery) -> Iterator[str]:
        sent = self._journal.changes_by(press)
        if not sent:
            return
        if any(one.answer != "busy" for one in sent[:-1]):
            yield f"{press.number} sent {[(one.endpoint, one.answer) for one in sent]}"
        others = [one for one in self._journal.on_prompt(press.prompt_id, *PRESSES) if one.bot == press.bot]
        if len([one for one in others if self._journal.changes_by(one)]) > 1:
            yield f"{press.number} is not the only press of its prompt that a request was sent for"
        before = [said for said in self._journal.said_by(press) if said.edit and said.at < sent[0].at]
        if not before or "delete_ticket" in before[-1].buttons:
            yield f"{press.number} sent a request before the buttons were gone"

    # ── (d) ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _answered(self, delivery: Delivery) -> Iterator[str]:
        if delivery.status != 200:
            yield f"{delivery.number} was not acknowledged: {delivery.status}"
        told = [said for said in self._journal.said_by(delivery) if said.channel != AUDIT_CHANNEL]
        if not told:
            logged = [text for _, reference, text in self._journal.logged if reference == delivery.reference]
            if not delivery.refused or not any("did not take" in text or "failed" in text for text in logged):
                yield f"{delivery.number} was not answered, and the log does not say so"
        elif not delivery.refused and UNFINISHED.search(told[-1].words):
            yield f"{delivery.number} was left with {told[-1].words[:80]!r}"

    # ── (e) ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _audited(self, delivery: Delivery) -> Iterator[str]:
        lines = [line for line in self._journal.lines if line.delivery is delivery]
        if bool(lines) is not for_the_record(delivery):
            yield f"{delivery.number} has {len(lines)} audit lines"
        for line in lines:
            yield from self._right(line, delivery)
        if lines:
            yield from self._right_events(delivery, lines)

    def _right(self, line: Line, by: Delivery) -> Iterator[str]:
        told = line.fields
        change = by.carried.get("change") or ("resolve" if by.action == "resolve_ticket" else "delete")
        expected = {"user": by.user, "team": by.team, "channel": by.channel, "change": change}
        if set(told) != _KEYS or {key: told[key] for key in expected} != expected:
            yield f"audit line of {by.number} is {told}"
        if told["case_number"] not in {by.ticket, None}:
            yield f"audit line of {by.number} is about {told['case_number']}"
        if SECRET in line.raw.lower():
            yield f"ticket content in an audit line: {line.raw}"

    def _right_events(self, by: Delivery, lines: list[Line]) -> Iterator[str]:
        events = [line.fields["event"] for line in lines]
        sent = self._journal.changes_by(by)
        told = [one for one in self._journal.said_by(by) if one.channel != AUDIT_CHANNEL]
        expected = {
            "asked": by.action in ASKS and "delete_ticket" in {b for s in self._journal.said_by(by) for b in s.buttons},
            "cancelled": any("cancelled" in truth.rules_for(one.words) for one in told),
            "expired": any("ran out" in truth.rules_for(one.words) and one.edit for one in told),
        }
        for event, so in expected.items():
            if so is not (event in events) and not by.refused and not by.cut_off:
                yield f"{by.number}: audited {events}, told {[one.words[:200] for one in told]}"
        if sent:
            calls = [line.at for line in lines if line.fields["event"] == "confirmed"]
            if len(calls) != 1 or calls[0] > sent[0].at or events[-1] not in _ENDS:
                yield f"{by.number} called the API and audited {events}"
        if any(one.done for one in sent) and events[-1] not in {_event(by), "unclear"}:
            yield f"{by.number} was carried out and audited as {events}"
        for line in lines:
            if line.fields["event"] in truth.ENDPOINT and not truth.was_done(
                self._journal, by, line.fields["event"], line
            ):
                yield f"{by.number} was not carried out and audited as {events}"

    # ── where nothing stands in the way it has to work ────────────────────────────────────────────────────────────

    def _as_expected(self, by: Delivery) -> Iterator[str]:
        journal, events = self._journal, self._journal.events_of(by)
        if by.draining and events not in ([], ["refused"]):
            yield f"{by.number} came while the bot was stopping: {events}"
        if not for_the_record(by) or by.draining:
            return
        if not may(by) and ("refused" not in events or any(one.delivery is by for one in journal.sent)):
            yield f"{by.number} was not refused: {events}"
        if not by.calm or not by.fresh or not may(by):
            return
        if by.action in PRESSES and not touched_before(journal, by) and len(shown(journal, by.prompt_id)) == 1:
            done = [one for one in journal.changes_by(by) if one.done]
            if bool(done) is not ought_to_work(journal, by) or (done and events[-1] != _event(by)):
                yield f"{by.number} ended as {events}"
        if by.action == CHECK and events != ["checked"]:
            yield f"{by.number} was a check and audited {events}"
        if by.action == CANCEL and not touched_before(journal, by) and events[-1] not in {"cancelled", "failed"}:
            yield f"{by.number} was a cancel and audited {events}"
        if by.action in ASKS:
            yield from self._prompted(by)

    def _prompted(self, by: Delivery) -> Iterator[str]:
        states = self._journal.between(by.ticket, by.started, by.ended or 0)
        is_open = any(state is not None and state[0] is False for state in states)
        prompts = [said for said in self._journal.said_by(by) if "delete_ticket" in said.buttons]
        private = by.settings.delete_prompt_visibility == "private"
        if [said.visible_to for said in prompts] != [by.user if private else None] * is_open:
            yield f"{by.number} ended with {len(prompts)} prompts"

    # ── everywhere ────────────────────────────────────────────────────────────────────────────────────────────────

    def _keeps_secrets(self, said: Said) -> Iterator[str]:
        if "whisper-token" in said.words or (said.channel == AUDIT_CHANNEL and SECRET in said.words.lower()):
            yield f"shown: {said.words[:200]!r}"

    def _log(self) -> Iterator[str]:
        while self._journal.logged_new:
            level, reference, text = self._journal.logged_new.pop()
            if level in {"ERROR", "CRITICAL"} and "refuses SWEEPPEA_API_KEY" not in text:
                yield f"logged by [{reference}]: {text}"
            if SECRET in text.lower():
                yield f"ticket content in the log: {text}"


def _same_prompt(press: Delivery, other: Delivery | None) -> bool:
    return other is not None and other.bot == press.bot and other.prompt_id == press.prompt_id


def _event(press: Delivery) -> str:
    return "deleted" if press.action == "delete_ticket" else "resolved"
