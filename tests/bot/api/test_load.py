"""More people than the API can serve, and an API that is slow or fails, on a virtual clock."""

import asyncio
from collections.abc import Callable

import pytest

from bot.api.errors import BusyError, OutageError, QueueTimeoutError, ServerError, TurnedAwayError
from bot.api.requests import FETCH
from bot.tickets import CaseNumber
from tests.bot.api.calls import A
from tests.bot.api.crowd import Asked, StrictApi, all_ask, p95, steadily
from tests.support import virtual_time


def person(number: int) -> str:
    return f"U{number % 40}"


def somebody_new(number: int) -> str:
    return f"U{number}"


@pytest.mark.parametrize("who", [person, somebody_new, lambda _: "U"], ids=["a crew", "all different", "one person"])
@pytest.mark.parametrize("load", [2, 6, 50])
def test_above_its_limit_the_api_is_kept_busy_and_nobody_waits_long(load: int, who: Callable[[int], str]) -> None:
    api, people = StrictApi(), steadily(load * 20, 30, who)
    virtual_time.run(all_ask(api, people))
    answered = [asked for asked in people if asked.has_ticket]
    last = max(asked.at + asked.wait_s for asked in answered)
    assert len(answered) >= 0.98 * last / 0.05
    assert api.overlaps == 0
    assert len(api.calls) == len(answered)
    assert p95(asked.wait_s for asked in answered) <= 8
    refused = [asked for asked in people if not asked.has_ticket]
    assert p95(asked.wait_s for asked in refused) <= 1
    assert sum(asked.wait_s > 1 for asked in refused) <= 0.01 * len(answered)
    assert {type(asked.error) for asked in refused} <= {TurnedAwayError, QueueTimeoutError}


def test_below_its_limit_everybody_is_answered() -> None:
    api, people = StrictApi(), steadily(19, 60, person)
    virtual_time.run(all_ask(api, people))
    assert max(asked.wait_s for asked in people) < 0.1
    assert len(api.calls) == len(people)


@pytest.mark.parametrize("service_s", [0.05, 0.1])
def test_a_shift_that_begins_is_answered_to_the_last_one(service_s: float) -> None:
    warm = Asked(0, "U", A)
    people = [Asked(1, person(number), CaseNumber(f"{number:07}")) for number in range(100)]
    virtual_time.run(all_ask(StrictApi(lambda: service_s), [warm, *people]))
    assert [asked for asked in people if not asked.has_ticket] == []


def test_one_who_sends_twenty_a_second_takes_nothing_from_ten_others() -> None:
    greedy = steadily(20, 30, lambda _: "greedy")
    others = [
        Asked(second + number / 10, f"U{number}", CaseNumber(f"{second:03}X{number:03}"))
        for second in range(30)
        for number in range(10)
    ]
    api = StrictApi()
    virtual_time.run(all_ask(api, [*greedy, *others]))
    assert [asked for asked in others if not asked.has_ticket] == []
    assert p95(asked.wait_s for asked in others) <= 1
    assert sum(asked.has_ticket for asked in greedy) >= 9 * 30
    assert p95(asked.wait_s for asked in greedy if asked.has_ticket) <= 8


def test_a_deletion_comes_before_those_who_look_and_shuts_nobody_out() -> None:
    looks = steadily(40, 20, person)
    clicks = [Asked(5 + number / 1000, "D", CaseNumber(f"D{number:06}"), "read") for number in range(20)]
    others = [Asked(5.5, f"E{number}", CaseNumber(f"E{number:06}"), "read") for number in range(5)]
    virtual_time.run(all_ask(StrictApi(), [*looks, *clicks, *others]))
    assert all(asked.has_ticket for asked in others)
    assert max(asked.wait_s for asked in others) < 1
    at_the_time = [asked for asked in looks if asked.has_ticket and 5 < asked.at + asked.wait_s < 6.5]
    assert len(at_the_time) >= 10


def test_an_api_that_takes_5_s_for_a_minute_wastes_no_call() -> None:
    api = StrictApi()
    api.service_s = lambda: 5.0 if 10 < api.calls[-1][0] - 1000 < 70 else 0.05
    people = steadily(10, 100, person)
    virtual_time.run(all_ask(api, people))
    slow = [asked for asked in people if 15 < asked.at < 65]
    assert api.overlaps == 0
    assert 9 <= sum(asked.has_ticket for asked in slow) <= 13
    assert max(asked.wait_s for asked in slow if asked.has_ticket and asked.at > 30) <= 11.5
    assert p95(asked.wait_s for asked in slow if not asked.has_ticket) <= 1
    assert [asked for asked in people if asked.at > 76 and not asked.has_ticket] == []


@pytest.mark.parametrize("status", [503, 500, 0], ids=["503", "500", "a hang"])
def test_an_api_that_fails_for_a_minute_is_left_alone_and_people_hear_at_once(status: int) -> None:
    api = StrictApi(weather=lambda at: status if 10 < at - 1000 < 70 else 200)
    people = steadily(10, 100, person)
    virtual_time.run(all_ask(api, people))
    during = [asked for asked in people if 40 < asked.at < 65]
    outages = [asked for asked in during if isinstance(asked.error, OutageError)]
    assert len(outages) >= 0.98 * len(during)
    assert max(asked.wait_s for asked in outages) <= 0.01
    assert any("for 4" in str(asked.error) for asked in outages)
    calls = [at for at, _ in api.calls if 1040 < at < 1065]
    assert len(calls) <= 10
    assert [asked for asked in people if asked.at > 82 and not asked.has_ticket] == []


def test_what_fails_with_one_ticket_is_no_outage() -> None:
    api = StrictApi()
    api.weather = lambda _: 500 if api.calls[-1][1] == A else 200
    bad = [Asked(at, f"U{at}", A) for at in range(0, 60, 10)]
    virtual_time.run(all_ask(api, [*bad, Asked(55, "U", CaseNumber("BBBBBBB"))]))
    assert {type(asked.error) for asked in bad} == {ServerError}


def test_a_look_that_meets_nothing_but_500_makes_six_calls() -> None:
    api, looking = StrictApi(weather=lambda _: 500), Asked(0, "U", A)
    virtual_time.run(all_ask(api, [looking]))
    assert isinstance(looking.error, ServerError)
    assert len(api.calls) == 6


def test_requests_of_others_are_waited_out_and_cost_little_time() -> None:
    """A fifth of the time the API serves somebody else, 50 ms each."""
    api = StrictApi(foreign=[(1000 + at / 4, 1000 + at / 4 + 0.05) for at in range(400)])
    people = steadily(40, 30, person)
    virtual_time.run(all_ask(api, people))
    answered = [asked for asked in people if asked.has_ticket]
    last = max(asked.at + asked.wait_s for asked in answered)
    assert len(answered) >= 0.9 * 0.8 * last / 0.05
    assert p95(asked.wait_s for asked in answered) <= 8
    assert not any(isinstance(asked.error, BusyError | OutageError) for asked in people)


def test_the_estimate_is_near_to_what_it_would_take() -> None:
    people = steadily(400, 3, person)
    virtual_time.run(all_ask(StrictApi(), people))
    errors = [asked.error for asked in people if isinstance(asked.error, TurnedAwayError) and asked.at > 1]
    assert len(errors) > 500
    assert all(6 <= error.wait_s <= 12 and 90 <= error.ahead <= 140 for error in errors)


def test_a_click_whose_change_could_not_come_in_time_is_turned_away_before_the_read() -> None:
    api = StrictApi()
    client_calls: list[Asked] = [Asked(0, f"D{number}", CaseNumber(f"D{number:06}"), "delete") for number in range(5)]
    api.service_s = lambda: 4.0 if api.serving.get("/tickets/delete") and not api.serving.get(FETCH) else 0.05
    late = Asked(9, "L", A, "read")
    virtual_time.run(all_ask(api, [*client_calls, late]))
    assert isinstance(late.error, TurnedAwayError)
    assert A not in [case_number for _, case_number in api.calls]


def test_who_looks_at_what_a_busy_person_waits_for_is_served_in_their_own_turn() -> None:
    greedy = [Asked(0, "greedy", CaseNumber(f"{number:07}")) for number in range(60)]
    other = Asked(0.2, "other", CaseNumber("0000059"))
    virtual_time.run(all_ask(StrictApi(), [*greedy, other]))
    assert other.wait_s < 0.2
    assert greedy[59].wait_s < 0.5


class Shared:
    """The turn of several processes in one loop: first come, first served."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()

    async def wait(self) -> None:
        await self.lock.acquire()

    def give_back(self) -> None:
        self.lock.release()


async def ask_bots(api: StrictApi, people: list[list[Asked]], turn: Shared) -> None:
    """Each of the bots is asked by some of the people."""
    clients = [api.client(lambda _: turn) for _ in people]
    await asyncio.gather(*(all_ask(api, few, client) for few, client in zip(people, clients, strict=True)))


@pytest.mark.parametrize("bots", [2, 3])
def test_bots_that_share_the_turn_promise_no_more_than_the_api_can_serve_and_are_served_alike(bots: int) -> None:
    """The API meets one request at a time, is kept busy, and nobody is let in for nothing."""
    api = StrictApi()
    people = [steadily(35 / bots, 30, person) for _ in range(bots)]
    virtual_time.run(ask_bots(api, people, Shared()))
    assert api.overlaps == 0
    answered = [asked for few in people for asked in few if asked.has_ticket]
    assert len(answered) >= 0.95 * max(asked.at + asked.wait_s for asked in answered) / 0.05
    assert p95(asked.wait_s for asked in answered) <= 8
    each = [sum(asked.has_ticket for asked in few) for few in people]
    assert min(each) >= 0.9 * max(each)
    assert [asked for few in people for asked in few if not asked.has_ticket and asked.wait_s > 1] == []


def test_three_bots_let_in_no_more_at_the_start_of_a_rush_than_one_would() -> None:
    """Six times what the API can serve: a shift that begins is a hundred people, not a hundred at each bot."""
    people = [steadily(40, 12, person) for _ in range(3)]
    virtual_time.run(ask_bots(StrictApi(), people, Shared()))
    assert p95(asked.wait_s for few in people for asked in few if asked.has_ticket) <= 8


def test_a_shift_that_begins_at_three_bots_is_answered_to_the_last_one() -> None:
    warm = [[Asked(at / 5, "U", CaseNumber(f"WARM{bot}{at:02}")) for at in range(5)] for bot in range(3)]
    people = [
        [Asked(2, person(number), CaseNumber(f"{number:07}")) for number in range(bot, 100, 3)] for bot in range(3)
    ]
    everybody = [early + few for early, few in zip(warm, people, strict=True)]
    virtual_time.run(ask_bots(StrictApi(), everybody, Shared()))
    assert [asked for few in people for asked in few if not asked.has_ticket] == []


@pytest.mark.parametrize("stood_still_s", [7, 10])
def test_after_another_process_stood_still_people_are_let_in_as_before(stood_still_s: float) -> None:
    """A process that had the turn froze from the tenth second on, until the others ended its hold."""
    people = [steadily(16 / 3, 30, person) for _ in range(3)]

    async def freeze(turn: Shared) -> None:
        await asyncio.sleep(10)
        await turn.wait()
        await asyncio.sleep(stood_still_s)
        turn.give_back()

    async def world() -> None:
        turn = Shared()
        await asyncio.gather(freeze(turn), ask_bots(StrictApi(), people, turn))

    virtual_time.run(world())
    after = [asked for few in people for asked in few if asked.at > 10.5 + stood_still_s]
    assert [asked for asked in after if not asked.has_ticket] == []


def test_a_bot_whose_turns_come_late_time_and_again_says_so() -> None:
    """The others keep the turn for a second each time: what happens twice is no accident."""
    people = steadily(10, 30, person)

    async def keep(turn: Shared) -> None:
        for _ in range(30):
            await turn.wait()
            await asyncio.sleep(1)
            turn.give_back()
            await asyncio.sleep(0)

    async def world() -> None:
        turn = Shared()
        await asyncio.gather(keep(turn), ask_bots(StrictApi(), [people], turn))

    virtual_time.run(world())
    answered = [asked for asked in people if asked.has_ticket]
    assert p95(asked.wait_s for asked in answered) <= 12
    assert sum(asked.wait_s > 1 for asked in people if not asked.has_ticket) <= 0.05 * len(people)
