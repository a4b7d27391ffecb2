"""The fake ticket API is as strict as the API's reference."""

import asyncio
import json

import httpx
import pytest

from bot.sandbox.sample_tickets import TICKETS
from bot.sandbox.ticket_api import KEY, FakeTicketApi, Fault

FETCH, DELETE, RESOLVE = "/tickets/fetchSingleTicket", "/tickets/delete", "/tickets/resolve"


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
