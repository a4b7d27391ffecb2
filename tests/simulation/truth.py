"""Whether a claim is true: what people read about a deletion, held against the API's own log when they read it.

How a ticket was is looked at from the moment when the speaker last began to look until the message was shown, since
nobody can know more; what the API did for a request counts up to the moment when the message was shown.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.simulation.journal import CANCEL, CHECK, PRESSES, READ, Call, Click, Journal, Said
from tests.simulation.words import Claim

Holds = Callable[["Spoken"], bool]


@dataclass(frozen=True)
class Spoken:
    """A claim in a message, and the click that the message came of."""

    journal: Journal
    said: Said
    by: Click
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
        """Whether the ticket was open, closed or gone at some time of the last look at it."""
        looks = [call.began_at for call in self.by.calls if call.began_at <= self.said.at]
        since = max([call.began_at for call in self.by.calls if call.endpoint == READ] or looks or [self.by.at])
        found = self.journal.versions(self.by.case, since, self.said.at)
        return any(
            ("gone" if version is None else "open" if version.is_open else "closed") in kinds for version in found
        )


def _was_done(spoken: Spoken) -> bool:
    """By this request; where the message names somebody, by that person's click."""
    claim = spoken.claim
    others = [click for click in spoken.journal.clicks if click.case == spoken.by.case and click.action in PRESSES]
    return any(call.endpoint == claim.change for call in spoken.done(*others)) or _looks_done(spoken, others)


def _looks_done(spoken: Spoken, clicks: list[Click]) -> bool:
    """Until issue 10: said, too, where the answer was lost and the ticket is as it would be then."""
    lost = [call for click in clicks for call in click.changes if call.answer not in {"own 200", "own 404", "own 403"}]
    return bool(lost) and spoken.was("gone" if spoken.claim.change == "delete" else "closed")


def _named_rightly(spoken: Spoken) -> bool:
    return any(click.user == spoken.claim.who and click.changes for click in spoken.of_request)


def _not_by_this_click(spoken: Spoken) -> bool:
    return not spoken.done(*spoken.about)


def _not_by_this_request(spoken: Spoken) -> bool:
    """What another process did must be known where it was over before this click."""
    calls = spoken.done(*spoken.of_request)
    known = [call for call in calls if call.bot is spoken.said.bot or (call.done_at or 0) < spoken.by.at]
    if not spoken.said.is_edit:
        known = [call for call in known if call.bot is spoken.said.bot]
    return not [call for call in known if call.endpoint == spoken.claim.change]


def _not_known(spoken: Spoken) -> bool:
    """Said where some request for the change met no answer of the API's own, or the bot was stopped."""
    clicks = spoken.about
    if spoken.by.action == CHECK or any(
        click.bot is not spoken.said.bot or click.bot.stops_at is not None or click.trouble for click in clicks
    ):
        return True
    calls = [call for click in clicks for call in click.changes if call.began_at <= spoken.said.at]
    return any(call.over_at is None or not call.answer.startswith("own 4") for call in calls)


def _nothing_sent_yet(spoken: Spoken) -> bool:
    return not [call for call in spoken.by.changes if call.sent_at is not None and call.sent_at <= spoken.said.at]


def _somebody_clicked(*actions: str) -> Holds:
    def holds(spoken: Spoken) -> bool:
        clicks = spoken.journal.of_request(spoken.by.request, *actions)
        return any(click.user == spoken.claim.who and click.at <= spoken.said.at for click in clicks)

    return holds


def _somebody_works_on_it(spoken: Spoken) -> bool:
    others = spoken.journal.of_request(spoken.by.request, *PRESSES, CANCEL)
    return any(
        click.user == spoken.claim.who
        and click is not spoken.by
        and click.bot is spoken.said.bot
        and not (click.ended_at is not None and click.ended_at < spoken.by.at)
        for click in others
    )


def _had_run_out(spoken: Spoken) -> bool:
    return float(spoken.by.bot.clock()) >= spoken.by.requested_at + spoken.by.bot.settings.delete_prompt_ttl_s - 1


def _key_was_refused(spoken: Spoken) -> bool:
    """By anybody until issue 10, which believes the API's own word alone."""
    return any(call.answer.endswith((" 401", " 403")) for call in spoken.journal.calls if call.bot is spoken.said.bot)


HOLDS: dict[str, Holds] = {
    "done": _was_done,
    "by": _named_rightly,
    "nothing changed": _not_by_this_click,
    "not done": _not_by_this_request,
    "not yet": lambda spoken: spoken.was("open"),
    "unknown": _not_known,
    "may still happen": _not_known,
    "under way": _nothing_sent_yet,
    "clicked before": _somebody_works_on_it,
    "cancelled before": _somebody_clicked(CANCEL),
    "cancelled": _somebody_clicked(CANCEL),
    "answered before": _somebody_clicked(*PRESSES, CANCEL),
    "expired": _had_run_out,
    "key refused": _key_was_refused,
    "gone": lambda spoken: spoken.was("gone"),
    "there": lambda spoken: spoken.was("open", "closed"),
    "open": lambda spoken: spoken.was("open"),
    "closed": lambda spoken: spoken.was("closed"),
    "not found": lambda spoken: spoken.was("gone"),
}
"""A claim that is not here says what a message is, and nothing that could be untrue."""


def lies(journal: Journal, said: Said, found: Iterable[Claim]) -> Iterator[str]:
    if said.click is None:
        return
    for claim in found:
        holds = HOLDS.get(claim.name)
        if holds and not holds(Spoken(journal, said, said.click, claim)):
            yield f"{said.click.name} is told {claim.words!r}, which is not so: {said.words[:160]!r}"
