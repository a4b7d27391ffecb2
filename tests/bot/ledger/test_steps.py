"""Each step of a change, on SQLite and on PostgreSQL: who has the row, and who does nothing more."""

import math
from dataclasses import dataclass, replace

import pytest

from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.changes.outcome import WITHOUT_EFFECT, Kind
from bot.changes.request import ChangeRequest, Click
from bot.ledger.database import Database, Row, Statement, UnclearCommitError, Value
from bot.ledger.lease import Lease
from bot.ledger.ledger import Ledger
from bot.ledger.row import ChangeRow, Place
from bot.ledger.writing import End, Sent
from bot.runtime import Runtime
from tests.bot.ledger.ciphers import NEW, cipher
from tests.gallery import fixed

PLACE = Place(team="T1", channel="C1", message_ts="1.2", editable=True)
TO = Sent("https://slack.test/answers/1", 1)
TIMES = [
    "lease_until",
    "send_not_after",
    "settled_at",
    "due_at",
    "ended_at",
    "delivered_at",
    "response_url_until",
    "show_again",
]
EVENT = AuditEvent(
    event="confirmed",
    change="delete",
    user="UBOB",
    team="T1",
    channel="C1",
    case_number=fixed.NUMBER,
    outcome="calling the API",
    ref="AAAAA",
)


def ledger_of(database: Database, owner: str = "one", account: str = "key") -> Ledger:
    return Ledger(database, cipher(NEW), Runtime(), account=account, owner=owner, ttl_s=300)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return ledger_of(database)


def request(number: int = 1) -> ChangeRequest:
    return fixed.click().request.model_copy(update={"id": f"{number:012x}"})


def click(number: int = 1) -> Click:
    return replace(fixed.click(), request=request(number))


async def taken(ledger: Ledger, number: int = 1) -> Lease:
    lease = await ledger.take(click(number), PLACE, TO, locks_ticket=True)
    assert isinstance(lease, Lease)
    return lease


async def sending(ledger: Ledger) -> Lease:
    lease = await taken(ledger)
    assert await ledger.confirm(lease, '{"Subject": "x"}', 2, EVENT)
    assert await ledger.send(lease)
    return lease


async def time_passes(database: Database, seconds: float) -> None:
    moved = ", ".join(f"{name} = {name} - $1" for name in TIMES)
    await database.commit(Statement(f"update changes set {moved}", (seconds,)))


def end(kind: Kind = Kind.DONE, **more: object) -> End:
    return End(kind=kind, event=EVENT, message=Message("Done", ()), **more)  # type: ignore[arg-type]


async def the_row(ledger: Ledger, number: int = 1) -> ChangeRow:
    row = await ledger.row(request(number).id)
    assert row
    return row


async def test_a_request_is_taken_once_whoever_asks_for_it(database: Database, ledger: Ledger) -> None:
    await taken(ledger)
    other = await ledger_of(database, "two").take(click(), PLACE, TO, locks_ticket=True)
    assert isinstance(other, ChangeRow)
    assert (other.state, other.standing.state, other.owner) == ("claimed", "working", "one")


async def test_a_ticket_is_taken_once_by_whichever_request_and_free_once_that_is_over(
    database: Database, ledger: Ledger
) -> None:
    lease = await sending(ledger)
    in_the_way = await ledger.take(click(2), PLACE, TO, locks_ticket=True)
    assert isinstance(in_the_way, ChangeRow)
    assert in_the_way.id == request(1).id
    assert isinstance(await ledger.take(click(3), PLACE, TO, locks_ticket=False), Lease)  # a cancel is in nobody's way
    await ledger.end(lease, end(Kind.MAY_STILL_HAPPEN, is_busy=True))
    assert isinstance(await ledger.take(click(2), PLACE, TO, locks_ticket=True), ChangeRow)
    assert await ledger.busy_with(fixed.NUMBER)
    await time_passes(database, 74)
    assert await ledger.busy_with(fixed.NUMBER) is None
    assert isinstance(await ledger.take(click(2), PLACE, TO, locks_ticket=True), Lease)


async def test_whoever_lost_a_row_changes_nothing_and_leaves_no_line(database: Database, ledger: Ledger) -> None:
    lease = await taken(ledger)
    await time_passes(database, 7)
    [(row, theirs)] = await ledger_of(database, "two").take_due(10)
    assert (row.state, row.fence) == ("claimed", lease.fence + 1)
    assert not await ledger.confirm(lease, "{}", 2, EVENT)
    assert lease.is_lost
    for step in (ledger.send, ledger.may_send):
        assert not await step(lease)
    assert not await ledger.release(lease, EVENT)
    assert not await ledger.end(lease, end())
    assert not await ledger.deliver(lease, "", keep_copy=False, due_at=None)
    assert not await ledger.postpone(lease, 1, "")
    assert not await ledger.drop_texts(lease)
    assert await database.fetch("select * from audit") == []
    assert await ledger_of(database, "two").release(theirs, EVENT)
    assert (await the_row(ledger)).state == "open"


async def test_a_living_owner_keeps_its_row(database: Database, ledger: Ledger) -> None:
    lease = await taken(ledger)
    await time_passes(database, 5)
    await lease.renew()
    assert (lease.is_lost, lease.lapsed_at) == (False, -math.inf)
    await time_passes(database, 5)
    assert await ledger_of(database, "two").take_due(10) == []
    await time_passes(database, -3_600)  # somebody set the database's clock back
    assert len(await ledger_of(database, "two").take_due(10)) == 1


async def test_nothing_is_sent_later_than_three_seconds_after_it_was_to_be(database: Database, ledger: Ledger) -> None:
    lease = await sending(ledger)
    assert await ledger.may_send(lease)
    await time_passes(database, 3.5)
    assert not await ledger.may_send(lease)
    assert await ledger.send(lease)  # a repetition
    assert await ledger.may_send(lease)


async def test_the_last_word_is_what_was_shown_last_without_buttons_to_come(database: Database, ledger: Ledger) -> None:
    lease = await sending(ledger)
    assert ledger.last_word(await the_row(ledger)) is None
    assert await ledger.end(lease, end(Kind.BUSY))
    row = await the_row(ledger)
    assert ledger.last_word(row) == Message("Done", ())
    assert ledger.last_word(replace(row, outcome=Kind.UNKNOWN)) is None
    assert ledger.last_word(replace(row, message=None)) is None
    buttons = End(kind=Kind.BUSY, event=EVENT, message=Message("Again?", ({"type": "actions", "elements": []},)))
    assert await ledger.end(lease, buttons)
    assert ledger.last_word(await the_row(ledger)) is None


async def test_an_end_is_told_delivered_and_forgotten(database: Database, ledger: Ledger) -> None:
    lease = await sending(ledger)
    row = await the_row(ledger)
    assert ledger.copy_of(row) == '{"Subject": "x"}'
    assert ledger.response_url_of(row) == TO.response_url
    assert await ledger.end(lease, end(receipt="due"))
    row = await the_row(ledger)
    assert ledger.message_of(row) == Message("Done", ())
    assert await ledger.deliver(lease, "sent", keep_copy=False, due_at=row.now)
    row = await the_row(ledger)
    assert (row.state, row.copy, row.receipt) == ("delivered", None, "sent")
    [(row, again)] = await ledger.take_due(1)
    assert await ledger.drop_texts(again)
    assert (await the_row(ledger)).message is None
    assert await ledger.take_due(1) == []
    assert len(await database.fetch("select * from audit")) == 2


async def test_what_could_not_be_told_is_due_again_after_its_pause(database: Database, ledger: Ledger) -> None:
    lease = await sending(ledger)
    await ledger.end(lease, end())
    assert await ledger.postpone(lease, 4, "maybe")
    assert await ledger.take_due(1) == []
    await time_passes(database, 5)
    [(row, _)] = await ledger.take_due(1)
    assert (row.tries, row.receipt) == (1, "maybe")


async def test_the_apis_answer_is_written_whoever_has_the_row_and_makes_it_due(
    database: Database, ledger: Ledger
) -> None:
    lease = await sending(ledger)
    await ledger.end(lease, end(Kind.MAY_STILL_HAPPEN))
    await ledger.deliver(lease, "", keep_copy=True, due_at=(await the_row(ledger)).now + 999)
    await ledger_of(database, "two").add_answer(click(), Kind.DONE)
    [(row, _)] = await ledger.take_due(1)
    assert row.answer is Kind.DONE


async def test_a_message_is_shown_again_ten_seconds_later(database: Database, ledger: Ledger) -> None:
    lease = await sending(ledger)
    await ledger.end(lease, end())
    await ledger.show_again(lease.row_id)
    await ledger.deliver(lease, "", keep_copy=False, due_at=None, shown_at=(await the_row(ledger)).now)
    assert await ledger.take_due(1) == []
    await time_passes(database, 11)
    [(row, again)] = await ledger.take_due(1)
    assert row.show_again
    await ledger.deliver(again, "", keep_copy=False, due_at=None, shown_at=row.now)
    assert not (await the_row(ledger)).show_again


async def test_a_late_edit_before_the_end_is_remembered_until_the_end_was_shown_again(
    database: Database, ledger: Ledger
) -> None:
    lease = await sending(ledger)
    await ledger.show_again(lease.row_id)
    await ledger.end(lease, end())
    shown_at = (await the_row(ledger)).now
    await ledger.deliver(lease, "", keep_copy=False, due_at=shown_at + 3_600, shown_at=shown_at)
    await time_passes(database, 11)
    [(row, _)] = await ledger.take_due(1)
    assert row.show_again


class LosesAnswers:
    """Its commits are made, or are not, and their answers are lost."""

    def __init__(self, database: Database, *, is_made: bool) -> None:
        self.fetch = database.fetch
        self.database, self.is_made = database, is_made

    async def commit(self, *statements: Statement) -> list[list[Row]] | None:
        if self.is_made:
            await self.database.commit(*statements)
        raise UnclearCommitError("its answer was lost")


async def test_a_lost_answer_is_looked_up_and_a_lost_row_is_known_as_lost(database: Database, ledger: Ledger) -> None:
    lease = await taken(ledger)
    assert await replace(ledger, database=LosesAnswers(database, is_made=True)).confirm(lease, "{}", 2, EVENT)
    losing = replace(ledger, database=LosesAnswers(database, is_made=False))
    with pytest.raises(UnclearCommitError):
        await losing.send(lease)
    assert not lease.is_lost
    await time_passes(database, 7)
    await ledger_of(database, "two").take_due(1)
    with pytest.raises(UnclearCommitError):
        await losing.end(lease, end())
    assert lease.is_lost


async def test_of_what_was_never_kept_nothing_is_read(ledger: Ledger) -> None:
    await taken(ledger)
    row = await the_row(ledger)
    assert (ledger.copy_of(row), ledger.message_of(row)) == (None, None)
    assert ledger.response_url_of(replace(row, response_url=None)) == ""
    assert await ledger.row("00000000000f") is None


async def test_a_response_url_is_used_until_its_time_is_over_and_not_then(ledger: Ledger) -> None:
    await taken(ledger)
    row = await the_row(ledger)
    assert row.response_url_until
    assert ledger.response_url_of(replace(row, now=row.response_url_until - 1)) == TO.response_url
    assert ledger.response_url_of(replace(row, now=row.response_url_until)) == ""
    assert ledger.response_url_of(replace(row, response_url_until=None)) == ""


async def test_a_lost_answer_to_a_send_is_looked_up_with_its_last_moment(database: Database, ledger: Ledger) -> None:
    lease = await taken(ledger)
    await ledger.confirm(lease, "{}", 2, EVENT)
    assert await replace(ledger, database=LosesAnswers(database, is_made=True)).send(lease)
    assert lease.send_not_after
    assert lease.send_not_after == (await the_row(ledger)).send_not_after
    assert await ledger.may_send(lease)


async def test_a_lost_answer_about_a_row_that_is_gone_means_a_lost_row(database: Database, ledger: Ledger) -> None:
    lease = await taken(ledger)
    await database.commit(Statement("delete from changes"))
    with pytest.raises(UnclearCommitError):
        await replace(ledger, database=LosesAnswers(database, is_made=False)).confirm(lease, "{}", 2, EVENT)
    assert lease.is_lost


async def test_only_a_send_renews_the_lease_and_counts_from_before_the_database_was_asked(database: Database) -> None:
    clock = [100.0]
    ledger = replace(ledger_of(database), runtime=Runtime(boottime=lambda: clock[0]))
    lease = await taken(ledger)
    assert lease.renewed_at == 100
    clock[0] = 101
    assert await ledger.confirm(lease, "{}", 2, EVENT)
    assert (lease.renewed_at, lease.send_not_after) == (100, None)
    clock[0] = 102
    assert await ledger.send(lease)
    assert lease.renewed_at == 102


async def test_who_saw_an_outage_renews_a_lease_that_ran_out_meanwhile(database: Database, ledger: Ledger) -> None:
    lease = await taken(ledger)
    await time_passes(database, 7)
    lease.failed_at = ledger.runtime.boottime()
    await lease.renew()
    assert not lease.is_lost
    assert lease.lapsed_at >= lease.renewed_at
    await time_passes(database, 7)
    await lease.renew()  # who stood still has no such right
    assert lease.is_lost


@pytest.mark.parametrize("kind", list(Kind))
async def test_whoever_surely_changed_nothing_is_no_rival(database: Database, ledger: Ledger, kind: Kind) -> None:
    lease = await sending(ledger)
    await ledger.end(lease, end(kind))
    rivals = await ledger.rivals(replace(click(2), at=0))
    is_named = kind not in WITHOUT_EFFECT | {Kind.FOUND_CLOSED}
    assert rivals.users == ((fixed.BOB,) if is_named else ())
    assert bool(rivals.done_by) == (kind is Kind.DONE)


async def test_an_answer_ends_a_row_once_and_may_say_that_its_receipt_arrived(
    database: Database, ledger: Ledger
) -> None:
    lease = await sending(ledger)
    await ledger.add_answer(click(), Kind.BUSY)
    await ledger.add_answer(click(), Kind.BUSY, "sent")
    row = await the_row(ledger)
    assert (row.new_answer, row.receipt) == (Kind.BUSY, "sent")
    await ledger.end(lease, end(Kind.CHANGED, is_by_answer=True))
    await ledger.add_answer(click(), Kind.BUSY)
    assert (await the_row(ledger)).new_answer is None


async def test_check_now_takes_a_row_that_nobody_works_on(database: Database, ledger: Ledger) -> None:
    await sending(ledger)
    assert await ledger.take_over(request().id, Sent("https://slack.test/answers/2", 0)) is None
    await time_passes(database, 7)
    taken_over = await ledger.take_over(request().id, Sent("https://slack.test/answers/2", 0))
    assert taken_over
    assert ledger.response_url_of(taken_over[0]) == "https://slack.test/answers/2"
    await time_passes(database, 7)
    taken_over = await ledger.take_over(request().id, None)
    assert taken_over
    assert ledger.response_url_of(taken_over[0]) == "https://slack.test/answers/2"


async def test_a_response_url_whose_time_is_over_is_blanked(database: Database, ledger: Ledger) -> None:
    await sending(ledger)
    await ledger.blank_urls()
    assert (await the_row(ledger)).response_url
    await time_passes(database, 1_801)
    assert ledger.response_url_of(await the_row(ledger)) == ""
    await ledger.blank_urls()
    assert (await the_row(ledger)).response_url is None


async def test_a_process_that_ends_leaves_its_rows_to_the_next_one_at_once(database: Database, ledger: Ledger) -> None:
    await sending(ledger)
    await ledger.hand_over()
    assert len(await ledger_of(database, "two").take_due(10)) == 1


async def test_a_renewed_request_takes_the_place_of_the_old_one(ledger: Ledger) -> None:
    lease = await sending(ledger)
    renewed = request().repeat(id="00000000000f")
    await ledger.end(lease, replace(end(Kind.BUSY), renewed=renewed), PLACE)
    row = await the_row(ledger)
    assert await ledger.replacement(row) is None
    new = replace(click(), request=renewed)
    assert isinstance(await ledger.take(new, Place(team="T1", channel="C1"), TO, locks_ticket=True), Lease)
    replacement = await ledger.replacement(row)
    assert replacement
    assert (replacement.id, replacement.place) == (renewed.id, PLACE)


@dataclass
class GivenBackMeanwhile:
    """Another click has the row for as long as one attempt to take it lasts."""

    database: Database
    is_over: bool = False

    async def fetch(self, sql: str, *values: Value) -> list[Row]:
        return await self.database.fetch(sql, *values)

    async def commit(self, *steps: Statement) -> list[list[Row]] | None:
        if self.is_over:
            return await self.database.commit(*steps)
        self.is_over = True
        other = ledger_of(self.database, "two")
        theirs = await taken(other)
        rows = await self.database.commit(*steps)
        assert await other.release(theirs, EVENT)
        return rows


@pytest.mark.parametrize("locks_ticket", [True, False])
async def test_a_request_that_was_given_back_meanwhile_is_taken(database: Database, *, locks_ticket: bool) -> None:
    await ledger_of(database).insert(request(), PLACE)
    book = ledger_of(GivenBackMeanwhile(database))
    assert isinstance(await book.take(click(), PLACE, TO, locks_ticket=locks_ticket), Lease)


async def test_an_answer_to_a_click_says_nothing_of_a_later_one(database: Database, ledger: Ledger) -> None:
    lease = await taken(ledger)
    assert await ledger.release(lease, EVENT)
    later = replace(click(), ref="LATER")
    assert isinstance(await ledger.take(later, PLACE, TO, locks_ticket=True), Lease)
    await ledger.add_answer(click(), Kind.NOT_SAVED)
    assert (await the_row(ledger)).new_answer is None
    await ledger.add_answer(later, Kind.NOT_SAVED)
    assert (await the_row(ledger)).new_answer is Kind.NOT_SAVED


@pytest.mark.parametrize(("ended_as", "is_news"), [(Kind.INTERRUPTED, False), (Kind.FOUND_DONE, True)])
async def test_that_nothing_was_sent_is_no_news_of_what_ended_without_effect(
    database: Database, ledger: Ledger, ended_as: Kind, *, is_news: bool
) -> None:
    lease = await sending(ledger)
    await ledger.end(lease, end(ended_as))
    await ledger.add_answer(click(), Kind.NOT_SAVED)
    assert bool((await the_row(ledger)).new_answer) == is_news
