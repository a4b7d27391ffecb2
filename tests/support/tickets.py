"""Tickets of any shape and size, as the API might answer them: hypothesis strategies.

`data` is an answer's `Data`, of which `tickets` are made; both are full of what strangers write. `huge_data` has far
more in it than a ticket can be expected to have.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bot.api.redact import redact
from bot.tickets import Ticket

Json = Any

HOSTILE = (
    "<!channel> <!here> @here @everyone <@U01ALICE> <#C01SUPPORT> <!subteam^S01>",
    "<https://evil.example/login|https://slack.com/login>",
    "*bold* _italic_ ~strike~ `code` ```pre``` > quote",
    ":tada: :rotating_light: &amp; &lt;b&gt; \\ \" '",
    "\u202egnp.exe \u0000\u0007\u200b\u2060\ufeff",
    "lone \ud800 surrogate \udfff",
    "e" + "\u0301" * 300,
    "👩‍👩‍👧‍👦" * 40,
    "<p>one<ul><li>two<ul><li>three</ul></ul><pre>four</pre><blockquote>five</blockquote><h1>six</h1>",
    "<b><i><s><code>" * 60 + "deep",
    "<ol start=7>" + "<li>item" * 60,
    '<a href="javascript:alert(1)">x</a><a href="https://evil.example/?q=&quot;">https://slack.com</a>',
    "<table><tr><td>a<td>b</table><img src=https://evil.example/x.png alt=''><script>alert(1)</script>",
    "jane.roe@example.com",
    "https://example.com/issues/7?a=b#c",
    "javascript:alert(1)",
    "   ",
    "\n\n",
    "x" * 5_000,
    '"\\' * 3_000,
    "no_break_anywhere" * 400,
    "línea\n" * 900,
)

# by its number: hypothesis warns of a strategy whose repr is long
_hostile: SearchStrategy[str] = st.integers(0, len(HOSTILE) - 1).map(HOSTILE.__getitem__)
words: SearchStrategy[str] = st.one_of(
    _hostile,
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.lists(_hostile, min_size=2, max_size=4).map(" ".join),
)
long_words = st.builds(lambda part, times: part * times, words, st.integers(1, 400)).map(lambda text: text[:60_000])

_scalars: SearchStrategy[Json] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), words, st.integers(1, 4_200).map(lambda digits: 10**digits)
)
_keys = st.one_of(
    words, st.sampled_from(["Name", "Size", "url", "Email", "IpAddress", "owner", "name", "UserToken", "FullName"])
)
json_values: SearchStrategy[Json] = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_keys, inner, max_size=5), max_leaves=20
)


def _nest(value: Json, depth: int) -> Json:
    for level in range(depth):
        value = {"inside": value} if level % 2 else [value]
    return value


deep_values = st.builds(_nest, json_values, st.integers(1, 60))
dates = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.sampled_from(["2025-01-26T10:00:00.000Z", "0001-01-01T00:00:00+14:00", "not a date", 1_795_000_000, 1e300]),
)


def _objects(**fields: SearchStrategy[Json]) -> SearchStrategy[dict[str, Json]]:
    return st.fixed_dictionaries({}, optional=fields)


_people = st.lists(words | _objects(FullName=words, Email=words) | json_values, max_size=6)
_notes = st.lists(_objects(Id=words, Date=dates, Note=long_words | words, FullName=words) | json_values, max_size=6)
_events = st.lists(_objects(Date=dates, Action=words, UserToken=words) | json_values, max_size=6)
_account = _objects(
    UserToken=words,
    FullName=words,
    Email=words,
    MobileNumber=words,
    UserType=words,
    UserAgent=words,
    IpAddress=words,
    Language=words,
    GeoLat=st.floats() | words,
    GeoLon=st.floats() | words,
    SweepstakesName=words,
)
_plausible: dict[str, SearchStrategy[Json]] = {
    "Date": dates,
    "AccountInfo": _account,
    "Subject": long_words | words,
    "Description": long_words | words,
    "Priority": st.sampled_from([1, 2, 3, "3", 4]) | words,
    "NotifyUsers": _people,
    "Collaborators": _people,
    "ClosedBy": words | _objects(FullName=words),
    "CloseDate": dates,
    "Notes": _notes,
    "Files": st.lists(_objects(Name=words, Size=st.integers()) | json_values, max_size=6) | json_values,
    "Survey": json_values | deep_values,
    "Pin": st.booleans(),
    "Views": st.integers(),
    "Completion": st.floats() | st.integers(0, 100),
    "ResourceAffected": words,
    "Documentation": json_values,
    "Statistics": _events,
    "Status": st.booleans() | st.sampled_from(["Open", "closed", None]),
    "AttachmentInfo": json_values,
    "GitHubIssue": json_values | deep_values,
}
_LISTS = ("Notes", "Files", "Statistics", "NotifyUsers", "Collaborators", "Documentation", "Survey", "GitHubIssue")


@st.composite
def data(draw: st.DrawFn) -> dict[str, Json]:
    """Mostly of the documented types, now and then of any."""
    wrong = draw(st.sets(st.sampled_from(sorted(_plausible)), max_size=3))
    fields = {name: json_values if name in wrong else field for name, field in _plausible.items()}
    return {"CaseNumber": draw(st.sampled_from(["HYXTNJV", "2531581", 7])), **draw(_objects(**fields))}


@st.composite
def huge_data(draw: st.DrawFn) -> dict[str, Json]:
    """A ticket with up to some thousand of whatever is a list in it, or some hundred thousand characters of it."""
    drawn = draw(data())
    for name in draw(st.sets(st.sampled_from(_LISTS), min_size=1)):
        items = draw(st.lists(json_values | _objects(Date=dates, Note=words, Action=words, Name=words), min_size=1))
        drawn[name] = items * draw(st.integers(1, 200_000 // len(str(items)) + 1))
    return drawn


def read_ticket(data: Json) -> Ticket:
    """As the client of the ticket API reads it."""
    return Ticket.from_answer(redact(data))


tickets: SearchStrategy[Ticket] = data().map(read_ticket)
huge_tickets: SearchStrategy[Ticket] = huge_data().map(read_ticket)
