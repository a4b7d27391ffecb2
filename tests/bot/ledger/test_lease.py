"""Who works on a row goes on only while the row is surely theirs."""

import asyncio

import pytest

from bot.ledger.database import LedgerError
from bot.ledger.lease import FRESH_S, LONGEST_S, RENEW_S, Lease, LeaseLostError
from bot.runtime import Runtime
from tests.support import virtual_time


class Holder:
    """A lease on a clock of the test's own, and a database that answers as it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.takes_s = 0.0
        self.is_mine = True
        self.is_away = False
        self.renewed_at: list[float] = []
        self.lease = Lease("row", "one", 1, self.now, Runtime(boottime=lambda: self.now), self._write)

    async def _write(self, lease: Lease) -> bool:
        assert lease is self.lease
        self.renewed_at.append(self.now)
        self.now += self.takes_s
        if self.is_away:
            raise LedgerError("the database is away")
        return self.is_mine


@pytest.fixture
def holder() -> Holder:
    return Holder()


def test_a_call_may_begin_until_three_seconds_after_a_renewal(holder: Holder) -> None:
    holder.now += FRESH_S
    assert holder.lease.is_fresh
    holder.now += 0.01
    assert not holder.lease.is_fresh


async def test_a_renewal_counts_from_before_the_database_was_asked(holder: Holder) -> None:
    holder.now += 10
    holder.takes_s = 2.0
    await holder.lease.renew()
    assert holder.lease.renewed_at == 1_010
    holder.now += 1.01
    assert not holder.lease.is_fresh


async def test_a_row_that_is_somebody_elses_is_lost_for_good(holder: Holder) -> None:
    holder.is_mine = False
    await holder.lease.renew()
    assert holder.lease.is_lost
    assert not holder.lease.is_fresh
    holder.is_mine = True
    await holder.lease.renew()
    with pytest.raises(LeaseLostError, match=r"^the lease is over$"):
        await holder.lease.check()
    assert len(holder.renewed_at) == 1


async def test_a_fresh_lease_asks_the_database_nothing(holder: Holder) -> None:
    await holder.lease.check()
    assert holder.renewed_at == []


async def test_a_process_that_stood_still_asks_before_anything_begins(holder: Holder) -> None:
    holder.now += 60
    await holder.lease.check()
    assert holder.renewed_at == [1_060]
    assert holder.lease.is_fresh


async def test_after_a_renewal_that_took_too_long_nothing_begins(holder: Holder) -> None:
    holder.now += 60
    holder.takes_s = FRESH_S + 1
    with pytest.raises(LeaseLostError):
        await holder.lease.check()
    assert not holder.lease.is_lost  # the next renewal may be quicker


async def test_without_a_database_nothing_begins_and_the_outage_is_remembered(holder: Holder) -> None:
    holder.now += 60
    holder.is_away, holder.takes_s = True, 1.0
    with pytest.raises(LeaseLostError, match=r"^the lease could not be renewed$") as caught:
        await holder.lease.check()
    assert isinstance(caught.value.__cause__, LedgerError)
    assert not holder.lease.is_lost
    assert holder.lease.failed_at == 1_061
    holder.now += FRESH_S
    assert holder.lease.saw_outage
    holder.now += 0.01
    assert not holder.lease.saw_outage  # whoever stood still meanwhile saw nothing


async def test_an_outage_is_over_with_the_first_renewal(holder: Holder) -> None:
    seen = [holder.lease.saw_outage]
    holder.is_away = True
    with pytest.raises(LedgerError):
        await holder.lease.renew()
    seen.append(holder.lease.saw_outage)
    holder.is_away = False
    await holder.lease.renew()
    assert [*seen, holder.lease.saw_outage] == [False, True, False]
    assert holder.lease.failed_at is None


def held(holder: Holder, seconds: float) -> None:
    """Works on the row for so long, in virtual time, with a deadline ten seconds ahead."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        async with holder.lease.kept(loop.time() + 10):
            await asyncio.sleep(seconds)
        await asyncio.sleep(RENEW_S * 3)

    virtual_time.run(work())


def test_a_row_is_kept_every_two_seconds_until_the_work_ends(holder: Holder) -> None:
    held(holder, 7)
    assert len(holder.renewed_at) == 3


def test_a_row_is_kept_through_an_outage(holder: Holder) -> None:
    holder.is_away = True
    held(holder, 7)
    assert len(holder.renewed_at) == 3


def test_a_row_that_was_lost_is_asked_for_no_more(holder: Holder) -> None:
    holder.is_mine = False
    held(holder, 7)
    assert len(holder.renewed_at) == 1


def test_work_that_hangs_does_not_hold_its_row_for_ever(holder: Holder) -> None:
    held(holder, 10 * LONGEST_S)
    assert len(holder.renewed_at) == (10 + LONGEST_S) / RENEW_S
