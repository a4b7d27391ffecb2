"""What an operator sees in Prometheus: of people, of the ticket API, of Slack, of the ledger, of the bot itself."""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise

import httpx
import pytest
from pytest_mock import MockerFixture

from bot.api import outage, queue
from bot.api.client import SweeppeaClient
from bot.api.requests import FETCH, Requests
from bot.api.retry import Backoff
from bot.ledger.database import UnavailableError
from bot.metrics import ApiAnswer
from bot.runtime import Runtime
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import SlackMessage
from bot.sandbox.ticket_api import Fault
from handlers import VERSION, scrape
from handlers.slack.startup import StartupError
from tests.handlers.deletions import DELETE, NUMBER, api_asked, asked
from tests.handlers.deletions import FETCH as FETCH_CALL
from tests.support.metrics import Metrics, scraped
from tests.support.process import ROOT
from tests.support.world import ALICE, BOB, CAROL, Transport, World, words

REQUESTS = "ticketbot_api_requests_total"
LOOK, ASK = "/ticket", "/ticket-delete"


@pytest.fixture
async def counted(empty_world: World) -> AsyncIterator[World]:
    """A bot at work that counts."""
    empty_world.reply_pause_s = 0.01
    empty_world.backoff = Backoff(0.001, 0.01)
    async with empty_world.bot(metrics_port=0):
        yield empty_world


async def metrics(world: World) -> Metrics:
    return await scraped(world.serving.metrics_port)


# ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_commands_and_clicks_count_by_route_and_outcome_as_in_the_log(counted: World) -> None:
    card = await counted.command(ALICE, "/ticket HYXTNJV")
    await counted.click(BOB, card, "Refresh")
    await counted.command(ALICE, "/ticket NONE000")
    await counted.command(CAROL, f"/ticket-delete {NUMBER}")
    request = await asked(counted)
    await counted.click(ALICE, request, DELETE)
    assert (await metrics(counted)).of("ticketbot_interactions_total") == {
        ("answered", LOOK): 1,
        ("not found", LOOK): 1,
        ("answered", "refresh_ticket"): 1,
        ("refused", ASK): 1,
        ("asked", ASK): 1,
        ("deleted", "delete_ticket"): 1,
    }


async def test_a_bug_is_told_from_a_failure_of_the_ticket_system(counted: World, mocker: MockerFixture) -> None:
    counted.ticket_api.fail(FETCH_CALL, *[Fault(status=500)] * 20)
    await counted.command(ALICE, "/ticket HYXTNJV")
    mocker.patch.object(SweeppeaClient, "look", side_effect=RuntimeError)
    await counted.command(ALICE, "/ticket HYXTNJV")
    assert (await metrics(counted)).of("ticketbot_interactions_total") == {("failed", LOOK): 1, ("bug", LOOK): 1}


async def test_the_time_to_acknowledge_and_to_answer_is_counted(empty_world: World, transport: Transport) -> None:
    async with empty_world.bot(transport, metrics_port=0):
        await empty_world.command(ALICE, "/ticket HYXTNJV")
        request = await asked(empty_world)
        await empty_world.click(ALICE, request, DELETE)
        found = await metrics(empty_world)
    assert found.value("ticketbot_acknowledge_seconds_count") == 3
    assert 0 < found.value("ticketbot_acknowledge_seconds_sum") < 60
    assert found.of("ticketbot_answer_seconds_count") == {(LOOK,): 1, (ASK,): 1, ("delete_ticket",): 1}
    for name, route in (("ticketbot_acknowledge_seconds", {}), ("ticketbot_answer_seconds", {"route": LOOK})):
        buckets = found.of(f"{name}_bucket", **route)
        assert ("3.0",) in buckets
        assert all(less <= more for less, more in pairwise(buckets.values()))


async def test_what_slack_did_not_take_is_no_time_to_answer(counted: World) -> None:
    counted.slack.faults["response_url"].extend([SlackFault(404)] * 5)
    counted.slack.faults["chat.postMessage"].extend([SlackFault(error="cannot_dm_bot")] * 5)
    acknowledged = await counted.slack.command(ALICE, "/ticket", "HYXTNJV")
    assert acknowledged.status == 200
    await counted.serving.services.runner.wait_idle()
    found = await metrics(counted)
    assert found.of("ticketbot_interactions_total") == {("not answered", LOOK): 1}
    assert found.of("ticketbot_answer_seconds_count") == {}


async def test_a_payload_that_is_not_slacks_is_not_acknowledged(counted: World) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(counted.slack.app_url, content=b"x=1")).status_code == 401
    assert (await metrics(counted)).value("ticketbot_acknowledge_seconds_count") == 0


# ── the ticket API ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_requests_count_by_endpoint_and_by_who_answered(counted: World) -> None:
    faults = Fault(status=503), Fault(status=503, gateway="instead"), Fault(reset="before"), Fault(body=b"<h1>Hi</h1>")
    for fault in faults:
        counted.ticket_api.fail(FETCH_CALL, fault)
        await counted.command(ALICE, "/ticket HYXTNJV")
    await counted.command(ALICE, "/ticket NONE000")
    request = await asked(counted)
    await counted.click(ALICE, request, DELETE)
    found = await metrics(counted)
    assert found.of(REQUESTS, endpoint=FETCH) == {
        ("api", "200"): 5,  # the command and the click of the deletion, and what was tried again
        ("api", "404"): 1,
        ("api", "503"): 1,
        ("gateway", "503"): 1,
        ("gateway", "invalid"): 1,
        ("none", "no_answer"): 1,
    }
    assert found.of(REQUESTS, endpoint="/tickets/delete") == {("api", "200"): 1}
    assert found.of("ticketbot_api_request_seconds_count") == {(FETCH,): 6, ("/tickets/delete",): 1}


async def test_a_ticket_system_that_is_not_there_counts_as_not_sent(empty_world: World) -> None:
    async with empty_world.bot(metrics_port=0, sweeppea_base_url="http://127.0.0.1:9", sweeppea_deadline_s=1):
        await empty_world.command(ALICE, "/ticket HYXTNJV")
        found = await metrics(empty_world)
    assert list(found.of(REQUESTS)) == [(FETCH, "none", "not_sent")]
    assert found.value("ticketbot_api_unserved_requests") == found.value(REQUESTS) > 1


async def test_unserved_requests_in_a_row_end_with_an_answer_be_it_a_no(counted: World) -> None:
    counted.ticket_api.fail(FETCH_CALL, *[Fault(status=500)] * 6)
    await counted.command(ALICE, "/ticket HYXTNJV")
    assert (await metrics(counted)).value("ticketbot_api_unserved_requests") == 6
    await counted.command(ALICE, "/ticket NONE000")
    assert (await metrics(counted)).value("ticketbot_api_unserved_requests") == 0


async def test_a_request_that_was_cut_off_had_no_answer(mocker: MockerFixture) -> None:
    heard = mocker.Mock()

    async def hangs(_: str, __: dict[str, str]) -> None:
        await asyncio.Event().wait()

    sending = asyncio.ensure_future(Requests(Runtime(), (), heard).send(FETCH, {"CaseNumber": NUMBER}, hangs))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    (call,) = heard.api_request.call_args_list
    assert call.args[:2] == (FETCH, ApiAnswer("none", "no_answer", is_served=False))


async def test_what_is_not_sent_after_all_is_no_request(mocker: MockerFixture) -> None:
    heard = mocker.Mock()

    async def stops(_: str, __: dict[str, str]) -> None:
        raise UnavailableError

    with pytest.raises(UnavailableError):
        await Requests(Runtime(), (), heard).send("/tickets/delete", {"CaseNumber": NUMBER}, stops)  # type: ignore[arg-type]
    assert heard.api_request.call_args_list == []


async def test_a_key_that_is_refused_shows_until_one_is_taken(counted: World) -> None:
    assert (await metrics(counted)).value("ticketbot_api_key_rejected") == 0
    counted.ticket_api.fail(FETCH_CALL, Fault(status=401))
    await counted.command(ALICE, "/ticket HYXTNJV")
    assert (await metrics(counted)).value("ticketbot_api_key_rejected") == 1
    await counted.command(ALICE, "/ticket HYXTNJV")
    assert (await metrics(counted)).value("ticketbot_api_key_rejected") == 0


async def test_who_waits_and_what_an_answer_takes_shows_while_it_lasts(counted: World) -> None:
    until = asyncio.Event()
    idle = (await metrics(counted)).value("ticketbot_event_loop_tasks")
    counted.ticket_api.fail(FETCH_CALL, Fault(until=until))
    for user, number in ((ALICE, "HYXTNJV"), (BOB, NUMBER), (CAROL, "ABC1234")):
        assert (await counted.slack.command(user, "/ticket", number)).status == 200
    await counted.ticket_api.arrived.get()
    found = await metrics(counted)
    assert found.value("ticketbot_api_waiting_requests", endpoint=FETCH) == 2
    assert found.value("ticketbot_interactions_under_way") == 3
    assert found.value("ticketbot_event_loop_tasks") >= idle + 3
    until.set()
    await counted.serving.services.runner.wait_idle()
    found = await metrics(counted)
    assert found.value("ticketbot_api_waiting_requests", endpoint=FETCH) == 0
    assert found.value("ticketbot_api_service_time_estimate_seconds", endpoint=FETCH) > 0


async def test_who_is_turned_away_for_lack_of_time_counts(counted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MAX_WAIT_S", 0.0)
    monkeypatch.setattr(queue, "BURST", 0)
    until = asyncio.Event()
    counted.ticket_api.fail(FETCH_CALL, Fault(until=until))
    assert (await counted.slack.command(BOB, "/ticket", "HYXTNJV")).status == 200
    await counted.ticket_api.arrived.get()
    assert (await counted.slack.command(CAROL, "/ticket", NUMBER)).status == 200
    assert "Too busy" in words(await counted.slack.changed.get())
    until.set()
    await counted.serving.services.runner.wait_idle()
    found = await metrics(counted)
    assert found.of("ticketbot_api_turned_away_total") == {("busy",): 1, ("outage",): 0, ("waited",): 0}
    assert found.value("ticketbot_interactions_total", outcome="turned away") == 1


async def test_who_waited_in_vain_counts(empty_world: World) -> None:
    until = asyncio.Event()
    empty_world.ticket_api.fail(FETCH_CALL, Fault(until=until))
    async with empty_world.bot(metrics_port=0, sweeppea_deadline_s=1) as serving:
        assert (await empty_world.slack.command(BOB, "/ticket", "HYXTNJV")).status == 200
        await empty_world.ticket_api.arrived.get()
        assert (await empty_world.slack.command(CAROL, "/ticket", NUMBER)).status == 200
        await serving.services.runner.wait_idle()
        found = await metrics(empty_world)
        until.set()
    assert found.of("ticketbot_api_turned_away_total") == {("busy",): 0, ("outage",): 0, ("waited",): 1}


async def test_who_is_turned_away_in_an_outage_counts(counted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "MIN_LASTED_S", 0.0)
    until = asyncio.Event()
    counted.ticket_api.fail(FETCH_CALL, *[Fault(status=503)] * 3, Fault(status=503, until=until))
    assert (await counted.slack.command(BOB, "/ticket", "HYXTNJV")).status == 200
    for _ in range(4):
        await counted.ticket_api.arrived.get()
    assert (await counted.slack.command(CAROL, "/ticket", NUMBER)).status == 200
    assert "has not answered" in words(await counted.slack.changed.get())
    found = await metrics(counted)
    until.set()
    await counted.serving.services.runner.wait_idle()
    assert found.value("ticketbot_api_turned_away_total", reason="outage") == 1


# ── Slack ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_slack_refuses_counts_by_method_and_code(counted: World) -> None:
    counted.slack.faults["response_url"].extend([SlackFault(500), SlackFault(404)])
    await counted.command(ALICE, "/ticket HYXTNJV")
    counted.slack.faults["response_url"].append(SlackFault(reset=True))
    await counted.command(ALICE, "/ticket HYXTNJV")
    counted.slack.faults["chat.postMessage"].append(SlackFault(error="not_in_channel"))
    await asked(counted)
    counted.slack.faults["chat.postMessage"].append(SlackFault(error="a_code_of_next_year"))
    await asked(counted)
    counted.slack.faults["views.open"].append(SlackFault(error="expired_trigger_id"))
    card = await counted.command(ALICE, "/ticket HYXTNJV")
    await counted.click(ALICE, card, "Details")
    assert (await metrics(counted)).of("ticketbot_slack_errors_total") == {
        ("http_5xx", "response_url"): 1,
        ("http_404", "response_url"): 1,
        ("no_answer", "response_url"): 1,
        ("not_in_channel", "chat.postMessage"): 1,
        ("other", "chat.postMessage"): 1,
        ("expired_trigger_id", "views.open"): 1,
    }


# ── the ledger ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_changes_show_by_state_and_the_age_of_what_people_were_not_told(counted: World) -> None:
    request = await asked(counted)
    assert (await metrics(counted)).of("ticketbot_changes") == dict(
        zip([("open",), ("claimed",), ("sending",), ("ended",), ("delivered",)], [1.0, 0, 0, 0, 0], strict=True)
    )
    until = asyncio.Event()
    counted.ticket_api.fail("delete", Fault(until=until))
    await api_asked(counted, "delete", counted.slack.click(ALICE, request, DELETE))
    counted.now += 700
    found = await metrics(counted)
    assert found.value("ticketbot_changes", state="sending") == 1
    assert found.value("ticketbot_oldest_undelivered_change_seconds") == 700
    until.set()
    await counted.serving.services.runner.wait_idle()


async def test_what_ended_as_not_known_shows_until_it_is_known(counted: World) -> None:
    request = await asked(counted)
    counted.ticket_api.fail("delete", Fault(reset="before"))
    counted.ticket_api.fail(FETCH_CALL, Fault(), Fault(status=400))
    await counted.click(ALICE, request, DELETE)
    assert "We don't know whether" in words(request)
    assert (await metrics(counted)).value("ticketbot_changes_unknown") == 1
    counted.now += 100
    await counted.recover()
    assert "was not deleted" in words(request)
    assert (await metrics(counted)).value("ticketbot_changes_unknown") == 0


async def test_a_database_that_is_away_breaks_nothing_but_what_it_knows(counted: World) -> None:
    assert (await metrics(counted)).value("ticketbot_ledger_up") == 1
    counted.ledger.fault = UnavailableError("the database is away")
    found = await metrics(counted)
    assert found.value("ticketbot_ledger_up") == 0
    assert found.value("ticketbot_ready") == 1
    assert not [sample for sample in found.samples if "change" in sample.name]  # a 0 would be untrue


async def test_a_database_that_hangs_is_waited_for_two_seconds(
    counted: World, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scrape.LEDGER_TIMEOUT_S == 2.0
    monkeypatch.setattr(scrape, "LEDGER_TIMEOUT_S", 0.01)

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    mocker.patch.object(counted.ledger, "fetch", hangs)
    assert (await metrics(counted)).value("ticketbot_ledger_up") == 0


# ── the bot itself ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_runs_and_what_it_takes_shows(empty_world: World, transport: Transport) -> None:
    async with empty_world.bot(transport, metrics_port=0):
        found = await metrics(empty_world)
    labels = {"version": VERSION, "transport": transport, "database": "sqlite"}
    assert found.value("ticketbot_build_info", **labels) == 1
    assert found.value("process_start_time_seconds") == empty_world.now
    assert found.value("process_cpu_seconds_total") > 0
    assert found.value("process_resident_memory_bytes") > 10_000_000
    assert 0 < found.value("process_open_fds") < found.value("process_max_fds")


async def test_while_slack_cannot_reach_the_bot_it_is_not_ready(empty_world: World) -> None:
    async with empty_world.bot("socket", metrics_port=0) as serving:
        assert (await metrics(empty_world)).value("ticketbot_ready") == 1
        serving.services.runner.draining = True
        assert (await metrics(empty_world)).value("ticketbot_ready") == 0
        serving.services.runner.draining = False


async def test_metrics_are_served_at_their_own_port_and_nothing_else_there(counted: World) -> None:
    own, slacks = counted.serving.metrics_port, counted.serving.port
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"http://127.0.0.1:{own}/healthz")).status_code == 404
        assert (await client.post(f"http://127.0.0.1:{own}/metrics")).status_code == 405
        assert (await client.get(f"http://127.0.0.1:{slacks}/metrics")).status_code == 404


async def test_who_never_ends_a_request_for_metrics_holds_up_no_stop(empty_world: World) -> None:
    """For the rest of it aiohttp would wait 10 seconds, and whoever stops the bot kills it then."""
    async with asyncio.timeout(8), AsyncExitStack() as stack:
        serving = await stack.enter_async_context(empty_world.bot(metrics_port=0))
        for method in ("GET", "POST"):
            _, writer = await asyncio.open_connection("127.0.0.1", serving.metrics_port)
            writer.write(f"{method} /metrics HTTP/1.1\r\nHost: bot\r\nContent-Length: 100\r\n\r\nand".encode())
            await writer.drain()
            stack.callback(writer.close)
        assert (await metrics(empty_world)).value("ticketbot_ready") == 1
        await serving.services.runner.wait_idle()
        await stack.aclose()


async def test_a_port_that_is_taken_stops_the_start_and_names_the_settings(empty_world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartupError, match=f"METRICS_HOST and METRICS_PORT: can't listen on 127.0.0.1:{port}") as e:
            async with empty_world.bot(metrics_port=port):
                pass
    assert e.value.exit_code == 2


WITHOUT = """
import asyncio, sys
from tests.support.world import ALICE, world

async def main():
    async with world() as made, made.bot() as serving:
        await made.command(ALICE, "/ticket HYXTNJV")
        assert serving.metrics_port is None

asyncio.run(main())
print(sorted(name for name in sys.modules if name.startswith("prometheus_client")))
"""


def test_without_a_port_the_library_is_not_even_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# ── privacy ─────────────────────────────────────────────────────────────────────────────────────────────────────────


PRIVATE = (
    "U01ALICE",
    "U01BOB",
    "U01CAROL",
    "UHOSTILE",
    "C01SUPPORT",
    "CSECRET",
    "T01SWEEP",
    "HYXTNJV",
    NUMBER,
    "NONE000",
)


async def test_no_label_has_a_person_a_channel_or_a_case_number_in_it(counted: World) -> None:
    """A whole conversation; and wherever somebody else chooses the words, they are names of people and tickets."""
    world, api, slack = counted, counted.ticket_api, counted.slack
    names = [*PRIVATE, "u01alice", "delete_ticket_U01ALICE", f"/ticket_{NUMBER}", 'x"} 1\nticketbot_up{y="U01BOB']
    card = await world.command(ALICE, "/ticket HYXTNJV", "CSECRET")
    await world.click(CAROL, card, "Refresh")
    assert (await slack.click(ALICE, card, "Details")).status == 200
    await world.command("UHOSTILE", "/ticket NONE000 U01ALICE")
    await world.command("UHOSTILE", f"/ticket-delete {NUMBER}")
    for name in names:
        api.fail(FETCH_CALL, Fault(status=400, body=f'{{"Response":false,"Message":"{name}","Code":400}}'.encode()))
        await world.command(ALICE, "/ticket HYXTNJV")
        slack.faults["chat.postMessage"].append(SlackFault(error=name))
        await asked(world)
        slack.faults["views.open"].append(SlackFault(error=name))
        await world.click(ALICE, card, "Details")
        button = SlackMessage("1.1", "C01SUPPORT", None, {"text": "x", "blocks": []})
        payload = slack.click_payload(BOB, button, {"action_id": name, "value": name, "type": "button"})
        await world.deliver(await slack.deliver("interactive", payload))
    request = await asked(world)
    await world.click(CAROL, request, DELETE)
    api.fail("delete", Fault(reset="after"))
    await world.click(ALICE, request, DELETE)
    found = await metrics(world)
    values = {value for sample in found.samples for value in sample.labels.values()}
    assert {"refused", "found deleted", "answered", "other"} <= values
    assert [value for value in values if re.search("|".join(PRIVATE), value, re.IGNORECASE)] == []
    assert not re.search("|".join(PRIVATE), found.text, re.IGNORECASE)
