"""The fake ticket API is as strict as the API's reference, and fails as it is set to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

import httpx
import pytest

from bot.sandbox.sample_tickets import TICKETS
from bot.sandbox.ticket_api import HTML_PAGE, KEY, TRUNCATED, FakeTicketApi, Fault

FETCH, DELETE, RESOLVE = "/tickets/fetchSingleTicket", "/tickets/delete", "/tickets/resolve"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
async def ticket_api() -> AsyncIterator[FakeTicketApi]:
    async with FakeTicketApi() as api:
        yield api


@pytest.fixture
async def http(ticket_api: FakeTicketApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=ticket_api.url, headers=HEADERS, trust_env=False, verify=False) as client:
        yield client


async def test_the_documented_ticket_is_answered_as_documented(http: httpx.AsyncClient) -> None:
    response = await http.post(FETCH, json={"caseNumber": "HYXTNJV"})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.json() == {"Response": True, "Data": {**TICKETS["HYXTNJV"], "Views": 6}}


async def test_a_deletion_is_answered_as_documented_and_final(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient
) -> None:
    response = await http.post(DELETE, json={"CaseId": "2531581"})
    assert (response.status_code, response.json()) == (
        200,
        {"Response": True, "Message": "Ticket Deleted Successfully"},
    )
    assert "2531581" not in ticket_api.tickets
    assert (await http.post(FETCH, json={"caseNumber": "2531581"})).status_code == 404
    assert [call.carried_out for call in ticket_api.log] == [True, False]
    assert "2531581" in TICKETS  # the samples themselves stay


async def test_resolving_closes_a_ticket_with_a_note(ticket_api: FakeTicketApi, http: httpx.AsyncClient) -> None:
    response = await http.post(RESOLVE, json={"CaseId": "HYXTNJV"})
    assert response.json()["Data"]["Status"] is True
    ticket = (await http.post(FETCH, json={"caseNumber": "HYXTNJV"})).json()["Data"]
    assert (ticket["Status"], ticket["Completion"], len(ticket["Notes"])) == (True, 100, 2)
    assert ticket["ClosedBy"]
    assert ticket["CloseDate"]


@pytest.mark.parametrize("endpoint", [DELETE, RESOLVE])
@pytest.mark.parametrize("number", ["ABC1234", "0000000"])
async def test_only_open_tickets_are_changed(http: httpx.AsyncClient, endpoint: str, number: str) -> None:
    response = await http.post(endpoint, json={"CaseId": number})
    assert response.status_code == 404
    assert response.json()["Response"] is False
    assert "Already Closed" in response.json()["Message"]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        (KEY, 401),
        (f"Basic {KEY}", 401),
        (f"bearer {KEY}", 401),
        ("Bearer", 401),
        ("Bearer wrong", 403),
    ],
)
async def test_the_key_has_to_be_right(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, authorization: str | None, status: int
) -> None:
    del http.headers["Authorization"]
    headers = {"Authorization": authorization} if authorization is not None else {}
    response = await http.post(DELETE, json={"CaseId": "2531581"}, headers=headers)
    assert (response.status_code, response.json()["Code"]) == (status, status)
    assert "2531581" in ticket_api.tickets


async def test_any_key_is_accepted_where_that_is_set(ticket_api: FakeTicketApi, http: httpx.AsyncClient) -> None:
    ticket_api.key = None
    response = await http.post(FETCH, json={"caseNumber": "HYXTNJV"}, headers={"Authorization": "Bearer any"})
    assert response.status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("endpoint", [FETCH, DELETE])
async def test_every_call_is_a_post(http: httpx.AsyncClient, method: str, endpoint: str) -> None:
    body = {"CaseId": "2531581", "caseNumber": "2531581"}
    assert (await http.request(method, endpoint, json=body)).status_code == 404


@pytest.mark.parametrize("path", ["/", "/tickets", "/tickets/Delete", "/tickets/fetchsingleticket", "/tickets/_delete"])
async def test_other_paths_are_not_found(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.post(path, json={"CaseId": "2531581"})).status_code == 404


@pytest.mark.parametrize(
    ("endpoint", "body", "message"),
    [
        *(
            (FETCH, body, "Missing caseNumber")
            for body in ({}, {"CaseNumber": "HYXTNJV"}, {"CaseId": "HYXTNJV"}, {"caseNumber": None}, {"caseNumber": ""})
        ),
        *(
            (DELETE, body, "Missing Required Field: CaseId is required")
            for body in (
                {},
                {"caseNumber": "2531581"},
                {"caseId": "2531581"},
                {"CaseId": 2531581},
                ["2531581"],
                "CaseId",
            )
        ),
    ],
)
async def test_the_spelling_and_type_of_each_key_matter(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, endpoint: str, body: object, message: str
) -> None:
    response = await http.post(endpoint, json=body)
    assert (response.status_code, response.json()) == (400, {"Response": False, "Message": message, "Code": 400})
    assert "2531581" in ticket_api.tickets


@pytest.mark.parametrize("body", [b"", b"{", b"CaseId=2531581", b"\xff"])
async def test_a_body_that_is_not_json_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    response = await http.post(DELETE, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_the_content_type_matters(http: httpx.AsyncClient, content_type: str) -> None:
    body = json.dumps({"CaseId": "2531581"})
    response = await http.post(DELETE, content=body, headers={"Content-Type": content_type})
    assert response.status_code == 400
    response = await http.post(DELETE, content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert response.status_code == 200


async def test_what_overlaps_at_one_endpoint_is_refused_and_not_carried_out(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient
) -> None:
    ticket_api.service_s = 0.03
    calls = [http.post(DELETE, json={"CaseId": number}) for number in ("2531581", "2650478", "HYXTNJV")]
    responses = await asyncio.gather(*calls, http.post(FETCH, json={"caseNumber": "ABC1234"}))
    assert sorted(response.status_code for response in responses[:3]) == [200, 503, 503]
    assert responses[3].status_code == 200  # another endpoint
    assert sum(number in ticket_api.tickets for number in ("2531581", "2650478", "HYXTNJV")) == 2


async def test_what_overlaps_is_served_where_that_is_set(ticket_api: FakeTicketApi, http: httpx.AsyncClient) -> None:
    ticket_api.service_s, ticket_api.strict = 0.03, False
    responses = await asyncio.gather(*(http.post(FETCH, json={"caseNumber": "HYXTNJV"}) for _ in range(3)))
    assert [response.status_code for response in responses] == [200] * 3


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


@pytest.mark.parametrize("gateway_throttles", [True, False])
async def test_an_overlap_is_refused_by_the_api_or_by_its_gateway(
    ticket_api: FakeTicketApi, http: httpx.AsyncClient, *, gateway_throttles: bool
) -> None:
    ticket_api.gateway_throttles = gateway_throttles
    ticket_api.fail("delete", Fault(until=(go_on := asyncio.Event())))
    first = asyncio.create_task(http.post(DELETE, json={"CaseId": "2531581"}))
    await ticket_api.arrived.get()
    refused = await http.post(DELETE, json={"CaseId": "2531581"})
    go_on.set()
    assert (refused.status_code, "Response" in refused.json()) == (503, not gateway_throttles)
    assert (await first).status_code == 200


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
