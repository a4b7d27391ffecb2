"""The fake ticket API fails as it is set to."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import httpx
import pytest

from bot.sandbox.ticket_api import HTML_PAGE, TRUNCATED, FakeTicketApi, Fault
from tests.bot.sandbox.conftest import HEADERS

FETCH, DELETE, RESOLVE = "/tickets/fetchSingleTicket", "/tickets/delete", "/tickets/resolve"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504])
async def test_an_error_status_on_demand_carries_nothing_out(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, status: int
) -> None:
    ticket_api.fail("delete", Fault(status=status, retry_after="3"))
    response = await http.post(DELETE, json={"CaseId": "2531581"})
    assert (response.status_code, response.json()["Response"], response.json()["Code"]) == (status, False, status)
    assert response.headers["Retry-After"] == "3"
    assert "2531581" in ticket_api.tickets


@pytest.mark.parametrize("fault", [HTML_PAGE, TRUNCATED])
async def test_an_unreadable_answer_on_demand_comes_after_it_was_carried_out(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, fault: Fault
) -> None:
    ticket_api.fail("delete", fault)
    response = await http.post(DELETE, json={"CaseId": "2531581"})
    assert (response.status_code, response.content) == (200, fault.body)
    assert "2531581" not in ticket_api.tickets


@pytest.mark.parametrize(("reset", "carried_out"), [("before", False), ("after", True)])
async def test_a_reset_on_demand_leaves_it_open_whether_it_was_carried_out(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, reset: str, *, carried_out: bool
) -> None:
    ticket_api.fail("delete", Fault(reset=reset))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await http.post(DELETE, json={"CaseId": "2531581"})
    assert ("2531581" not in ticket_api.tickets) is carried_out
    assert [(call.status, call.carried_out) for call in ticket_api.log] == [(None, carried_out)]


@pytest.mark.parametrize(
    ("fault", "at_once"), [(Fault(delay_s=0.02), False), (Fault(delay_after_s=0.02), True)], ids=["before", "after"]
)
async def test_a_deletion_happens_though_nobody_listens_any_more(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, fault: Fault, *, at_once: bool
) -> None:
    ticket_api.fail("delete", fault)
    asked = asyncio.create_task(http.post(DELETE, json={"CaseId": "2531581"}))
    await _until(lambda: bool(ticket_api.log and ticket_api.log[0].carried_out >= at_once))
    asked.cancel()
    await _until(lambda: ticket_api.log[0].ended is not None)
    assert "2531581" not in ticket_api.tickets


async def test_faults_come_in_order_for_their_endpoint_only_and_end(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient
) -> None:
    ticket_api.fail("delete", Fault(status=503), Fault(), Fault(status=500))
    assert (await http.post(FETCH, json={"caseNumber": "HYXTNJV"})).status_code == 200
    statuses = [(await http.post(DELETE, json={"CaseId": "HYXTNJV"})).status_code for _ in range(4)]
    assert statuses == [503, 200, 500, 404]
    ticket_api.fail("delete", Fault(status=500))
    ticket_api.heal()
    assert (await http.post(DELETE, json={"CaseId": "2531581"})).status_code == 200


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 502, 503, 504])
@pytest.mark.parametrize(("gateway", "carried_out"), [("instead", False), ("after", True), ("before", True)])
async def test_a_gateways_answer_says_nothing_of_what_the_api_did(
    ticket_api: FakeTicketApi,
    http: httpx.AsyncClient,
    status: int,
    gateway: Literal["instead", "before", "after"],
    *,
    carried_out: bool,
) -> None:
    ticket_api.fail("delete", Fault(status=status, gateway=gateway))
    response = await http.post(DELETE, json={"CaseId": "2531581"})
    assert (response.status_code, response.json()) == (status, {"message": "Service Unavailable"})
    await ticket_api.ended.get()
    assert ("2531581" not in ticket_api.tickets) is carried_out
    assert [(call.status, call.carried_out) for call in ticket_api.log] == [(status, carried_out)]


async def test_a_gateway_may_answer_long_before_the_api_carries_it_out(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient
) -> None:
    ticket_api.fail("delete", Fault(status=503, gateway="before", until=(go_on := asyncio.Event())))
    assert (await http.post(DELETE, json={"CaseId": "2531581"})).status_code == 503
    assert (await http.post(DELETE, json={"CaseId": "2531581"})).json()["Code"] == 503  # it is at work on the first
    assert "2531581" in ticket_api.tickets
    go_on.set()
    await ticket_api.done.get()
    assert "2531581" not in ticket_api.tickets


async def test_a_read_that_waits_is_answered_from_before_what_happens_meanwhile(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient
) -> None:
    ticket_api.fail("fetchSingleTicket", Fault(answer_until=(go_on := asyncio.Event())))
    read = asyncio.create_task(http.post(FETCH, json={"caseNumber": "2531581"}))
    await ticket_api.done.get()
    await http.post(DELETE, json={"CaseId": "2531581"})
    go_on.set()
    assert (await read).json()["Data"]["Status"] is False


@pytest.mark.parametrize("change", [DELETE, "/tickets/resolve"])
async def test_a_stale_read_shows_the_ticket_as_before_the_change(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, change: str
) -> None:
    await http.post(change, json={"CaseId": "2531581"})
    ticket_api.fail("fetchSingleTicket", Fault(is_stale=True), Fault(is_stale=True))
    assert (await http.post(FETCH, json={"caseNumber": "2531581"})).json()["Data"]["Status"] is False
    assert (await http.post(FETCH, json={"caseNumber": "HYXTNJV"})).status_code == 200  # never changed
    now = await http.post(FETCH, json={"caseNumber": "2531581"})
    assert now.status_code == 404 or now.json()["Data"]["Status"] is True


async def test_an_answer_has_the_headers_that_are_asked_for(ticket_api: FakeTicketApi, http: httpx.AsyncClient) -> None:
    ticket_api.fail("delete", Fault(headers={"X-Large": "x" * 9_000}))
    assert len((await http.post(DELETE, json={"CaseId": "2531581"})).headers["X-Large"]) == 9_000


@pytest.mark.parametrize("fault", [{"reset": "during"}, {"gateway": "during", "status": 503}, {"gateway": "after"}])
def test_a_fault_that_does_not_exist_is_not_made(fault: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="before or after"):
        Fault(**fault)


async def test_whoever_leaves_waits_for_no_request_that_hangs_on_purpose() -> None:
    async with (
        FakeTicketApi() as ticket_api,
        httpx.AsyncClient(base_url=ticket_api.url, headers=HEADERS, verify=False) as http,
    ):
        ticket_api.fail("delete", Fault(delay_s=3600))
        asked = asyncio.create_task(http.post(DELETE, json={"CaseId": "2531581"}))
        await _until(lambda: bool(ticket_api.log))
        asked.cancel()
        await asyncio.wait([asked])
    assert "2531581" in ticket_api.tickets


async def _until(it_is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not it_is_so():  # noqa: ASYNC110 - the fake ticket API has nothing to wait for
            await asyncio.sleep(0)
