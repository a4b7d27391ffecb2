"""Whatever people do, the API never meets a second request of ours while it works on the first."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets import CaseNumber
from tests.bot.api.crowd import Asked, StrictApi, all_ask
from tests.support import virtual_time

SECONDS = st.sampled_from([0.0, 0.01, 0.3, 1.0, 4.0, 9.0]) | st.floats(0, 12)
ASKED = st.builds(
    Asked,
    at=SECONDS,
    by=st.sampled_from("ABC"),
    case_number=st.sampled_from([CaseNumber(letter * 7) for letter in "VWXYZ"]),
    kind=st.sampled_from(["look", "look", "read", "delete"]),
    deadline_s=st.sampled_from([1.0, 5.0, 20.0]),
    gives_up_s=st.none() | st.floats(0.001, 15),
)
SERVICE_S = st.lists(st.sampled_from([0.0, 0.05, 0.7, 3.0, 9.9]), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.lists(ASKED, min_size=1, max_size=14), SERVICE_S)
def test_the_api_never_sees_two_requests_at_once(people: list[Asked], service_s: Sequence[float]) -> None:
    api = StrictApi(service_s=lambda: service_s[len(api.calls) % len(service_s)])
    virtual_time.run(all_ask(api, people))
    assert api.overlaps == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(ASKED, min_size=1, max_size=14), SERVICE_S)
def test_everybody_hears_something_by_their_deadline(people: list[Asked], service_s: Sequence[float]) -> None:
    api = StrictApi(service_s=lambda: service_s[len(api.calls) % len(service_s)])
    virtual_time.run(all_ask(api, people))
    assert [asked for asked in people if asked.wait_s > asked.deadline_s + 0.26] == []


@settings(max_examples=100, deadline=None)
@given(st.lists(ASKED, min_size=1, max_size=14), SERVICE_S)
def test_after_any_storm_somebody_who_asks_is_answered(people: list[Asked], service_s: Sequence[float]) -> None:
    last = Asked(60, "D", CaseNumber("DDDDDDD"))
    api = StrictApi(service_s=lambda: service_s[len(api.calls) % len(service_s)])
    virtual_time.run(all_ask(api, [*people, last]))
    assert last.has_ticket
    assert last.wait_s <= 10
