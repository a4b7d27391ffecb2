"""What may be repeated, what a try proves, and that nothing is sent that nobody looked at."""

import asyncio

import pytest

from bot.api.errors import (
    AuthenticationError,
    BusyError,
    Effect,
    GatewayError,
    NoResponseError,
    NotSentError,
    ServerError,
    SweeppeaError,
    TicketNotFoundError,
)
from bot.api.http import Stage
from bot.api.pending_change import (
    MAX_READ_AGE_S,
    MAX_THROTTLE_S,
    ChangeResult,
    NotVerifiedError,
    OpenGate,
    PendingChange,
)
from bot.runtime import Runtime
from tests.bot.api.calls import A
from tests.support import virtual_time

EPOCH = 1_795_000_000.0


class Clicked(OpenGate):
    """A click, on clocks of the test's own: `passed` is what its change went through."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.now = 1_000.0
        self.passed: list[str] = []
        self.refusal = refusal
        self.read_takes_s = 0.0
        self.change = PendingChange(
            endpoint="/tickets/delete",
            case_number=A,
            deadline=1_020.0,
            verify=self.verify,
            gate=self,
            read_at=self.now,
            runtime=Runtime(now=lambda: EPOCH + self.now, boottime=lambda: self.now),
        )

    async def verify(self) -> None:
        await self._pass("verified")
        await asyncio.sleep(self.read_takes_s)

    async def connected(self) -> None:
        await self._pass("connected")

    async def before_first_byte(self) -> None:
        await self._pass("before the first byte")

    async def confirmed_late(self) -> None:
        await self._pass("confirmed late")

    async def refused_late(self, error: SweeppeaError) -> None:
        await self._pass(f"refused late: {error}")

    async def _pass(self, what: str) -> None:
        self.passed.append(what)
        if self.refusal:
            raise self.refusal

    async def send(self, *stages: Stage) -> None:
        for stage in stages or (Stage.CONNECTED, Stage.SENDING, Stage.SENT):
            await self.change.on_stage(stage)


async def test_a_change_right_after_its_read_needs_no_other() -> None:
    clicked = Clicked()
    clicked.now += MAX_READ_AGE_S
    await clicked.change.prepare()
    await clicked.send()
    assert clicked.passed == ["connected", "before the first byte"]


async def test_a_read_that_is_older_than_five_seconds_is_made_anew_and_counts_from_then() -> None:
    clicked = Clicked()
    clicked.now += MAX_READ_AGE_S + 0.1
    virtual = clicked.change
    virtual.deadline = asyncio.get_running_loop().time() + 20
    await virtual.prepare()
    clicked.now += MAX_READ_AGE_S
    await virtual.prepare()
    assert clicked.passed == ["verified"]


async def test_a_read_from_before_time_was_lost_is_made_anew_and_counts_from_then() -> None:
    clicked = Clicked()
    clicked.change.deadline = asyncio.get_running_loop().time() + 20
    clicked.time_was_lost_at = clicked.now
    await clicked.send(Stage.CONNECTED)
    with pytest.raises(NotSentError, match=r"^the ticket was read too long ago$"):
        await clicked.send(Stage.SENDING)
    clicked.now += 1
    for _ in range(2):
        await clicked.change.prepare()
    assert clicked.passed == ["connected", "before the first byte", "verified"]


async def test_a_change_that_waited_at_the_connection_is_not_sent_on_an_old_read() -> None:
    clicked = Clicked()
    await clicked.send(Stage.CONNECTED)
    clicked.now += MAX_READ_AGE_S + 0.1
    with pytest.raises(NotSentError, match=r"^the ticket was read too long ago$"):
        await clicked.send(Stage.SENDING)
    assert isinstance(clicked.change.on_timeout(), NotSentError)


async def test_after_a_try_that_may_have_been_carried_out_the_ticket_is_read_before_the_next() -> None:
    clicked = Clicked()
    clicked.change.deadline = asyncio.get_running_loop().time() + 20
    clicked.change.record(GatewayError(503))
    await clicked.change.prepare()
    assert clicked.passed == ["verified"]


async def test_what_the_fresh_read_refuses_ends_the_change() -> None:
    refusal = ValueError("the ticket changed")
    clicked = Clicked(refusal)
    clicked.change.deadline = asyncio.get_running_loop().time() + 20
    clicked.now += MAX_READ_AGE_S + 0.1
    with pytest.raises(NotVerifiedError, match=r"^the ticket changed$") as caught:
        await clicked.change.prepare()
    assert caught.value.reason is refusal


@pytest.mark.parametrize("stage", [Stage.CONNECTED, Stage.SENDING])
async def test_what_the_gate_refuses_is_not_sent(stage: Stage) -> None:
    refusal = ValueError("the lease is over")
    clicked = Clicked(refusal)
    with pytest.raises(NotVerifiedError) as caught:
        await clicked.send(stage)
    assert caught.value.reason is refusal
    assert clicked.change.on_timeout().effect is Effect.NOT_APPLIED


def test_a_fresh_read_that_outlasts_the_deadline_ends_the_change_unsent() -> None:
    async def late() -> None:
        clicked = Clicked()
        clicked.change.deadline = asyncio.get_running_loop().time() + 1
        clicked.now += MAX_READ_AGE_S + 0.1
        clicked.read_takes_s = 2
        with pytest.raises(NotSentError, match=r"^the ticket could not be read again in time$"):
            await clicked.change.prepare()

    virtual_time.run(late())


async def test_a_deadline_before_the_first_byte_is_harmless_and_after_that_is_not() -> None:
    clicked = Clicked()
    said = [str(clicked.change.on_timeout())]
    await clicked.send(Stage.CONNECTED)
    assert isinstance(clicked.change.on_timeout(), NotSentError)
    await clicked.send(Stage.SENDING)
    assert isinstance(clicked.change.on_timeout(), NoResponseError)
    said.append(str(clicked.change.on_timeout()))
    await clicked.change.prepare()  # for the next try
    assert isinstance(clicked.change.on_timeout(), NotSentError)
    assert said == ["no connection in time", "no answer in time"]


@pytest.mark.parametrize("error", [NoResponseError("lost"), GatewayError(502), GatewayError(503)])
def test_only_an_unclear_try_leaves_a_time_from_which_it_may_be_carried_out(error: SweeppeaError) -> None:
    clicked = Clicked()
    assert clicked.change.ended(error) == ChangeResult(error=error, maybe_applied_at=None)
    clicked.change.record(error)
    clicked.now += 1
    for clear in (BusyError(503), NotSentError("x"), TicketNotFoundError(404), ServerError(500)):
        clicked.change.record(clear)
    assert clicked.change.ended(error) == ChangeResult(error=error, maybe_applied_at=EPOCH + 1_000)


@pytest.mark.parametrize(
    ("error", "took_s", "repeated"),
    [
        (NotSentError("x"), 60, True),
        (BusyError(429), 60, True),
        (GatewayError(503), MAX_THROTTLE_S, True),
        (GatewayError(429), MAX_THROTTLE_S, True),
        (GatewayError(503), MAX_THROTTLE_S + 0.1, False),
        (GatewayError(502), 0, False),
        (NoResponseError("lost"), 0, False),
        (ServerError(503), 0, False),
        (ServerError(500), 0, False),
        (AuthenticationError(401), 0, False),
        (ValueError("x"), 0, False),
    ],
)
async def test_a_change_is_repeated_only_after_what_cannot_have_carried_it_out(
    error: Exception, took_s: float, *, repeated: bool
) -> None:
    clicked = Clicked()
    await clicked.send()
    clicked.now += took_s
    assert clicked.change.is_retryable(error) is repeated


async def test_a_throttle_that_came_before_all_was_sent_is_not_repeated() -> None:
    clicked = Clicked()
    assert not clicked.change.is_retryable(GatewayError(503))
    await clicked.send()
    assert clicked.change.is_retryable(GatewayError(503))
    await clicked.change.prepare()
    assert not clicked.change.is_retryable(GatewayError(503))


async def _hang() -> None:
    await asyncio.sleep(3_600)


async def test_who_lets_go_ends_what_waits_and_leaves_what_may_be_carried_out() -> None:
    clicked = Clicked()
    await clicked.change.let_go()  # nothing is under way
    clicked.change.sending = asyncio.create_task(_hang())
    await asyncio.sleep(0)
    await clicked.change.let_go()
    assert clicked.change.sending.cancelled()
    clicked.change.sending = asyncio.create_task(_hang())
    await clicked.send()
    await clicked.change.let_go()
    assert not clicked.change.sending.done()
    clicked.change.sending.cancel()


async def test_a_success_that_nobody_waits_for_is_written_down() -> None:
    clicked = Clicked()
    await clicked.change.answered()
    assert clicked.passed == []
    await clicked.change.let_go()
    await clicked.change.answered()
    assert clicked.passed == ["confirmed late"]


@pytest.mark.parametrize("no", [TicketNotFoundError(404), BusyError(503), AuthenticationError(403)])
async def test_a_no_that_nobody_waits_for_is_written_down(no: SweeppeaError) -> None:
    clicked = Clicked()
    await clicked.change.prepare()
    await clicked.change.refused(no)
    assert clicked.passed == []
    await clicked.change.let_go()
    await clicked.change.refused(no)
    assert clicked.passed == [f"refused late: {no}"]


@pytest.mark.parametrize("error", [ServerError(500), GatewayError(503), NoResponseError("late"), NotSentError("late")])
async def test_what_is_no_proof_is_not_written_down_for_one(error: SweeppeaError) -> None:
    clicked = Clicked()
    await clicked.change.prepare()
    await clicked.change.let_go()
    await clicked.change.refused(error)
    assert clicked.passed == []


async def test_a_no_to_a_repetition_tells_nothing_of_the_try_before() -> None:
    clicked = Clicked()
    clicked.change.deadline = asyncio.get_running_loop().time() + 20
    clicked.change.record(NoResponseError("late"))
    await clicked.change.prepare()
    await clicked.change.let_go()
    await clicked.change.refused(TicketNotFoundError(404))
    assert clicked.passed == ["verified"]


async def test_a_no_that_comes_in_the_moment_of_the_deadline_is_what_came_of_the_try() -> None:
    async def refused() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        raise TicketNotFoundError(404)

    clicked = Clicked()
    clicked.change.deadline = asyncio.get_running_loop().time()
    clicked.change.sending = asyncio.create_task(refused())
    await clicked.send()
    await clicked.change.wait()
    with pytest.raises(TicketNotFoundError):
        clicked.change.result()


async def test_before_anything_is_sent_the_deadline_means_that_nothing_was() -> None:
    with pytest.raises(NotSentError):
        Clicked().change.result()


def test_an_answer_that_does_not_come_in_the_last_moment_is_not_waited_for() -> None:
    async def late() -> None:
        clicked = Clicked()
        clicked.change.deadline = asyncio.get_running_loop().time()
        clicked.change.sending = asyncio.create_task(_hang())
        await clicked.send()
        async with asyncio.timeout(60):
            await clicked.change.wait()
        with pytest.raises(NoResponseError):
            clicked.change.result()
        clicked.change.sending.cancel()

    virtual_time.run(late())


async def test_a_try_is_confirmed_once_it_ended_without_an_error() -> None:
    async def ends(error: Exception | None) -> None:
        if error:
            raise error

    clicked = Clicked()
    confirmed = [clicked.change.is_confirmed]
    for try_ in (_hang(), ends(BusyError(503)), ends(None)):
        clicked.change.sending = asyncio.create_task(try_)
        await asyncio.wait([clicked.change.sending], timeout=0)
        confirmed.append(clicked.change.is_confirmed)
    clicked.change.sending = asyncio.create_task(_hang())
    clicked.change.sending.cancel()
    await asyncio.wait([clicked.change.sending])
    confirmed.append(clicked.change.is_confirmed)
    assert confirmed == [False, False, False, True, False]


async def test_what_was_not_sent_by_the_deadline_is_not_waited_for() -> None:
    never = asyncio.Event()
    clicked = Clicked()
    clicked.change.deadline = asyncio.get_running_loop().time()
    clicked.change.sending = asyncio.create_task(never.wait())  # type: ignore[arg-type]
    await clicked.change.wait()
    await clicked.change.let_go()
    with pytest.raises(NotSentError):
        clicked.change.result()
