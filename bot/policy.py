"""May this person do this here? Decisions, no I/O; a denial is a value that says why."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class People:
    """Slack user ids, or everybody in the workspace."""

    ids: frozenset[str] = frozenset()
    everybody: bool = False

    def __contains__(self, user_id: str) -> bool:
        return self.everybody or user_id in self.ids

    def __bool__(self) -> bool:
        return self.everybody or bool(self.ids)


class Denial(Enum):
    OTHER_WORKSPACE = "not of this workspace"
    WRONG_CHANNEL = "only in the channels of TICKET_CHANNELS"
    NOT_A_VIEWER = "not in TICKET_VIEWERS"
    DELETION_OFF = "TICKET_DELETERS is empty"
    NOT_A_DELETER = "not in TICKET_DELETERS"
    NOT_THE_REQUESTER = "asked for by somebody else"
    SAME_PERSON = "a second person has to confirm"


@dataclass(frozen=True)
class Actor:
    """Who does something where, as Slack's payload says. `team_id` is the person's own workspace, empty if not said."""

    user_id: str
    team_id: str
    channel_id: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`team_id` is the workspace that the bot is installed in; no `channels` means all of them."""

    team_id: str
    viewers: People
    deleters: People
    channels: frozenset[str] = frozenset()
    second_person: bool = False

    def view(self, actor: Actor) -> Denial | None:
        if denial := self._check_place(actor):
            return denial
        return None if actor.user_id in self.viewers else Denial.NOT_A_VIEWER

    def read(self, actor: Actor) -> bool:
        """Whether what is sent to the person alone may have the ticket's text, wherever the person is."""
        return self._is_member(actor) and actor.user_id in self.viewers

    def ask_to_delete(self, actor: Actor) -> Denial | None:
        if denial := self._check_place(actor):
            return denial
        if not self.deleters:
            return Denial.DELETION_OFF
        if actor.user_id not in self.deleters:
            return Denial.NOT_A_DELETER
        return self.view(actor)  # a request shows the ticket, a receipt its whole text

    def confirm(self, actor: Actor, *, requester: str) -> Denial | None:
        if denial := self.ask_to_delete(actor):
            return denial
        if self.second_person:
            return Denial.SAME_PERSON if actor.user_id == requester else None
        return None if actor.user_id == requester else Denial.NOT_THE_REQUESTER

    def cancel(self, actor: Actor, *, requester: str) -> Denial | None:
        """Whoever asked may take it back, also after having been taken off the list."""
        if denial := self._check_place(actor):
            return denial
        return None if actor.user_id == requester or actor.user_id in self.deleters else Denial.NOT_A_DELETER

    def check(self, actor: Actor) -> Denial | None:
        """What became of a deletion is everybody's to know: the message stands in their channel."""
        return None if self._is_member(actor) else Denial.OTHER_WORKSPACE

    def _check_place(self, actor: Actor) -> Denial | None:
        if not self._is_member(actor):
            return Denial.OTHER_WORKSPACE
        if self.channels and actor.channel_id not in self.channels:
            return Denial.WRONG_CHANNEL
        return None

    def _is_member(self, actor: Actor) -> bool:
        """On an Enterprise Grid colleagues of other workspaces have another team, and are refused too."""
        return bool(actor.team_id) and actor.team_id == self.team_id
