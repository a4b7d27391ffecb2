"""What `app.py check` says of the ticket API and its key, with each thing broken in turn."""

from pathlib import Path

import pytest

from bot.api.retry import Backoff
from bot.sandbox.sample_tickets import TICKETS
from bot.sandbox.ticket_api import HTML_PAGE, Fault
from commands.check import ticket_api
from commands.check.everything import Limits
from commands.check.result import Result
from tests.commands.check.checking import broken, check, settings_of
from tests.support.raw_server import RawServer, hangs, unused_url
from tests.support.world import World

KEY = ticket_api.NAME


async def key_line(world: World, folder: Path, limits: Limits | None = None, **settings: object) -> Result:
    found = await check(settings_of(world, folder, "socket", **settings), world, limits)
    assert broken(found) <= {KEY}
    return found[KEY]


async def test_a_ticket_that_is_not_there_proves_the_key(empty_world: World, tmp_path: Path) -> None:
    line = await key_line(empty_world, tmp_path)
    assert line.ok
    assert "accepts it: a read took " in line.text
    [call] = empty_world.ticket_api.log
    assert (call.endpoint, call.case_number, call.status) == ("fetchSingleTicket", ticket_api.NUMBER, 404)


async def test_a_ticket_that_is_there_after_all_is_not_shown(empty_world: World, tmp_path: Path) -> None:
    empty_world.ticket_api.tickets[ticket_api.NUMBER] = {**TICKETS["HYXTNJV"], "CaseNumber": ticket_api.NUMBER}
    line = await key_line(empty_world, tmp_path)
    assert line.ok
    assert "sweepstakes" not in line.text + line.hint


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_refused_is_named(empty_world: World, tmp_path: Path, status: int) -> None:
    if status == 401:
        empty_world.ticket_api.fail("fetchSingleTicket", Fault(status=401))
    else:
        empty_world.ticket_api.key = "another"
    line = await key_line(empty_world, tmp_path)
    assert (line.ok, line.text) == (False, f"the ticket API refuses it: HTTP {status}")
    assert line.hint == "replace it by the key of your Sweeppea account"


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(status=503, gateway="instead"), Fault(status=429)])
async def test_an_endpoint_that_serves_somebody_else_is_waited_for(
    empty_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(ticket_api, "BACKOFF", Backoff(0.001, 0.001))
    empty_world.ticket_api.fail("fetchSingleTicket", fault, fault)
    assert (await key_line(empty_world, tmp_path)).ok
    assert len(empty_world.ticket_api.log) == 3


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(status=503, gateway="instead")])
async def test_an_endpoint_that_stays_busy_proves_nothing(
    empty_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(ticket_api, "BACKOFF", Backoff(60, 60))
    empty_world.ticket_api.fail("fetchSingleTicket", *[fault] * 5)
    line = await key_line(empty_world, tmp_path)
    assert not line.ok
    assert "answered 503 each time: busy, or out of order; the key was not tried" in line.text


@pytest.mark.parametrize("status", [404, 502])
async def test_a_gateways_page_is_not_taken_for_the_apis_word(empty_world: World, tmp_path: Path, status: int) -> None:
    empty_world.ticket_api.fail("fetchSingleTicket", Fault(status=status, gateway="instead"))
    line = await key_line(empty_world, tmp_path)
    assert not line.ok
    assert f"HTTP {status} from what stands before the ticket API; the key was not tried" in line.text
    assert "SWEEPPEA_BASE_URL" in line.hint


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=500), "the ticket API answered 500; the key was not tried"),
        (HTML_PAGE, "the answer is not the ticket API's"),
        (Fault(reset="before"), "127.0.0.1:"),
    ],
)
async def test_any_other_answer_proves_nothing(empty_world: World, tmp_path: Path, fault: Fault, words: str) -> None:
    empty_world.ticket_api.fail("fetchSingleTicket", fault)
    if fault is HTML_PAGE:
        empty_world.ticket_api.tickets[ticket_api.NUMBER] = TICKETS["HYXTNJV"]
    line = await key_line(empty_world, tmp_path)
    assert not line.ok
    assert words in line.text


async def test_an_api_out_of_reach_is_named_with_the_reason(empty_world: World, tmp_path: Path) -> None:
    url, bound = unused_url()
    with bound:
        line = await key_line(empty_world, tmp_path, sweeppea_base_url=url)
    assert line.text == f"{url.removeprefix('http://')}: Connection refused"
    assert "HTTPS_PROXY" in line.hint


async def test_an_api_that_hangs_is_given_up(empty_world: World, tmp_path: Path) -> None:
    async with RawServer() as server:
        server.reply(hangs)
        line = await key_line(empty_world, tmp_path, Limits(api_s=0.5), sweeppea_base_url=server.url)
    assert (line.ok, line.text) == (False, "no answer within 0.5 s, to a read")
