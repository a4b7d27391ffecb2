"""What the log has of the ticket API, and what never gets into it."""

import logging

import pytest

from bot.api.client import SweeppeaClient
from bot.api.errors import AuthenticationError, SweeppeaError
from bot.sandbox.ticket_api import KEY, FakeTicketApi, Fault
from bot.tickets import CaseNumber
from tests.bot.api.calls import FETCH, A, looking
from tests.support.raw_server import RawServer, http, sends, sends_and_closes

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


async def test_neither_the_key_nor_a_body_is_in_the_log(
    server: RawServer, client: SweeppeaClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    data = b'"Data": {"CaseNumber": "AAAAAAA", "Subject": "John Doe"}'
    private = b'{"Response": false, "Message": "John Doe", "Code": 404, %s}' % data
    server.reply(
        sends(http(private)),
        sends(http(private, status=404)),
        sends(http(private.replace(b"404", b"401"), status=401)),
        sends(http(private.replace(b"false", b"true").replace(b"AAAAAAA", b"oh"))),
        sends_and_closes(http(private, length=999)),
        sends(http(private.replace(b"false", b"true"))),
    )
    for _ in range(4):
        with pytest.raises(SweeppeaError):
            await looking(client, A)
    await looking(client, A)
    ours = [record for record in caplog.records if record.name.startswith("bot")]
    assert len(ours) == 7  # one for each request, and one for the refused key
    text = "\n".join(logging.Formatter().format(record) for record in ours)
    assert KEY not in text
    assert "Bearer" not in text
    assert "John" not in text
    assert "/tickets/fetchSingleTicket AAAAAAA: 404, " in text
    assert (ours[0].levelname, ours[-1].levelname) == ("INFO", "DEBUG")  # that a ticket was read is no news


async def test_a_refused_key_is_the_operators_to_know_once_and_again_after_it_had_worked(
    ticket_api: FakeTicketApi, bot: SweeppeaClient, caplog: pytest.LogCaptureFixture
) -> None:
    for statuses in ([401, 403, 401], [403, 401]):
        ticket_api.fail(FETCH, *(Fault(status=status) for status in statuses))
        for _ in statuses:
            with pytest.raises(AuthenticationError):
                await looking(bot, CaseNumber("HYXTNJV"))
        await looking(bot, CaseNumber("HYXTNJV"))
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert [("SWEEPPEA_API_KEY" in line, "401" in line, "403" in line) for line in lines] == [
        (True, True, False),
        (True, False, True),
    ]
