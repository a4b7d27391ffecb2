"""The ticket as a request showed it, as digests: of all that a deletion destroys, so that a change is noticed.

Everything in an answer counts but what a mere read may change. A URL counts without its query and fragment, since it
may be signed anew at each read. Fields that the API's pages don't name are kept one by one: a read may change one of
them, which must not make a ticket undeletable. A difference in such a field is shown once, and the renewed request
leaves that field out.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from bot.blockkit.metadata import Metadata
from bot.tickets import Ticket

MAX_UNKNOWN = 24  # fields in one button's value; of more than that, each top-level field counts as one

_VOLATILE = {"Views", "Statistics", "Telemetry"}
_KEPT = {"CaseNumber", "Status", "Priority"}  # not as digests
_OPENER = (
    "FullName Email MobileNumber UserType UserAgent IpAddress Language GeoLat GeoLon SweepstakesName"  # AccountInfo's
)
# Paths of an answer that the API's pages name, by what they are called here. A list's items have no number in a path.
_PARTS = {
    "subject": ["Subject"],
    "description": ["Description"],
    "product": ["ResourceAffected"],
    "dates": ["Date", "CloseDate"],
    "progress": ["Completion"],
    "pin": ["Pin"],
    "closer": ["ClosedBy"],
    "notified": ["NotifyUsers"],
    "collaborators": ["Collaborators"],
    "note_texts": ["Notes", "Notes.Note"],
    "notes": ["Notes.Id", "Notes.Date", "Notes.FullName"],
    "opener": [f"AccountInfo.{name}" for name in _OPENER.split()],
}
_PART_OF = {path: part for part, paths in _PARTS.items() for path in paths}
_WORDS = {
    "dates": "a date",
    "closer": "who closed the ticket",
    "notified": "who is notified",
    "collaborators": "a collaborator",
    "note_texts": "a note's text",
    "notes": "a note",
    "opener": "who opened the ticket",
}
_WORDS_OF_FIELD = {
    "AccountInfo": "who opened the ticket",
    "Notes": "a note",
    "Files": "a file",
    "Survey": "the survey",
    "Documentation": "the documentation",
    "AttachmentInfo": "an attachment",
    "GitHubIssue": "the GitHub issue",
}
_COUNTED = {"notes": {"a note", "a note's text"}, "files": {"a file"}, "collaborators": {"a collaborator"}}
_PRIORITIES = ("1", "2", "3")
_URL = re.compile(r"https?://(?:\[left out\]|[^\s\"'<>])*+", re.IGNORECASE)  # see bot.api.redact
_QUERY = re.compile("[?#].*", re.DOTALL)
_LONGEST_PATH = 200  # characters; of a longer one the rest is a digest, since each value below it has it

_Digest = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{11}$")]
_Count = Annotated[int, Field(ge=0, lt=2**31)]


@dataclass(frozen=True)
class Difference:
    """What changed: `what` in words, or "note", "file", "collaborator" where there are `delta` more or fewer.

    `previous` is the priority that was shown. `ignored`: the renewed request doesn't look at this any more.
    """

    what: str
    delta: int = 0
    previous: str = ""
    ignored: bool = False


class TicketSnapshot(Metadata):
    """`unknown` has digests of values by digests of paths; `ignored` the paths that don't count any more."""

    status: bool | None
    priority: Annotated[str, Field(pattern=r"^([123]|[A-Za-z0-9_-]{11})$")]
    notes: _Count
    files: _Count
    collaborators: _Count
    known: Annotated[dict[str, _Digest], Field(max_length=len(_PARTS))]
    unknown: Annotated[dict[_Digest, _Digest], Field(max_length=MAX_UNKNOWN)]
    ignored: Annotated[tuple[_Digest, ...], Field(max_length=MAX_UNKNOWN, strict=False)] = ()

    @classmethod
    def from_ticket(cls, ticket: Ticket, ignored: tuple[str, ...] = ()) -> Self:
        known, unknown = _digests(ticket)
        return cls(
            status=ticket.status,
            priority=ticket.priority if ticket.priority in _PRIORITIES else _digest([ticket.priority]),
            notes=len(ticket.notes),
            files=len(ticket.files),
            collaborators=len(ticket.collaborators),
            known=known,
            unknown={key: value for path, value in unknown.items() if (key := _digest([path])) not in ignored},
            ignored=ignored,
        )

    def renewed(self, ticket: Ticket) -> Self:
        """For a request that replaces this snapshot's: what changed in fields that we don't know counts no more."""
        now = self.from_ticket(ticket, self.ignored)
        ignored = sorted({*self.ignored, *_changed(self.unknown, now.unknown)})[:MAX_UNKNOWN]
        return self.from_ticket(ticket, tuple(ignored))


def differences(before: TicketSnapshot, ticket: Ticket) -> list[Difference]:
    """What in the ticket is not as it was shown."""
    now = TicketSnapshot.from_ticket(ticket, before.ignored)
    found = [Difference("the status")] if before.status != now.status else []
    if before.priority != now.priority:
        found.append(Difference("the priority", previous=before.priority if before.priority in _PRIORITIES else ""))
    said: set[str] = set()  # by a number
    for name, words in _COUNTED.items():
        if delta := getattr(now, name) - getattr(before, name):
            found.append(Difference(name.removesuffix("s"), delta))
            said |= words
    known = dict.fromkeys(_WORDS.get(part, f"the {part}") for part in _changed(before.known, now.known))
    found += [Difference(what) for what in known if what not in said]
    paths = {_digest([path]): path for path in _digests(ticket)[1]}
    unknown = dict.fromkeys(_words_of(paths.get(key, "")) for key in _changed(before.unknown, now.unknown))
    return found + [Difference(what, ignored=True) for what in unknown if what not in said]


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [key for key in {**before, **now} if before.get(key) != now.get(key)]


def _words_of(path: str) -> str:
    field = _top_level(path)
    return _WORDS_OF_FIELD.get(field, f"the field {field}" if field else "a field")


def _digests(ticket: Ticket) -> tuple[dict[str, str], dict[str, str]]:
    """Of each part, and of each path that is in none."""
    known: dict[str, list[object]] = {}
    unknown: dict[str, list[object]] = {}
    for path, value in _scalars(ticket.source):
        if _top_level(path) in _VOLATILE | _KEPT:
            continue
        if part := _PART_OF.get(path):
            known.setdefault(part, []).append([path, value])
        elif value not in (None, [], {}):  # an empty part that comes or goes says nothing
            unknown.setdefault(path, []).append([path, value])
    for shorter in (_top_level, _nothing):
        if len(unknown) > MAX_UNKNOWN:
            joined: dict[str, list[object]] = {}
            for path, values in unknown.items():
                joined.setdefault(shorter(path), []).extend(values)
            unknown = joined
    return {part: _digest(values) for part, values in known.items()}, {p: _digest(v) for p, v in unknown.items()}


def _top_level(path: str) -> str:
    return path.partition(".")[0]


def _nothing(_: str) -> str:
    return ""


def _scalars(source: object) -> Iterator[tuple[str, object]]:
    """Each value in the order of the answer, with its path."""
    waiting = [("", source)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping) and value:
            waiting += [(_join(path, str(key)), inner) for key, inner in reversed(list(value.items()))]
        elif isinstance(value, list | tuple) and value:
            waiting += [(path, inner) for inner in reversed(value)]
        else:
            yield path, _URL.sub(_without_query, value) if isinstance(value, str) else value


def _join(path: str, key: str) -> str:
    joined = f"{path}.{key}" if path else key
    return joined if len(joined) <= _LONGEST_PATH else f"{_top_level(joined)[:_LONGEST_PATH]}.{_digest([joined])}"


def _without_query(url: re.Match[str]) -> str:
    return _QUERY.sub("", url[0])


def _digest(values: list[object]) -> str:
    content = json.dumps(values, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hashlib.blake2s(content, digest_size=8).digest()).decode().rstrip("=")
