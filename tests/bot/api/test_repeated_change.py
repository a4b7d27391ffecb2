"""A change is repeated only where that is known to be safe, and never on the strength of an old read.

On a virtual clock, with a transport in memory that does one thing after another; what happened is compared with the
rules, which are written down here once more.
"""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api.client import ChangeResult, SweeppeaClient
from bot.api.errors import Effect, NoResponseError, NotSentError, SweeppeaError, TicketNotFoundError
from bot.api.retry import Backoff
from bot.runtime import Runtime
from tests.bot.api.calls import A, B, now
from tests.bot.api.scripted import DEADLINE_S, EPOCH, Scripted, Try, changed, client_of
from tests.support import virtual_time

SECONDS = st.sampled_from([0.0, 0.5, 1.9, 2.0, 2.1, 4.9, 5.1, 7.0, 30.0])
TRIES = st.builds(
    Try,
    kind=st.sampled_from(["unreachable", "api", "gateway", "gateway", "reset", "silence"]),
    status=st.sampled_from([200, 400, 401, 403, 404, 429, 429, 500, 502, 503, 503, 503]),
    connect_s=st.just(0.0) | SECONDS,
    answer_s=st.just(0.0) | SECONDS,
    retry_after=st.sampled_from([None, None, "0", "1", "6", "600"]),
)


@settings(max_examples=400)
@given(st.lists(TRIES, max_size=6), st.lists(SECONDS, max_size=4), SECONDS)
def test_whatever_the_tries_meet_the_rules_hold(tries: list[Try], verify_s: list[float], read_age_s: float) -> None:
    transport = Scripted(list(tries), list(verify_s))
    result = virtual_time.run(changed(transport, read_age_s))
    started = 1_000.0
    read_at, last, is_verified = started - read_age_s, None, True
    maybe_applied_at: float | None = None
    confirmed = False
    for event in transport.events:
        if event.what == "verified":
            read_at, is_verified = event.at, True
        elif event.what == "first byte":
            assert event.at - read_at <= 5
            assert event.at <= started + DEADLINE_S
            assert last is None or last.may_be_repeated
            assert is_verified
            last, is_verified = event.tried, False
        elif event.what == "ended" and event.tried is last and last is not None:
            cut_off = event.at >= started + DEADLINE_S
            confirmed = last.effect is None and not cut_off
            if not confirmed and (cut_off or last.effect is Effect.UNKNOWN):
                maybe_applied_at = EPOCH + event.at
            is_verified = maybe_applied_at is None
    assert result.confirmed is confirmed
    assert (result.error is None) is confirmed
    assert result.maybe_applied_at == (None if confirmed else pytest.approx(maybe_applied_at))
    assert transport.events == [] or transport.events[-1].at <= started + DEADLINE_S + 0.001


@pytest.mark.parametrize("status", [429, 503])
def test_a_gateways_quick_throttle_is_repeated_after_a_fresh_read(status: int) -> None:
    transport = Scripted([Try("gateway", status, answer_s=2)])
    assert virtual_time.run(changed(transport)) == ChangeResult(confirmed=True)
    happened = [event.what for event in transport.events]
    assert happened == ["first byte", "ended", "verifying", "verified", "first byte", "ended"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_gateway_that_answers_late_is_not_believed_and_nothing_is_repeated(status: int) -> None:
    transport = Scripted([Try("gateway", status, answer_s=2.1)])
    result = virtual_time.run(changed(transport))
    assert not result.confirmed
    assert result.maybe_applied_at == pytest.approx(EPOCH + 1_002.1)
    assert transport.count("first byte") == 1


@pytest.mark.parametrize("refusal", [TicketNotFoundError(404), NoResponseError(), ValueError("changed")], ids=repr)
def test_what_the_fresh_read_finds_ends_it_and_the_first_try_stays_unclear(refusal: Exception) -> None:
    transport = Scripted([Try("gateway", 503, answer_s=1)], refusal=refusal, refuse_after=0)
    result = virtual_time.run(changed(transport))
    assert (result.confirmed, result.error) == (False, refusal)
    assert result.maybe_applied_at == pytest.approx(EPOCH + 1_001)
    assert transport.count("first byte") == 1


def test_a_repetition_that_meets_the_apis_404_leaves_the_first_try_unclear() -> None:
    transport = Scripted([Try("gateway", 503), Try("api", 404, answer_s=1)])
    result = virtual_time.run(changed(transport))
    assert isinstance(result.error, TicketNotFoundError)
    assert result.maybe_applied_at == pytest.approx(EPOCH + 1_000)


def test_only_the_apis_own_success_clears_an_unclear_try_up() -> None:
    busy = [Try("gateway", 503), Try("api", 503), Try("unreachable")]
    assert virtual_time.run(changed(Scripted([*busy, Try("api")]))) == ChangeResult(confirmed=True)
    result = virtual_time.run(changed(Scripted([*busy, Try("api", 401)])))
    assert result.maybe_applied_at == pytest.approx(EPOCH + 1_000)


@pytest.mark.parametrize("status", [429, 503])
def test_the_apis_own_throttle_needs_no_fresh_read_while_the_first_is_young(status: int) -> None:
    transport = Scripted([Try("api", status), Try("api", status)])
    assert virtual_time.run(changed(transport)).confirmed
    assert (transport.count("first byte"), transport.count("verified")) == (3, 0)


@pytest.mark.parametrize(
    ("tries", "read_age_s", "sent"),
    [
        ([], 5.1, 1),
        ([Try("api", 503, retry_after="6")], 0, 2),
        ([Try("unreachable", connect_s=5), Try("unreachable", connect_s=1)], 0, 1),
        ([Try("api", connect_s=4)], 2, 1),
    ],
    ids=["before the call", "in a pause", "while it can't be reached", "while connecting"],
)
def test_a_wait_of_more_than_5_s_means_another_read(tries: list[Try], read_age_s: float, sent: int) -> None:
    transport = Scripted(tries)
    assert virtual_time.run(changed(transport, read_age_s)).confirmed
    assert (transport.count("verified"), transport.count("first byte")) == (1, sent)


def test_a_wait_of_more_than_5_s_in_the_queue_means_another_read_in_its_turn() -> None:
    transport = Scripted([Try("api", answer_s=6)])

    async def two() -> ChangeResult:
        client = client_of(transport)
        deadline = now() + DEADLINE_S
        first = client.change("delete", B, deadline=deadline, verify=transport.verify, verified_at=now())
        second = client.change("delete", A, deadline=deadline, verify=transport.verify, verified_at=now())
        return (await asyncio.gather(first, second))[1]

    assert virtual_time.run(two()).confirmed
    happened = [event.what for event in transport.events]
    assert happened == ["first byte", "ended", "verifying", "verified", "first byte", "ended"]


def test_a_machine_that_was_suspended_meanwhile_reads_again() -> None:
    transport = Scripted([Try("api", 503)])
    suspended_s = 0.0

    async def suspended() -> ChangeResult:
        runtime = Runtime(now=now, boottime=lambda: now() + suspended_s)
        client = SweeppeaClient(transport, runtime=runtime, backoff=Backoff())
        deadline = now() + DEADLINE_S
        change = client.change("delete", A, deadline=deadline, verify=transport.verify, verified_at=now())
        task = asyncio.create_task(change)
        await asyncio.sleep(0.01)
        nonlocal suspended_s
        suspended_s = 3_600
        return await task

    assert virtual_time.run(suspended()).confirmed
    assert transport.count("verified") == 1


def test_a_fresh_read_that_takes_too_long_ends_unsent() -> None:
    transport = Scripted([], verify_s=[30])
    result = virtual_time.run(changed(transport, read_age_s=6))
    assert isinstance(result.error, NotSentError)
    assert result.maybe_applied_at is None
    assert transport.count("first byte") == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 502])
def test_what_the_api_says_itself_is_final(status: int) -> None:
    result = virtual_time.run(changed(Scripted([Try("api", status)])))
    assert isinstance(result.error, SweeppeaError)
    assert (result.error.effect, result.maybe_applied_at) == (Try("api", status).effect, None)
