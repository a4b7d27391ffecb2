"""Whether a claim is true: what people read about a deletion, held against the API's own log when they read it.

How a ticket was is looked at from the moment when the speaker last began to look until the message was shown, since
nobody can know more; what the API did for a request counts up to the moment when the message was shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.simulation.journal import CANCEL, CHECK, PRESSES, READ, Call, Click, Journal, Said
from tests.simulation.people import AUDIT_CHANNEL
from tests.simulation.words import Claim

_RECOVERY_S = 60.0
"""How long after a handler that could not finish another may still be at it."""
Holds = Callable[["Spoken"], bool]


@dataclass(frozen=True)
class Spoken:
    """A claim in a message, and the click that the message came of."""

    journal: Journal
    said: Said
    by: Click
    """The click that it is about."""
    claim: Claim

    @property
    def about(self) -> list[Click]:
        """The clicks whose fate the message tells: for a check those of the request that it looks after."""
        return self.journal.of_request(self.by.request, *PRESSES) if self.by.action == CHECK else [self.by]

    @property
    def of_request(self) -> list[Click]:
        return self.journal.of_request(self.by.request, *PRESSES)

    def done(self, *clicks: Click) -> list[Call]:
        calls = [call for click in clicks for call in click.changes]
        return [call for call in calls if call.done_at is not None and call.done_at <= self.said.at]

    def was(self, *kinds: str) -> bool:
        """Whether the ticket was open, closed or gone at some time of the last look at it, with the key of the click.

        Who goes on with another bot's click may have the key of another account, which has no such ticket.
        """
        calls = [*self.by.calls, *self.by.recovered]
        looks = [call.began_at for call in calls if call.began_at <= self.said.at]
        reads = [call.began_at for call in calls if call.endpoint == READ]
        return self._was(max(reads or looks or [self.by.at]), kinds)

    def was_since_the_click(self, *kinds: str) -> bool:
        return self._was(min(click.at for click in [*self.about, self.by]), kinds)

    def _was(self, since: float, kinds: tuple[str, ...]) -> bool:
        keys = {click.bot.api_key for click in self.about} or {self.by.bot.api_key}
        found = [one for key in keys for one in self.journal.versions(self.by.case, since, self.said.at, key)]
        return any(
            ("gone" if version is None else "open" if version.is_open else "closed") in kinds for version in found
        )


def _confirmed(spoken: Spoken) -> bool:
    """Carried out, and the API said so to a try of a request for this ticket."""
    clicks = [click for click in spoken.journal.clicks if click.case == spoken.by.case and click.action in PRESSES]
    done = [call for call in spoken.done(*clicks) if call.endpoint == spoken.claim.change]
    return any(call.answer == "own 200" for call in done)


def _may_be_ours(spoken: Spoken) -> bool:
    """No word of the API's own on some try of this request, and the ticket looks as if it had been carried out."""
    calls = [call for click in spoken.of_request for call in click.changes if call.endpoint == spoken.claim.change]
    unclear = [call for call in calls if not _is_known_to_be_undone(spoken, call)]
    return bool(unclear) and spoken.was("gone" if spoken.claim.change == "delete" else "closed")


def _is_known_to_be_undone(spoken: Spoken, call: Call) -> bool:
    """By the process that speaks: of one that stood still or ended after *sending* was on record others know no more.

    "Most likely" is what the record says then, which a person reads it for.
    """
    is_ours = call.bot is spoken.said.bot and not call.bot.frozen_s(call.began_at, spoken.said.at)
    return is_ours and (call.sent_at is None or _is_own_no(call))


def _is_own_no(call: Call) -> bool:
    return call.answer.startswith("own 4") or call.answer == "own 503"


def _confirmed_by(spoken: Spoken) -> bool:
    """Whoever is named clicked, on this request or, where a message tells of another one's end, on this ticket."""
    clicks = [click for click in spoken.journal.clicks if click.case == spoken.by.case and click.action in PRESSES]
    return not spoken.claim.who or any(click.user == spoken.claim.who for click in clicks)


def _asked_by(spoken: Spoken) -> bool:
    """The requester that the button carries, which is the person who asked."""
    asked = spoken.by.carried.get("requester") or spoken.by.user
    first = spoken.journal.shown.get(spoken.by.request)
    return spoken.claim.who in {asked, first.click.carried.get("requester") if first and first.click else asked}


def _not_by_this_click(spoken: Spoken) -> bool:
    return not spoken.done(*spoken.about)


def _not_sent(spoken: Spoken) -> bool:
    """But for what was refused with the API's own word, or known not to be carried out."""
    return not spoken.done(*spoken.about)


def _not_by_this_request(spoken: Spoken) -> bool:
    """What another process did must be known where it was over before this click."""
    calls = spoken.done(*spoken.of_request)
    known = [call for call in calls if call.bot is spoken.said.bot or (call.done_at or 0) < spoken.by.at]
    if not spoken.said.is_edit:
        known = [call for call in known if call.bot is spoken.said.bot]
    return not [call for call in known if call.endpoint == spoken.claim.change]


def _not_known(spoken: Spoken) -> bool:
    """Said where some try for the change met no answer of the API's own, or the bot was stopped."""
    clicks = spoken.about
    if spoken.by.action == CHECK or any(click.bot.stops_at is not None for click in clicks):
        return True
    calls = [call for click in clicks for call in click.changes if call.began_at <= spoken.said.at]
    return any(call.over_at is None or not _is_own_no(call) or _is_unheard(spoken, call) for call in calls)


def _is_unheard(spoken: Spoken, call: Call) -> bool:
    """Whether the process that had the answer ended or stood still before it put it on record."""
    rows = spoken.journal.ledger(f"SELECT answer FROM changes WHERE id = '{call.click.request if call.click else ''}'")
    stood_still = call.bot is not spoken.said.bot and call.bot.frozen_s(call.began_at, spoken.said.at) > 0
    return (call.bot.is_dead or stood_still) and not any(row["answer"] for row in rows)


def _nothing_sent_yet(spoken: Spoken) -> bool:
    """When the bot said so: Slack may show an edit half a minute after its sender has given it up, and tried again.

    No bot can call that back. That what lies on top of an end is corrected is a rule of its own.
    """
    sent = [call.sent_at for call in spoken.by.changes if call.sent_at is not None]
    return not [at for at in sent if at <= spoken.said.handed_over_at]


def _somebody_clicked(*actions: str) -> Holds:
    def holds(spoken: Spoken) -> bool:
        clicks = spoken.journal.of_request(spoken.by.request, *actions)
        return any(click.user == spoken.claim.who and click.at <= spoken.said.at for click in clicks)

    return holds


def _somebody_works_on_it(spoken: Spoken) -> bool:
    others = spoken.journal.of_request(spoken.by.request, *PRESSES, CANCEL)
    theirs = [click for click in others if click.user == spoken.claim.who and click is not spoken.by]
    return any(
        click.ended_at is None or _is_recovered_until(spoken, click, click.ended_at) > spoken.by.at for click in theirs
    )


def _is_recovered_until(spoken: Spoken, click: Click, ended_at: float) -> float:
    """At the latest; later where recovery itself stood still, be it for want of another process, or had no database."""
    since = max(ended_at, spoken.journal.database_failed_at)
    processes = {id(bot): bot for bot in (click.bot, spoken.said.bot)}
    return since + _RECOVERY_S + sum(bot.frozen_s(ended_at, spoken.said.at) for bot in processes.values())


def _had_expired(spoken: Spoken) -> bool:
    """By the clock of a process where it was clicked, or the database's; or its age is not known."""
    by, ttl_s = spoken.by, spoken.by.bot.settings.delete_prompt_ttl_s
    clocks = [click.at_clock for click in spoken.journal.by_request[by.request]]
    clocks += [float(by.bot.clock()), float(spoken.said.bot.clock()), spoken.journal.ledger_clock()]
    ages = [clock - by.requested_at for clock in clocks]
    return max(ages) >= ttl_s - 1 or min(ages) <= -59


def _posted(click: Click) -> list[Said]:
    return [said for said in click.said if said.visible_to is None and not said.is_edit and said.where != AUDIT_CHANNEL]


def _answered(*answers: str) -> Holds:
    def holds(spoken: Spoken) -> bool:
        return any(call.answer in answers for call in spoken.journal.calls)

    return holds


HOLDS: dict[str, Holds] = {
    "done": _confirmed,
    "most likely": _may_be_ours,
    "confirmed by": _confirmed_by,
    "asked by": _asked_by,
    "nothing changed": _not_by_this_click,
    "nothing sent": _not_sent,
    "not done": _not_by_this_request,
    "unknown": _not_known,
    "may still happen": _not_known,
    "never said": _not_known,
    "under way": _nothing_sent_yet,
    "clicked before": _somebody_works_on_it,
    "cancelled before": _somebody_clicked(CANCEL),
    "cancelled": _somebody_clicked(CANCEL),
    "answered before": _somebody_clicked(*PRESSES, CANCEL),
    "expired": _had_expired,
    "key refused": _answered("own 401", "own 403"),
    "refused by the API": _answered("own 404"),
    "not posted": lambda spoken: not _posted(spoken.by),
    "gone": lambda spoken: spoken.was("gone"),
    "open": lambda spoken: spoken.was_since_the_click("open"),  # with the time: it is shown once more as it was
    "closed": lambda spoken: spoken.was("closed"),
    "not found": lambda spoken: spoken.was("gone"),
    "changed": lambda spoken: len(spoken.journal.history[spoken.by.case]) > 1,
}
"""A claim that is not here says what a message is, and nothing that could be untrue."""


def lies(journal: Journal, said: Said) -> Iterator[str]:
    """What in a message is not so."""
    if said.about is None:
        return
    for claim in said.claims:
        holds = HOLDS.get(claim.name)
        if holds and not holds(Spoken(journal, said, said.about, claim)):
            yield f"{said.about.name} is told {claim.words!r}, which is not so: {said.words[:160]!r}"
